package io.rivulet.app.settings;

import io.rivulet.app.UserError;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Settings of MindRec's {@code default_config.yaml} that have no meaning here. Those that have,
 * such as {@code emb_dim}, have the same names.
 */
final class MindRecSettings {
  private static final Map<String, String> MEANINGLESS = new LinkedHashMap<>();

  static {
    String channel =
        "events come from Kafka without a channel between; see kafka.bootstrap_servers";
    MEANINGLESS.put("device_target", "the tower runs on the CPU, or with tower: nd4j on a GPU");
    MEANINGLESS.put("address", channel);
    MEANINGLESS.put("dataset_name", channel);
    MEANINGLESS.put("namespace", channel);
    MEANINGLESS.put("num_shards", "workers says how many learn");
    MEANINGLESS.put("epochs", "every event is learned once, for as long as events come");
    MEANINGLESS.put("eval_batch_size", "predictions don't depend on a batch size");
    MEANINGLESS.put("vocab_size", "the embedding table grows with the keys that come");
    MEANINGLESS.put("vocab_cache_size", "the embedding table isn't cached");
    MEANINGLESS.put("data_path", "files to learn from are arguments of train");
    MEANINGLESS.put("dataset_type", "events are read in the form that event.format names");
    MEANINGLESS.put(
        "ckpt_path", "versions are kept in the model store; see store.path and store.keep_max");
    MEANINGLESS.put("stra_ckpt", "there is no parallel strategy to keep");
    MEANINGLESS.put("eval_file_name", "quality is in metrics.jsonl of the store");
    MEANINGLESS.put("loss_file_name", "the loss is in metrics.jsonl of the store");
    MEANINGLESS.put("parameter_server", "the driver owns the model");
    MEANINGLESS.put("field_slice", "the driver owns the model");
    MEANINGLESS.put("deep_table_slice_mode", "the driver owns the model");
    MEANINGLESS.put("sparse", "engine: sparse or dl4j says how gradients are kept");
    MEANINGLESS.put("manual_shape", "the driver owns the model");
  }

  private static final String FULL_BATCH = "full_batch";

  private MindRecSettings() {}

  /**
   * Takes the meaningless settings out of {@code values}.
   *
   * @return a notice for each
   * @throws UserError for {@code full_batch: true}
   */
  static List<String> takeFrom(Map<String, String> values) {
    List<String> notices = new ArrayList<>();
    MEANINGLESS.forEach(
        (name, why) -> {
          if (values.remove(name) != null) {
            notices.add(name + " has no meaning here: " + why);
          }
        });
    String fullBatch = values.remove(FULL_BATCH);
    if (fullBatch != null) {
      if (!fullBatch.equalsIgnoreCase("false")) {
        throw new UserError(
            "full_batch must be false: a worker reads its own part of a window, never all of it,"
                + " not '"
                + fullBatch
                + "'");
      }
      notices.add(FULL_BATCH + " has no meaning here: it is always false");
    }
    return notices;
  }
}
