package io.rivulet.app.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Pictures as inline SVG, whose width is that of the page; colours are the page's. */
final class Chart {
  private static final int WIDTH = 640;
  private static final int HEIGHT = 200;
  private static final int LEFT = 62;
  private static final int RIGHT = 12;
  private static final int TOP = 12;
  private static final int BOTTOM = 26;
  private static final int GRID = 4;

  /** Room for the names of bars, and for their figures. */
  private static final int BARS_LEFT = 150;

  private static final int BARS_RIGHT = 90;

  private final String title;
  private final String xLabel;
  private final StringBuilder marks = new StringBuilder();
  private final double left;
  private final double right;

  /** Between two lines of the grid. */
  private final double step;

  private final double low;
  private final double high;

  /** Of values from {@code low} to {@code high}; the grid begins at or below and ends beyond. */
  private Chart(String title, String xLabel, double left, double right, double low, double high) {
    this.title = title;
    this.xLabel = xLabel;
    this.left = left;
    this.right = right;
    this.step = step((high - low) / GRID);
    this.low = step * Math.floor(low / step);
    this.high = step * Math.ceil(high / step);
  }

  /** 1, 2 or 5 times a power of ten, at least {@code least}. */
  private static double step(double least) {
    double power = Math.pow(10, Math.floor(Math.log10(least)));
    double parts = least / power;
    return power * (parts <= 1 ? 1 : parts <= 2 ? 2 : parts <= 5 ? 5 : 10);
  }

  /** A point of a curve. */
  record Dot(double x, double y) {}

  /**
   * A curve.
   *
   * @param marked places along it that are marked, such as alarms
   */
  static String line(String title, String xLabel, List<Dot> curve, List<Double> marked) {
    List<Dot> known = curve.stream().filter(dot -> Double.isFinite(dot.y())).toList();
    if (known.isEmpty()) {
      return "";
    }
    double low = known.stream().mapToDouble(Dot::y).min().orElseThrow();
    double high = known.stream().mapToDouble(Dot::y).max().orElseThrow();
    double margin = high > low ? 0 : Math.max(1e-3, 0.05 * Math.abs(high));
    double left = known.get(0).x();
    double right = Math.max(known.get(known.size() - 1).x(), left + 1);
    Chart chart = new Chart(title, xLabel, left, right, low - margin, high + margin);
    for (double x : marked) {
      if (x >= left && x <= right) {
        chart.marks.append(
            format(
                "<line class=\"mark\" x1=\"%1$.1f\" x2=\"%1$.1f\" y1=\"%2$d\" y2=\"%3$d\"/>",
                chart.x(x), TOP, HEIGHT - BOTTOM));
      }
    }
    List<String> dots = new ArrayList<>();
    known.forEach(dot -> dots.add(format("%.1f,%.1f", chart.x(dot.x()), chart.y(dot.y()))));
    chart.marks.append("<polyline points=\"").append(String.join(" ", dots)).append("\"/>");
    return chart.svg();
  }

  /** Predictions and the share of clicks that followed, beside the diagonal. */
  static String calibration(List<Dot> curve) {
    if (curve.isEmpty()) {
      return "";
    }
    double most = curve.stream().mapToDouble(dot -> Math.max(dot.x(), dot.y())).max().orElseThrow();
    double high = Math.max(0.01, most);
    Chart chart = new Chart("Share of clicks by prediction", "mean prediction", 0, high, 0, high);
    chart.marks.append(
        format(
            "<line class=\"diagonal\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>",
            chart.x(0), chart.y(0), chart.x(high), chart.y(high)));
    for (Dot dot : curve) {
      chart.marks.append(
          format(
              "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"/>", chart.x(dot.x()), chart.y(dot.y())));
    }
    return chart.svg();
  }

  /** Parts of a whole, each with its share. */
  static String bars(String title, Map<String, Double> parts) {
    double sum = parts.values().stream().mapToDouble(part -> part).sum();
    if (sum == 0) {
      return "";
    }
    double most = parts.values().stream().mapToDouble(part -> part).max().orElseThrow();
    StringBuilder svg = new StringBuilder(begin(title));
    int row = (HEIGHT - TOP) / parts.size();
    int y = TOP;
    for (Map.Entry<String, Double> part : parts.entrySet()) {
      double width = part.getValue() / most * (WIDTH - BARS_LEFT - BARS_RIGHT);
      svg.append(
          format(
              "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>"
                  + "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>"
                  + "<text x=\"%.1f\" y=\"%2$d\">%.1f (%.0f %%)</text>",
              BARS_LEFT - 8,
              y + row / 2 + 4,
              Html.escape(part.getKey()),
              BARS_LEFT,
              y + 3,
              width,
              row - 6,
              BARS_LEFT + width + 6,
              part.getValue(),
              100 * part.getValue() / sum));
      y += row;
    }
    return svg.append("</svg></figure>").toString();
  }

  private double x(double value) {
    return LEFT + (value - left) / (right - left) * (WIDTH - LEFT - RIGHT);
  }

  private double y(double value) {
    return HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM);
  }

  private static String begin(String title) {
    return format(
        "<figure><figcaption>%s</figcaption><svg viewBox=\"0 0 %d %d\" role=\"img\""
            + " aria-label=\"%1$s\">",
        Html.escape(title), WIDTH, HEIGHT);
  }

  private String svg() {
    StringBuilder svg = new StringBuilder(begin(title));
    for (long i = Math.round(low / step); i <= Math.round(high / step); i++) {
      double value = i * step;
      svg.append(
          format(
              "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%3$.1f\" y2=\"%3$.1f\"/>"
                  + "<text x=\"%4$d\" y=\"%5$.1f\" text-anchor=\"end\">%6$s</text>",
              LEFT, WIDTH - RIGHT, y(value), LEFT - 6, y(value) + 4, label(value, step)));
    }
    svg.append(
        format(
            "<text x=\"%d\" y=\"%d\">%s</text><text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s"
                + "</text><text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>",
            LEFT,
            HEIGHT - 8,
            label(left, (right - left) / GRID),
            (LEFT + WIDTH - RIGHT) / 2,
            HEIGHT - 8,
            Html.escape(xLabel),
            WIDTH - RIGHT,
            HEIGHT - 8,
            label(right, (right - left) / GRID)));
    return svg.append(marks).append("</svg></figure>").toString();
  }

  /** As many digits as tell values apart that differ by {@code step}. */
  private static String label(double value, double step) {
    int digits = (int) Math.max(0, Math.min(6, Math.ceil(-Math.log10(step) - 1e-9)));
    return String.format(Locale.ROOT, "%,." + digits + "f", value);
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
