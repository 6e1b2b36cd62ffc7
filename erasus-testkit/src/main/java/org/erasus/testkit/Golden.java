package org.erasus.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** Values from an outside source, kept as JSON beside the script that made them. */
public final class Golden {
  private final JsonNode root;

  private Golden(JsonNode root) {
    this.root = root;
  }

  /**
   * Reads {@code /golden/<name>.json} from the test's resources.
   *
   * @param test whose class loader is asked
   */
  public static Golden load(Class<?> test, String name) {
    String path = "/golden/" + name + ".json";
    try (InputStream in = test.getResourceAsStream(path)) {
      if (in == null) {
        throw new IllegalArgumentException("no golden file " + path);
      }
      return new Golden(new ObjectMapper().readTree(in));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private JsonNode at(String pointer) {
    JsonNode node = root.at(pointer);
    if (node.isMissingNode()) {
      throw new IllegalArgumentException("the golden file has nothing at " + pointer);
    }
    return node;
  }

  /** A number at a JSON pointer such as {@code /npo/loss}. */
  public double number(String pointer) {
    return at(pointer).asDouble();
  }

  /** A list of numbers at a JSON pointer. */
  public double[] numbers(String pointer) {
    JsonNode list = at(pointer);
    double[] values = new double[list.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = list.get(i).asDouble();
    }
    return values;
  }

  /** A list of numbers at a JSON pointer, in single precision. */
  public float[] floats(String pointer) {
    double[] numbers = numbers(pointer);
    float[] values = new float[numbers.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) numbers[i];
    }
    return values;
  }

  /** A table of numbers at a JSON pointer. */
  public double[][] table(String pointer) {
    double[][] rows = new double[at(pointer).size()][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = numbers(pointer + "/" + i);
    }
    return rows;
  }

  /** The names below a JSON pointer, in order. */
  public java.util.List<String> names(String pointer) {
    java.util.List<String> names = new java.util.ArrayList<>();
    at(pointer).fieldNames().forEachRemaining(names::add);
    return names;
  }
}
