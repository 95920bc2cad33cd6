package io.rivulet.app.generate;

import io.rivulet.trainer.model.CounterRandom;
import java.util.Locale;

/**
 * Made-up clicks in Criteo's form. Click i is a function of the seed and i. The probability of a
 * click is a logistic function of planted effects: of dense values, of categories, and of pairs of
 * categories, which a linear model can't learn.
 *
 * <p>Categories follow Zipf's law over as many values as Criteo's fields have.
 */
public final class ClickGenerator {
  private static final int DENSE = 13;
  private static final int CATEGORICAL = 26;

  /** Distinct values of C1 to C26 in Criteo's training set. */
  private static final long[] CARDINALITY = {
    1460, 583, 10131227, 2202608, 305, 24, 12517, 633, 3, 93145, 5683, 8351593, 3194, 27, 14992,
    5461306, 10, 5652, 2173, 4, 7046547, 18, 15, 286181, 105, 142572
  };

  /** Share of missing values of I1 to I13, then C1 to C26. */
  private static final double[] MISSING = {
    .45, 0, .21, .22, .03, .22, .04, 0, .04, .45, .04, .77, .22, 0, 0, .03, .03, 0, .12, 0, 0, 0, 0,
    0, .03, 0, 0, 0, .03, 0, 0, .44, .44, .03, .76, 0, .03, .44, .44
  };

  /** Pairs of categorical fields whose combination matters. */
  private static final int[][] PAIRS = {{5, 8}, {13, 16}, {4, 22}, {24, 19}, {1, 5}, {7, 13}};

  private static final double ZIPF = 1.1;
  private static final double BIAS = -1.4;
  private static final double DENSE_EFFECT = 0.12;
  private static final double CATEGORY_EFFECT = 0.25;
  private static final double PAIR_EFFECT = 0.45;

  /** Rows in which drift 1 turns the effects by a quarter. */
  private static final double DRIFT_ROWS = 1e5;

  private static final long DENSE_STREAM = 1000;
  private static final long MISSING_STREAM = 2000;
  private static final long CATEGORY_STREAM = 3000;
  private static final long LABEL_STREAM = 4000;
  private static final long EFFECT_STREAM = 5000;
  private static final long PAIR_STREAM = 6000;
  private static final long TURNED = 100_000;

  private final long seed;
  private final double drift;
  private final long driftEvery;

  /**
   * A generator.
   *
   * @param drift how fast the effects change; 0 for never, 1 for wholly other ones within 100,000
   *     clicks
   */
  public ClickGenerator(long seed, double drift) {
    this(seed, drift, Long.MAX_VALUE);
  }

  /**
   * A generator whose effects also change all at once.
   *
   * @param driftEvery clicks after which they become wholly other ones
   */
  public ClickGenerator(long seed, double drift, long driftEvery) {
    this.seed = seed;
    this.drift = drift;
    this.driftEvery = driftEvery;
  }

  /**
   * A click event.
   *
   * @param line label, I1 to I13, C1 to C26, tab-separated, empty where missing
   * @param probability the true probability of a click
   */
  public record Click(String line, double probability) {
    /** The line with label 1 where it is 0, and 0 where it is 1. */
    public String withOtherLabel() {
      return (line.startsWith("1") ? "0" : "1") + line.substring(1);
    }
  }

  /** Click number {@code i}, from 0. */
  public Click click(long i) {
    double angle = (drift * i / DRIFT_ROWS + i / driftEvery) * Math.PI / 2;
    StringBuilder cells = new StringBuilder();
    double logit = BIAS;
    for (int f = 0; f < DENSE; f++) {
      cells.append('\t');
      if (!missing(f, i)) {
        double normal = CounterRandom.normal(seed, DENSE_STREAM + f, i);
        long value = (long) StrictMath.exp(1.5 + f % 4 * 0.7 + 1.2 * normal) - 1;
        cells.append(value);
        logit += DENSE_EFFECT * effect(EFFECT_STREAM + f, 0, angle) * normal;
      }
    }
    long[] ranks = new long[CATEGORICAL];
    for (int f = 0; f < CATEGORICAL; f++) {
      cells.append('\t');
      ranks[f] = missing(DENSE + f, i) ? -1 : zipf(f, i);
      if (ranks[f] >= 0) {
        long name = CounterRandom.bits(seed, CATEGORY_STREAM + f, ranks[f]) >>> 32;
        cells.append(String.format(Locale.ROOT, "%08x", name));
        logit += CATEGORY_EFFECT * effect(EFFECT_STREAM + DENSE + f, ranks[f], angle);
      }
    }
    for (int p = 0; p < PAIRS.length; p++) {
      long pair = ranks[PAIRS[p][0]] * 1_000_003 + ranks[PAIRS[p][1]];
      logit += PAIR_EFFECT * effect(PAIR_STREAM + p, pair, angle);
    }
    double probability = 1 / (1 + StrictMath.exp(-logit));
    boolean click = CounterRandom.uniform(seed, LABEL_STREAM, i) < probability;
    return new Click((click ? "1" : "0") + cells, probability);
  }

  private boolean missing(int field, long i) {
    return CounterRandom.uniform(seed, MISSING_STREAM + field, i) < MISSING[field];
  }

  /** A rank from 0, by inversion of the continuous power law. */
  private long zipf(int field, long i) {
    double u = CounterRandom.uniform(seed, CATEGORY_STREAM + CATEGORICAL + field, i);
    double top = StrictMath.pow(CARDINALITY[field] + 1, 1 - ZIPF) - 1;
    long rank = (long) StrictMath.pow(1 + u * top, 1 / (1 - ZIPF)) - 1;
    return Math.min(rank, CARDINALITY[field] - 1);
  }

  /** A standard normal effect that turns with {@code angle} towards another one. */
  private double effect(long stream, long value, double angle) {
    double first = CounterRandom.normal(seed, stream, value);
    return angle == 0
        ? first
        : StrictMath.cos(angle) * first
            + StrictMath.sin(angle) * CounterRandom.normal(seed, stream + TURNED, value);
  }
}
