package io.rivulet.trainer.averaging;

import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.WideDeepModel;

/** Scores examples with a model as it stands. One thread at a time. */
public final class Predictor implements AutoCloseable {
  private final WideDeepModel model;
  private final WorkingSetBuilder builder;
  private final Worker worker;

  /** A predictor that reads {@code model} at each call. */
  public Predictor(WideDeepModel model, Admission admission) {
    this.model = model;
    this.builder = new WorkingSetBuilder(model, admission);
    this.worker = new Worker(model.settings());
  }

  /** Probability of a click for each example. A key without a row counts as one just added. */
  public float[] predict(ExampleBlock examples) {
    return worker.predict(builder.forPrediction(examples, 0, examples.rows()), model.dense());
  }

  @Override
  public void close() {
    worker.close();
  }
}
