/** Scores with the versions of a store as they are committed, without Spark. */
package io.rivulet.trainer.serving;
