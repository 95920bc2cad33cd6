/**
 * The Wide&amp;Deep model: its shape, its parameters and the rows that a mini-batch touches. No
 * Spark.
 */
package io.rivulet.trainer.model;
