/** Quality of predictions. No Spark. */
package io.rivulet.trainer.metrics;
