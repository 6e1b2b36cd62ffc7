package org.erasus.eval.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialects;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import org.erasus.Json;

/** The published schema of reports. */
public final class ReportSchema {
  private static final JsonMapper JSON = new JsonMapper();

  private ReportSchema() {}

  /** What keeps a report from following the schema; empty when it does. */
  public static List<String> problems(Object report) {
    return problems(tree(report));
  }

  static List<String> problems(JsonNode report) {
    return SchemaRegistry.withDefaultDialect(Dialects.getDraft202012())
        .getSchema(schema())
        .validate(report)
        .stream()
        .map(Object::toString)
        .toList();
  }

  static JsonNode schema() {
    try (InputStream file =
        Objects.requireNonNull(HtmlReport.class.getResourceAsStream("reports.schema.json"))) {
      return JSON.readTree(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static JsonNode tree(Object report) {
    try {
      return JSON.readTree(Json.write(report));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
