package io.rivulet.trainer.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.rivulet.trainer.Fixtures;
import io.rivulet.trainer.averaging.LocalWorkers;
import io.rivulet.trainer.averaging.OnlineLearner;
import io.rivulet.trainer.averaging.Predictor;
import io.rivulet.trainer.model.Activation;
import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.WideDeepModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** ONNX Runtime gives what our own predictor gives. */
class OnnxExportTest {
  private static final int ROWS = 10_000;

  private static WideDeepModel learned(LearnerSettings settings, ExampleBlock examples) {
    WideDeepModel model = new WideDeepModel(settings);
    try (LocalWorkers workers = new LocalWorkers(settings);
        OnlineLearner learner = new OnlineLearner(model, Admission.DYNAMIC, workers)) {
      learner.learn(examples);
    }
    return model;
  }

  private static float[] predicted(WideDeepModel model, ExampleBlock examples) {
    try (Predictor predictor = new Predictor(model, Admission.DYNAMIC)) {
      return predictor.predict(examples);
    }
  }

  private static float[] byOnnx(
      WideDeepModel model, long[][] keys, float[][] weights, long[][] fields)
      throws IOException, OrtException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    OnnxExport.write(model, fields != null, file);
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession session = environment.createSession(file.toByteArray())) {
      Map<String, OnnxTensor> inputs = new HashMap<>();
      inputs.put("keys", OnnxTensor.createTensor(environment, keys));
      inputs.put("weights", OnnxTensor.createTensor(environment, weights));
      if (fields != null) {
        inputs.put("fields", OnnxTensor.createTensor(environment, fields));
      }
      try (OrtSession.Result result = session.run(inputs)) {
        return (float[]) result.get("click").orElseThrow().getValue();
      } finally {
        inputs.values().forEach(OnnxTensor::close);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void oneKeyAField(Activation activation) throws IOException, OrtException {
    oneKeyAField(Fixtures.learner().activation(activation).batchSize(100).build());
  }

  @Test
  void fieldsInTheWidePartAlone() throws IOException, OrtException {
    oneKeyAField(Fixtures.learner().wideFields(1).batchSize(100).build());
    severalValuesAField(Fixtures.learner().wideFields(2).build());
  }

  private static void oneKeyAField(LearnerSettings settings) throws IOException, OrtException {
    ExampleBlock examples = Fixtures.examples(ROWS, 50, 1);
    WideDeepModel model = learned(settings, examples);
    long[][] keys = new long[ROWS][Fixtures.FIELDS];
    float[][] weights = new float[ROWS][Fixtures.FIELDS];
    for (int i = 0; i < examples.keys().length; i++) {
      keys[i / Fixtures.FIELDS][i % Fixtures.FIELDS] = examples.keys()[i];
      weights[i / Fixtures.FIELDS][i % Fixtures.FIELDS] = examples.weights()[i];
    }
    float[] expected = predicted(model, examples);

    assertThat(byOnnx(model, keys, weights, null)).containsExactly(expected, within(1e-5f));

    // A key without a row counts as weight 0.
    long known = keys[0][2];
    keys[0][2] = Long.MIN_VALUE;
    float unknown = byOnnx(model, keys, weights, null)[0];
    keys[0][2] = known;
    weights[0][2] = 0f;
    assertThat(byOnnx(model, keys, weights, null)[0]).isCloseTo(unknown, within(1e-6f));
    assertThat(unknown).isNotCloseTo(expected[0], within(1e-5f));
  }

  @Test
  void severalValuesAField() throws IOException, OrtException {
    severalValuesAField(Fixtures.learner().build());
  }

  private static void severalValuesAField(LearnerSettings settings)
      throws IOException, OrtException {
    ExampleBlock flat = Fixtures.examples(5, 10, 1);
    int[] fields = {0, 1, 1, 1, 3, 0, 2, 2, 3, 3, 3, 0, 1, 1, 2, 2, 3, 0, 0, 3};
    int[] starts = {0, 5, 17, 20};
    ExampleBlock examples =
        new ExampleBlock(
            Fixtures.FIELDS, new float[] {1, 0, 1}, flat.keys(), flat.weights(), starts, fields);
    WideDeepModel model = learned(settings, examples);
    int most = 12;
    long[][] keys = new long[3][most];
    float[][] weights = new float[3][most];
    long[][] fieldOf = new long[3][most];
    for (int row = 0; row < 3; row++) {
      for (int i = starts[row]; i < starts[row + 1]; i++) {
        keys[row][i - starts[row]] = flat.keys()[i];
        weights[row][i - starts[row]] = flat.weights()[i];
        fieldOf[row][i - starts[row]] = fields[i];
      }
    }

    assertThat(byOnnx(model, keys, weights, fieldOf))
        .containsExactly(predicted(model, examples), within(1e-5f));
  }
}
