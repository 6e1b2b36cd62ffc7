package org.erasus.eval.experiments;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.erasus.Catalog;
import org.erasus.Json;
import org.erasus.UnlearningStrategy;

/**
 * Reads experiments from a JSON file.
 *
 * <pre>{@code
 * {
 *   "defaults":    {"data": "drawn-digits", "network": "small-cnn", "forget": {"fraction": 0.1}, "runs": 5},
 *   "experiments": [
 *     {"name": "baseline", "strategy": "fine-tune"},
 *     {"name": "scrub",    "strategy": {"name": "scrub", "training": {"maxEpochs": 5}}}
 *   ]
 * }
 * }</pre>
 *
 * <p>An experiment is merged over {@code defaults}, setting by setting, and these over the library's: training as for 20
 * epochs with the rate falling from 0.05 to 0 on a cosine, all forget rows, three runs from seed 1, the catalogue's settings
 * of a strategy or selector, the metrics of the protocol. A setting with another {@code name} (another optimizer, another strategy) replaces the whole
 * one below it and needs all of its own, and so does {@code forget}. Misspelled settings are errors.
 */
public final class Experiments {
  private static final ObjectMapper TREES = new ObjectMapper();

  private Experiments() {}

  /**
   * Reads a file.
   *
   * @throws IOException when it cannot be read or is no list of experiments, naming the experiment at fault
   */
  public static List<Experiment> read(Path file) throws IOException {
    try {
      return parse(Files.readString(file));
    } catch (IOException | IllegalArgumentException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  /** Reads a text, as {@link #read}. */
  public static List<Experiment> parse(String text) throws IOException {
    JsonNode root = TREES.readTree(text);
    for (var setting : root.properties()) {
      String name = setting.getKey();
      if (!name.equals("defaults") && !name.equals("experiments")) {
        throw new IOException(
            "a file of experiments has \"defaults\" and \"experiments\", but also \""
                + name
                + "\"");
      }
    }
    if (!root.path("experiments").isArray() || root.get("experiments").isEmpty()) {
      throw new IOException("\"experiments\" must be a list of one or more experiments");
    }
    ObjectNode base = TREES.createObjectNode();
    base.set("training", tree(Experiment.TRAINING));
    base.put("share", 1);
    base.putArray("metrics");
    base.put("runs", 3);
    base.put("seed", 1);
    JsonNode defaults = merged(base, root.path("defaults"));
    List<Experiment> experiments = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (JsonNode own : root.get("experiments")) {
      String name = own.path("name").asText("number " + (experiments.size() + 1));
      try {
        experiments.add(Json.read(whole(merged(defaults, own)).toString(), Experiment.class));
      } catch (JsonProcessingException | IllegalArgumentException e) {
        throw new IOException("experiment \"" + name + "\": " + reason(e), e);
      }
      if (!names.add(name)) {
        throw new IOException("two experiments are named \"" + name + "\"");
      }
    }
    return experiments;
  }

  private static String reason(Exception e) {
    if (!(e instanceof JsonProcessingException json)) {
      return String.valueOf(e.getMessage());
    }
    String where =
        json instanceof JsonMappingException mapping
            ? mapping.getPath().stream()
                .map(step -> step.getFieldName() == null ? "[]" : step.getFieldName())
                .collect(Collectors.joining("."))
            : "";
    return (where.isEmpty() ? "" : where + ": ") + json.getOriginalMessage();
  }

  /** The experiment with the settings of the catalogue where it names none. */
  private static JsonNode whole(JsonNode experiment) throws JsonProcessingException {
    ObjectNode whole = (ObjectNode) experiment;
    for (String missing : List.of("name", "data", "network", "forget", "strategy")) {
      if (!whole.has(missing)) {
        throw new IllegalArgumentException("it has no \"" + missing + "\"");
      }
    }
    fill(whole, "strategy", Catalog.strategies());
    if (whole.has("selector")) {
      fill(whole, "selector", Catalog.selectors());
    }
    return whole;
  }

  private static void fill(ObjectNode experiment, String field, Catalog<?> catalog)
      throws JsonProcessingException {
    JsonNode own = experiment.get(field);
    JsonNode named =
        own instanceof TextNode text ? TREES.createObjectNode().put("name", text.asText()) : own;
    if (!named.path("name").isTextual()) {
      throw new IllegalArgumentException("its \"" + field + "\" has no \"name\"");
    }
    experiment.set(field, merged(tree(catalog.get(named.get("name").asText())), named));
  }

  private static JsonNode tree(Object record) throws JsonProcessingException {
    return TREES.readTree(
        record instanceof UnlearningStrategy strategy ? Json.write(strategy) : Json.write(record));
  }

  /** {@code over} on {@code under}: objects setting by setting, but of one name only; everything else as a whole. */
  private static JsonNode merged(JsonNode under, JsonNode over) {
    if (over.isMissingNode()) {
      return under;
    }
    boolean apart =
        under.has("name") && over.has("name") && !under.get("name").equals(over.get("name"));
    if (!under.isObject() || !over.isObject() || apart) {
      return over;
    }
    ObjectNode both = under.deepCopy();
    over.properties()
        .forEach(
            setting -> {
              String name = setting.getKey();
              JsonNode below = both.get(name);
              both.set(
                  name,
                  below == null || name.equals("forget")
                      ? setting.getValue()
                      : merged(below, setting.getValue()));
            });
    return both;
  }
}
