package io.rivulet.trainer.averaging;

import io.rivulet.trainer.model.LearnerSettings;
import java.util.ArrayList;
import java.util.List;

/** One buffer for the update of each task of a round; the next round overwrites them. */
public final class RoundBuffers {
  private final LearnerSettings settings;
  private final List<UpdateBuffer> buffers = new ArrayList<>();

  /** For models of {@code settings}. */
  public RoundBuffers(LearnerSettings settings) {
    this.settings = settings;
  }

  /** The buffer of the round's task number {@code task}. */
  public UpdateBuffer get(int task) {
    while (buffers.size() <= task) {
      buffers.add(new UpdateBuffer(settings.shape()));
    }
    return buffers.get(task);
  }
}
