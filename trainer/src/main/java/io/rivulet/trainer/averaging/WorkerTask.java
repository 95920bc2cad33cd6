package io.rivulet.trainer.averaging;

import io.rivulet.trainer.model.WorkingSet;

/**
 * One worker's share of a round; with the dense parameters it is all that the worker needs.
 *
 * @param worker position of the worker in merges, from 0
 * @param workingSet the examples and their rows
 */
public record WorkerTask(int worker, WorkingSet workingSet) {}
