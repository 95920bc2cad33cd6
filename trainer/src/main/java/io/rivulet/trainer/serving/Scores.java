package io.rivulet.trainer.serving;

/**
 * Answers by one version.
 *
 * @param version the version that all of them are by
 * @param probabilities of a click for each example, [rows]
 */
public record Scores(long version, float[] probabilities) {}
