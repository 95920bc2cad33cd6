/** Optimizers. No Spark. */
package io.rivulet.trainer.optim;
