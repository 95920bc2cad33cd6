package io.rivulet.trainer.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.rivulet.trainer.Fixtures;
import io.rivulet.trainer.averaging.LocalWorkers;
import io.rivulet.trainer.averaging.OnlineLearner;
import io.rivulet.trainer.averaging.Predictor;
import io.rivulet.trainer.model.Admission;
import io.rivulet.trainer.model.ExampleBlock;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.WideDeepModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** DL4J gives what our own predictor gives. */
class Dl4jExportTest {
  private static final int ROWS = 10_000;

  @TempDir Path directory;

  @Test
  void aGraphThatIsReadAgainPredictsTheSame() throws IOException {
    LearnerSettings settings = Fixtures.learner().batchSize(100).build();
    ExampleBlock examples = Fixtures.examples(ROWS, 50, 1);
    WideDeepModel model = new WideDeepModel(settings);
    float[] expected;
    try (LocalWorkers workers = new LocalWorkers(settings);
        OnlineLearner learner = new OnlineLearner(model, Admission.DYNAMIC, workers);
        Predictor predictor = new Predictor(model, Admission.DYNAMIC)) {
      learner.learn(examples);
      expected = predictor.predict(examples);
    }
    Path zip = directory.resolve("model.zip");
    ByteArrayOutputStream keys = new ByteArrayOutputStream();
    try (OutputStream out = Files.newOutputStream(zip)) {
      Dl4jExport.write(model, out, keys);
    }

    List<String> lines = keys.toString().lines().toList();
    assertThat(lines).hasSize(model.table().size());
    Map<Long, Integer> ids = new HashMap<>();
    lines.forEach(line -> ids.put(Long.parseLong(line), ids.size()));
    int[] idOf = Arrays.stream(examples.keys()).mapToInt(ids::get).toArray();
    ComputationGraph network = ComputationGraph.load(zip.toFile(), false);
    // Makes the inputs alone.
    WideDeepGraph inputs = new WideDeepGraph(settings, lines.size() + 1);
    float[] predicted =
        network
            .outputSingle(inputs.miniBatch(examples, idOf, 0, ROWS).getFeatures())
            .toFloatVector();

    assertThat(predicted).containsExactly(expected, within(1e-5f));
  }
}
