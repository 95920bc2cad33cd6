package io.rivulet.app.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rivulet.app.UserError;
import io.rivulet.app.process.ChildProcess;
import io.rivulet.trainer.model.LearnerSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The same job done with PyTorch, in a process of its own. */
final class PeerProgram {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String python;
  private final Path script;

  PeerProgram(String python, Path script) {
    this.python = python;
    this.script = script;
  }

  /**
   * Lets it learn the rows of a file.
   *
   * @param options of the script, after the file
   * @return the JSON object on its last line
   * @throws UserError if Python, PyTorch or the script doesn't work
   */
  JsonNode run(Path tsv, List<String> options) {
    List<String> command = new ArrayList<>(List.of(python, script.toString(), tsv.toString()));
    command.addAll(options);
    ChildProcess ended;
    try {
      // Python's hashes, and so the keys, are the same each time.
      ended = ChildProcess.run(command, Map.of("PYTHONHASHSEED", "0"));
    } catch (IOException e) {
      throw new UserError(
          "Can't run " + python + " as Python; is --python right? (" + e.getMessage() + ")", e);
    }
    if (ended.code() != 0) {
      throw new UserError(complaint(ended));
    }
    return result(ChildProcess.lastLine(ended.out()));
  }

  private String complaint(ChildProcess ended) {
    String said = ChildProcess.lastLine(ended.err());
    if (said.startsWith("ModuleNotFoundError") || said.startsWith("ImportError")) {
      return python
          + " lacks what the PyTorch program needs; install torch and numpy there, or name another"
          + " one with --python. It said: "
          + said;
    }
    return script + " failed with exit code " + ended.code() + ". It said: " + said;
  }

  private JsonNode result(String line) {
    try {
      JsonNode result = JSON.readTree(line);
      if (result.isObject()) {
        return result;
      }
    } catch (JsonProcessingException e) {
      throw new UserError(noResult(line), e);
    }
    throw new UserError(noResult(line));
  }

  private String noResult(String line) {
    return "The last line of " + script + " must be a JSON object, not '" + line + "'";
  }

  /** Options for the same model, mini-batch, optimizers and cores, over {@code vocab} keys. */
  static List<String> options(LearnerSettings settings, int vocab) {
    List<String> options = new ArrayList<>();
    options.addAll(List.of("--vocab", Integer.toString(vocab)));
    options.addAll(List.of("--emb", Integer.toString(settings.shape().embDim())));
    options.add("--layers");
    settings.shape().layers().forEach(width -> options.add(width.toString()));
    options.addAll(List.of("--batch", Integer.toString(settings.batchSize())));
    options.addAll(List.of("--lr-deep", Float.toString(settings.adam().learningRate())));
    options.addAll(List.of("--lr-wide", Float.toString(settings.ftrl().learningRate())));
    options.addAll(List.of("--threads", Integer.toString(settings.workers())));
    return options;
  }
}
