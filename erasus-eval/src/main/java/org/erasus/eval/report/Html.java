package org.erasus.eval.report;

import java.util.List;
import java.util.Locale;

/** Pieces of HTML; whatever text goes in comes out escaped. */
final class Html {
  private Html() {}

  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }

  /** An element around escaped text. */
  static String text(String tag, String text) {
    return "<" + tag + ">" + escape(text) + "</" + tag + ">";
  }

  /** The heading of a section, which can be linked to by its first word. */
  static String section(String heading) {
    String id = heading.toLowerCase(Locale.ROOT).replaceAll(" .*", "");
    return "<h2 id=\"" + escape(id) + "\">" + escape(heading) + "</h2>";
  }

  /** A coloured word for a verdict, or for being a reference. */
  static String badge(String word) {
    return "<span class=\"badge " + escape(word) + "\">" + escape(word) + "</span>";
  }

  /** A list of sentences. */
  static String list(List<String> sentences) {
    StringBuilder list = new StringBuilder("<ul>");
    sentences.forEach(s -> list.append(text("li", s)));
    return list.append("</ul>").toString();
  }

  /**
   * A table that scrolls in itself on narrow screens, also by keyboard.
   *
   * @param header plain text
   * @param rows cells of HTML; the first of a row is its header
   */
  static String table(String caption, List<String> header, List<List<String>> rows) {
    StringBuilder out = new StringBuilder();
    out.append("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"")
        .append(escape(caption))
        .append("\"><table><caption>")
        .append(escape(caption))
        .append("</caption><thead><tr>");
    header.forEach(h -> out.append("<th scope=\"col\">").append(escape(h)).append("</th>"));
    out.append("</tr></thead><tbody>");
    for (List<String> row : rows) {
      out.append("<tr><th scope=\"row\">").append(row.get(0)).append("</th>");
      row.stream().skip(1).forEach(cell -> out.append("<td>").append(cell).append("</td>"));
      out.append("</tr>\n");
    }
    return out.append("</tbody></table></div>\n").toString();
  }

  /** Something that is shown on demand. */
  static String details(String summary, String content) {
    return "<details>" + text("summary", summary) + content + "</details>\n";
  }

  /**
   * A figure with its numbers below, shown on demand.
   *
   * @param figure made by {@link #chart}
   */
  static String withNumbers(String figure, String table) {
    return figure.replace("</figure>", details("Numbers", table).strip() + "</figure>");
  }

  /**
   * A figure with a slider below its chart.
   *
   * @param figure made by {@link #chart}
   * @param id of the chart
   * @param label of the slider
   * @param most its last value; the first is 0
   * @param value at the start
   * @param plays whether there is a button that moves it to the end
   */
  static String control(
      String figure, String id, String label, int most, int value, boolean plays) {
    String slider =
        "<div class=\"control\"><label>"
            + escape(label)
            + " <input type=\"range\" min=\"0\" max=\""
            + most
            + "\" value=\""
            + value
            + "\" data-for=\""
            + id
            + "\"></label>"
            + (plays ? "<button type=\"button\" data-for=\"" + id + "\">Play</button>" : "")
            + "</div>";
    return figure.replace("</figure>", slider + "</figure>");
  }

  /**
   * A chart, drawn by the page's script.
   *
   * @param attributes of the canvas, already escaped
   * @param alternative what it shows, for those who do not see it
   */
  static String chart(
      String id, String kind, String attributes, String caption, String note, String alternative) {
    return "<figure><figcaption>"
        + escape(caption)
        + "<small>"
        + escape(note)
        + "</small></figcaption><div class=\"chart"
        + (kind.equals("histogram") ? " low" : "")
        + "\"><canvas id=\""
        + id
        + "\" data-chart=\""
        + kind
        + "\" "
        + attributes
        + " role=\"img\" aria-label=\""
        + escape(alternative)
        + "\"></canvas></div></figure>\n";
  }
}
