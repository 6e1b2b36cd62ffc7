package org.erasus.eval.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.erasus.Json;
import org.erasus.eval.BenchmarkReport;
import org.erasus.eval.VerificationReport;
import org.erasus.eval.corrective.CorrectiveReport;
import org.erasus.io.AtomicFile;
import org.jspecify.annotations.Nullable;

/**
 * Writes a report as one HTML page that needs nothing else: styles, charts and data are inside, and its policy forbids the
 * browser to fetch anything.
 *
 * <p>Numbers stand in tables, but for points of ROC curves, histograms and layouts; the charts, drawn by Chart.js, repeat some of them.
 */
public final class HtmlReport {
  private static final String WEBJAR = "org.webjars.npm/chart.js";

  private HtmlReport() {}

  /** Writes the page to a file; an existing file is replaced whole or not at all. */
  public static void save(BenchmarkReport report, Path file) throws IOException {
    AtomicFile.writeString(file, of(report));
  }

  /** Writes the page to a file; an existing file is replaced whole or not at all. */
  public static void save(VerificationReport report, Path file) throws IOException {
    AtomicFile.writeString(file, of(report));
  }

  /** Writes the page to a file; an existing file is replaced whole or not at all. */
  public static void save(CorrectiveReport report, Path file) throws IOException {
    AtomicFile.writeString(file, of(report));
  }

  /** The page of a benchmark. */
  public static String of(BenchmarkReport report) {
    String title = "Unlearning benchmark " + report.protocol();
    return page(title, new BenchmarkBody(report).text(), report);
  }

  /** The page on attacks and recovery tests. */
  public static String of(VerificationReport report) {
    String title = "Attacks and recovery tests, " + report.networks().get(0).name();
    return page(title, new VerificationBody(report).text(), report);
  }

  /** The page of the protocol {@code corrective}. */
  public static String of(CorrectiveReport report) {
    String title = "Corrective unlearning, " + report.strategy();
    return page(title, new CorrectiveBody(report).text(), report);
  }

  /**
   * A page.
   *
   * @param title plain text
   * @param body HTML
   * @param report the charts are drawn from its JSON
   */
  private static String page(String title, String body, Object report) {
    Map<String, String> parts = new LinkedHashMap<>();
    parts.put("title", Html.escape(title));
    parts.put("style", own("report.css"));
    parts.put("body", body);
    // In a script element, "<" could end the element or start a comment.
    parts.put("data", Json.write(report).replace("<", "\\u003c"));
    parts.put("library", inert(chartJs()));
    parts.put("script", inert(own("report.js")));
    return fill(own("report.html"), parts);
  }

  /** One pass from left to right, so that what is filled in is never taken for a place to fill. */
  private static String fill(String template, Map<String, String> parts) {
    StringBuilder page = new StringBuilder();
    int at = 0;
    for (Map.Entry<String, String> part : parts.entrySet()) {
      String mark = "${" + part.getKey() + "}";
      int found = template.indexOf(mark, at);
      page.append(template, at, found).append(part.getValue());
      at = found + mark.length();
    }
    return page.append(template, at, template.length()).toString();
  }

  private static String inert(String script) {
    return script.replace("</script", "<\\/script");
  }

  /** A file of this package: on a module path only the module itself may open it. */
  private static String own(String name) {
    return read(name, HtmlReport.class.getResourceAsStream(name));
  }

  private static String chartJs() {
    String pom = webjar("META-INF/maven/" + WEBJAR + "/pom.properties");
    String version =
        pom.lines()
            .filter(line -> line.startsWith("version="))
            .map(line -> line.substring("version=".length()).strip())
            .findFirst()
            .orElseThrow();
    return webjar("META-INF/resources/webjars/chart.js/" + version + "/dist/chart.umd.min.js")
        .replaceAll("(?m)^//# sourceMappingURL=.*$", "");
  }

  private static String webjar(String path) {
    return read(path, HtmlReport.class.getClassLoader().getResourceAsStream(path));
  }

  private static String read(String path, @Nullable InputStream file) {
    try (InputStream in = file) {
      if (in == null) {
        throw new IllegalStateException(
            path + " is missing: the page needs " + WEBJAR + " on the class or module path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
