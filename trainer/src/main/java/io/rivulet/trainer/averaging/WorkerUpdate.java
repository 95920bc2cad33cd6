package io.rivulet.trainer.averaging;

import io.rivulet.trainer.model.DenseState;

/**
 * What a worker returns: parameters after its mini-batches, and its predictions, each made just
 * before the worker learned from the example.
 *
 * @param worker position of the worker in merges
 * @param examples number of examples learned
 * @param rows the working set's rows, changed, [row count × row width]; what the array holds beyond
 *     means nothing
 * @param rowFloats floats of all rows
 * @param dense the dense parameters, changed
 * @param predictions probability of a click, [examples]
 * @param sound whether rows, parameters, second moments and predictions are finite numbers, and no
 *     example's loss was above {@link io.rivulet.trainer.model.LearnerSettings#maxLoss}
 * @param times where the worker's time went
 */
public record WorkerUpdate(
    int worker,
    int examples,
    float[] rows,
    int rowFloats,
    DenseState dense,
    float[] predictions,
    boolean sound,
    StepTimes times) {}
