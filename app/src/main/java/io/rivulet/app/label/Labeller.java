package io.rivulet.app.label;

import io.rivulet.app.label.Outcome.Kind;
import io.rivulet.trainer.model.CounterRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.FlatMapGroupsWithStateFunction;
import org.apache.spark.sql.streaming.GroupState;

/**
 * Decides what the events of one id come to. An impression is positive as soon as a click is known
 * that is not before it and within the horizon after it, and negative when the watermark has passed
 * its horizon without one. The outcome depends on the events and their times alone, not on the
 * order in which they come.
 */
final class Labeller
    implements FlatMapGroupsWithStateFunction<String, ArrivedEvent, OpenImpression, Outcome> {
  private static final long serialVersionUID = 1;

  /** Clicks that may wait for an impression; more are no person's. */
  private static final int MAX_CLICKS = 100;

  private final long horizonMs;
  private final double negativeRate;
  private final boolean corrects;

  /**
   * A rule.
   *
   * @param negativeRate share of the negatives that become examples
   * @param corrects whether a click up to one horizon late makes an example, too
   */
  Labeller(long horizonMs, double negativeRate, boolean corrects) {
    this.horizonMs = horizonMs;
    this.negativeRate = negativeRate;
    this.corrects = corrects;
  }

  @Override
  public Iterator<Outcome> call(
      String id, Iterator<ArrivedEvent> events, GroupState<OpenImpression> state) {
    List<Outcome> outcomes = new ArrayList<>();
    OpenImpression open = state.exists() ? state.get() : new OpenImpression();
    while (events.hasNext()) {
      ArrivedEvent event = events.next();
      if (!event.isClick()) {
        impression(event, open, outcomes);
      } else if (open.getPlace() == null) {
        wait(open, event.getTime().getTime(), outcomes);
      } else {
        click(event.getTime().getTime(), open, outcomes);
      }
    }
    // Also where it is events that have brought us here: Spark doesn't call again for the timeout.
    settle(open, state.getCurrentWatermarkMs(), outcomes);
    if (open.isLateClick() && corrects && open.isLabelled() && open.getValue() != null) {
      outcomes.add(new Outcome(Kind.CORRECTION, open.getPlace(), open.getValue()));
      open.setValue(null);
    }
    keep(open, state);
    return outcomes.iterator();
  }

  private void impression(ArrivedEvent event, OpenImpression open, List<Outcome> outcomes) {
    if (open.getPlace() != null) {
      outcomes.add(new Outcome(Kind.REPEATED, null, null));
      return;
    }
    open.setPlace(event.getPlace());
    open.setValue(event.getValue());
    open.setTime(event.getTime().getTime());
    long[] clicks = open.getClicks();
    open.setClicks(new long[0]);
    for (long time : clicks) {
      click(time, open, outcomes);
    }
  }

  private static void wait(OpenImpression open, long click, List<Outcome> outcomes) {
    long[] clicks = open.getClicks();
    if (clicks.length == MAX_CLICKS) {
      outcomes.add(new Outcome(Kind.UNKNOWN_CLICK, null, null));
      return;
    }
    clicks = Arrays.copyOf(clicks, clicks.length + 1);
    clicks[clicks.length - 1] = click;
    open.setClicks(clicks);
  }

  private void click(long time, OpenImpression open, List<Outcome> outcomes) {
    if (time < open.getTime()) {
      outcomes.add(new Outcome(Kind.UNKNOWN_CLICK, null, null));
    } else if (time > open.getTime() + horizonMs) {
      outcomes.add(new Outcome(Kind.LATE_CLICK, null, null));
      open.setLateClick(open.isLateClick() || time <= open.getTime() + 2 * horizonMs);
    } else if (!open.isLabelled()) {
      label(Kind.POSITIVE, open, outcomes);
      open.setValue(null);
    }
  }

  private static void label(Kind kind, OpenImpression open, List<Outcome> outcomes) {
    outcomes.add(new Outcome(kind, open.getPlace(), open.getValue()));
    open.setLabelled(true);
  }

  /** What the watermark has decided. */
  private void settle(OpenImpression open, long watermark, List<Outcome> outcomes) {
    if (open.getPlace() == null) {
      long[] waiting = Arrays.stream(open.getClicks()).filter(time -> time >= watermark).toArray();
      for (int i = waiting.length; i < open.getClicks().length; i++) {
        outcomes.add(new Outcome(Kind.UNKNOWN_CLICK, null, null));
      }
      open.setClicks(waiting);
    } else if (!open.isLabelled() && open.getTime() + horizonMs < watermark) {
      boolean sampled =
          CounterRandom.uniform(open.getPlace().hashCode(), 0, open.getTime()) < negativeRate;
      label(sampled ? Kind.NEGATIVE : Kind.SAMPLED_OUT, open, outcomes);
      if (!corrects) {
        open.setValue(null);
      }
    }
  }

  /** Until when it is kept. A late click must find that there was an impression. */
  private void keep(OpenImpression open, GroupState<OpenImpression> state) {
    long watermark = state.getCurrentWatermarkMs();
    long until;
    if (open.getPlace() == null) {
      until = Arrays.stream(open.getClicks()).min().orElse(-1);
    } else {
      until = open.getTime() + (open.isLabelled() ? 2 * horizonMs : horizonMs);
    }
    if (until < watermark || (open.getPlace() == null && open.getClicks().length == 0)) {
      state.remove();
      return;
    }
    state.update(open);
    // A timeout comes when the watermark is later than this.
    state.setTimeoutTimestamp(until + 1);
  }
}
