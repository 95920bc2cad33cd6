package io.rivulet.trainer.store;

/**
 * What scoring needs of a version's dense parameters.
 *
 * @param tower as {@link io.rivulet.trainer.model.TowerLayout} lays it out
 * @param wideBias the wide part's bias
 */
public record TowerParameters(float[] tower, float wideBias) {}
