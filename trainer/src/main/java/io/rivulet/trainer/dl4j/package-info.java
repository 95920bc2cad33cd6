/**
 * The second engine: Wide&amp;Deep as a stock DL4J graph, learned by deeplearning4j-spark's
 * parameter averaging.
 */
package io.rivulet.trainer.dl4j;
