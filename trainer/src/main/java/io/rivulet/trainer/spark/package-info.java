/**
 * The only package of the trainer that knows Spark: examples from Datasets, workers on executors.
 */
package io.rivulet.trainer.spark;
