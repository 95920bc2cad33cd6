package io.rivulet.app.report;

import java.util.List;

/** Pieces of a page. */
final class Html {
  private Html() {}

  /** Text that can stand in an element or in an attribute within quotes. */
  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }

  /** A table with one line of headings; all is text. */
  static String table(List<String> headings, List<List<String>> rows) {
    StringBuilder table = new StringBuilder("<div class=\"wide\"><table><thead>");
    row(table, "th", headings);
    table.append("</thead><tbody>");
    rows.forEach(row -> row(table, "td", row));
    return table.append("</tbody></table></div>").toString();
  }

  private static void row(StringBuilder table, String element, List<String> cells) {
    table.append("<tr>");
    for (String cell : cells) {
      table.append('<').append(element).append('>').append(escape(cell));
      table.append("</").append(element).append('>');
    }
    table.append("</tr>");
  }
}
