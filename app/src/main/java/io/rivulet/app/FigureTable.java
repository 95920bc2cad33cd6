package io.rivulet.app;

import io.rivulet.app.train.Report;
import java.util.Locale;
import java.util.OptionalLong;

/** Figures in sections: aligned lines for people, one line of JSON for programs. */
final class FigureTable {
  private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB"};
  private static final double KILO = 1000;
  private static final double TEN = 10;

  private final Report report = new Report();
  private final StringBuilder lines = new StringBuilder();

  /** Begins a section; JSON has none. */
  void section(String title) {
    lines.append(lines.length() == 0 ? "" : "\n").append(title).append('\n');
  }

  /** Adds a number of bytes. */
  void bytes(String name, String label, long bytes) {
    report.put(name, bytes);
    double value = bytes;
    int unit = 0;
    while (value >= KILO && unit < UNITS.length - 1) {
      value /= KILO;
      unit++;
    }
    line(label, text(value), UNITS[unit]);
  }

  /** Adds a whole number. */
  void number(String name, String label, long value) {
    report.put(name, value);
    line(label, text((double) value), "");
  }

  /** Adds a number. */
  void number(String name, String label, double value) {
    report.put(name, value);
    line(label, text(value), "");
  }

  /** Adds a whole number; null, or none, if there isn't one. */
  void number(String name, String label, OptionalLong value) {
    if (value.isPresent()) {
      number(name, label, value.getAsLong());
    } else {
      report.put(name, (Object) null);
      line(label, "none", "");
    }
  }

  private void line(String label, String value, String unit) {
    lines
        .append(String.format(Locale.ROOT, "  %-44s %18s %s", label, value, unit).stripTrailing())
        .append('\n');
  }

  private static String text(double value) {
    if (value == Math.rint(value) || value >= KILO) {
      return String.format(Locale.ROOT, "%,.0f", value);
    }
    return String.format(Locale.ROOT, value < TEN ? "%.2f" : "%.1f", value);
  }

  /** All figures as JSON. */
  String json() {
    return report.line();
  }

  /** All figures, a line each. */
  String table() {
    return lines.toString().stripTrailing();
  }
}
