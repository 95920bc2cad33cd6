package io.rivulet.app.report;

import java.nio.charset.Charset;
import java.util.Arrays;

/** A curve in a line of text. */
public final class Sparkline {
  private static final String BARS = "▁▂▃▄▅▆▇█";

  private Sparkline() {}

  /** Whether the terminal, or whatever standard output is, can show one. */
  public static boolean canBeShown() {
    String name = System.getProperty("sun.stdout.encoding", Charset.defaultCharset().name());
    return Charset.isSupported(name) && Charset.forName(name).newEncoder().canEncode(BARS);
  }

  /** A bar for each value, from the lowest to the highest; a blank for one that is NaN. */
  public static String of(double[] values) {
    double low = Arrays.stream(values).filter(Double::isFinite).min().orElse(0);
    double high = Arrays.stream(values).filter(Double::isFinite).max().orElse(0);
    StringBuilder bars = new StringBuilder();
    for (double value : values) {
      if (Double.isFinite(value)) {
        double part = high > low ? (value - low) / (high - low) : 0.5;
        bars.append(BARS.charAt((int) Math.min(BARS.length() - 1, part * BARS.length())));
      } else {
        bars.append(' ');
      }
    }
    return bars.toString();
  }
}
