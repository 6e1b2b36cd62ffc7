package org.erasus.eval.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.erasus.eval.BenchmarkReport;
import org.erasus.eval.VerificationReport;
import org.erasus.eval.corrective.CorrectiveReport;
import org.junit.jupiter.api.Test;

/** The schema is written by hand, and must say exactly what the records hold, also of what no report at hand has. */
class ReportSchemaTest {
  private static final JsonMapper JSON = new JsonMapper();

  private static final Map<Class<?>, String> JSON_TYPES =
      Map.of(
          String.class, "string",
          boolean.class, "boolean",
          int.class, "integer",
          Integer.class, "integer",
          long.class, "integer",
          Long.class, "integer",
          float.class, "number",
          double.class, "number",
          Double.class, "number");

  private final Map<String, ObjectNode> expected = new TreeMap<>();

  @Test
  void theSchemaSaysWhatTheRecordsHoldAndNothingElse() {
    List.of(BenchmarkReport.class, VerificationReport.class, CorrectiveReport.class)
        .forEach(this::define);
    JsonNode definitions = ReportSchema.schema().get("$defs");

    Map<String, JsonNode> found = new TreeMap<>();
    definitions.fieldNames().forEachRemaining(name -> found.put(name, definitions.get(name)));
    assertThat(found.keySet()).isEqualTo(expected.keySet());
    found.forEach(
        (name, definition) -> assertThat(plain(definition)).as(name).isEqualTo(expected.get(name)));
  }

  @Test
  void theSchemaNamesTheVersionsThatAreWritten() {
    List<String> written =
        List.of(BenchmarkReport.SCHEMA, VerificationReport.SCHEMA, CorrectiveReport.SCHEMA);
    JsonNode schema = ReportSchema.schema();

    assertThat(schema.at("/properties/schema/enum")).isEqualTo(JSON.valueToTree(written));
    assertThat(schema.at("/$defs/BenchmarkReport/properties/schema/const").asText())
        .isEqualTo(BenchmarkReport.SCHEMA);
    assertThat(schema.at("/$defs/VerificationReport/properties/schema/const").asText())
        .isEqualTo(VerificationReport.SCHEMA);
    assertThat(schema.at("/$defs/CorrectiveReport/properties/schema/const").asText())
        .isEqualTo(CorrectiveReport.SCHEMA);
  }

  @Test
  void whatIsNoReportDoesNotPass() {
    assertThat(ReportSchema.problems(JSON.createObjectNode())).isNotEmpty();
    assertThat(ReportSchema.problems(JSON.createObjectNode().put("schema", "erasus-other/1")))
        .isNotEmpty();
    assertThat(ReportSchema.problems(JSON.createObjectNode().put("schema", BenchmarkReport.SCHEMA)))
        .anyMatch(problem -> problem.contains("networks"));
  }

  /** Without what is there for people, or narrower than a type of Java. */
  private static JsonNode plain(JsonNode node) {
    if (node instanceof ObjectNode object) {
      object.remove(List.of("description", "minItems"));
      if (object.has("type") && !object.has("properties")) {
        object.remove("const");
      }
    }
    node.forEach(ReportSchemaTest::plain);
    return node;
  }

  private ObjectNode node(Type type) {
    ObjectNode node = JSON.createObjectNode();
    if (type instanceof ParameterizedType generic) {
      Type[] inner = generic.getActualTypeArguments();
      if (generic.getRawType() == Optional.class) {
        return node(inner[0]);
      }
      boolean list = generic.getRawType() == List.class;
      node.put("type", list ? "array" : "object");
      node.set(list ? "items" : "additionalProperties", node(inner[inner.length - 1]));
      return node;
    }
    Class<?> simple = (Class<?>) type;
    if (simple.isEnum()) {
      for (Object constant : simple.getEnumConstants()) {
        node.withArray("enum").add(((Enum<?>) constant).name());
      }
      return node;
    }
    if (simple == Instant.class) {
      return node.put("type", "string").put("format", "date-time");
    }
    String name = JSON_TYPES.get(simple);
    if (name != null) {
      return node.put("type", name);
    }
    define(simple);
    return node.put("$ref", "#/$defs/" + name(simple));
  }

  private void define(Class<?> type) {
    if (expected.containsKey(name(type))) {
      return;
    }
    ObjectNode definition = JSON.createObjectNode();
    expected.put(name(type), definition);
    if (type.isRecord()) {
      record(definition, type);
    } else {
      for (JsonSubTypes.Type kind : kinds(type)) {
        definition.withArray("oneOf").add(node(kind.value()));
      }
    }
  }

  private void record(ObjectNode definition, Class<?> type) {
    definition.put("type", "object").put("additionalProperties", false).putArray("required");
    ObjectNode properties = definition.putObject("properties");
    for (Class<?> family : type.getInterfaces()) {
      JsonTypeInfo info = family.getAnnotation(JsonTypeInfo.class);
      if (info != null) {
        definition.withArray("required").add(info.property());
        for (JsonSubTypes.Type kind : kinds(family)) {
          if (kind.value() == type) {
            properties.putObject(info.property()).put("const", kind.name());
          }
        }
      }
    }
    for (RecordComponent component : type.getRecordComponents()) {
      properties.set(component.getName(), node(component.getGenericType()));
      if (component.getType() != Optional.class) {
        definition.withArray("required").add(component.getName());
      }
    }
  }

  private static JsonSubTypes.Type[] kinds(Class<?> family) {
    return Objects.requireNonNull(family.getAnnotation(JsonSubTypes.class), family.getName())
        .value();
  }

  /** As in the source: a nested class after the one around it. */
  private static String name(Class<?> type) {
    return type.getName().substring(type.getPackageName().length() + 1).replace('$', '.');
  }
}
