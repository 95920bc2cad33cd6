/**
 * Rounds of parameter averaging: what a worker does with its mini-batches, and how the driver
 * merges what the workers return. No Spark.
 */
package io.rivulet.trainer.averaging;
