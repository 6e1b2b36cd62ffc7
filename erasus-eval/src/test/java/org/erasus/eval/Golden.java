package org.erasus.eval;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import java.util.stream.StreamSupport;
import org.assertj.core.data.Offset;

/** Values that another program computed; the script that made a file is named in it and lies in src/test/golden. */
public final class Golden {
  private Golden() {}

  /** The cases of a file in src/test/resources/golden. */
  public static JsonNode cases(String name) {
    try (InputStream in =
        Objects.requireNonNull(
            Golden.class.getResourceAsStream("/golden/" + name + ".json"), name)) {
      JsonNode cases = new ObjectMapper().readTree(in).get("cases");
      if (cases.isEmpty()) {
        throw new IllegalStateException("golden file " + name + " has no cases");
      }
      return cases;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The cases of a file whose cases form a list. */
  public static List<JsonNode> list(String name) {
    return StreamSupport.stream(cases(name).spliterator(), false).toList();
  }

  /** An array of numbers. */
  public static double[] array(JsonNode node, String field) {
    return StreamSupport.stream(node.get(field).spliterator(), false)
        .mapToDouble(JsonNode::doubleValue)
        .toArray();
  }

  /** A number; a missing one is an error. */
  public static double number(JsonNode node, String field) {
    JsonNode value = node.get(field);
    if (!value.isNumber()) {
      throw new IllegalStateException(field + " is not a number: " + value);
    }
    return value.doubleValue();
  }

  /** Agreement to 1e-10 of the value, or 1e-10 where the value is smaller than 1. */
  public static Offset<Double> close(double expected) {
    return Offset.offset(1e-10 * Math.max(1, Math.abs(expected)));
  }
}
