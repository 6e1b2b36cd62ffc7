package org.erasus.benchmarks;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.erasus.train.Listener;

/** Adds up the time since the last word under what the word is of. */
final class Stages implements Listener {
  private final Map<String, Double> seconds = new LinkedHashMap<>();
  private long last = System.nanoTime();

  @Override
  public void progressed(String what, long done, long total) {
    did(what);
  }

  /** Counts the time since the last word. */
  void did(String what) {
    long now = System.nanoTime();
    seconds.merge(what, (now - last) / 1e9, Double::sum);
    last = now;
  }

  double total() {
    return seconds.values().stream().mapToDouble(Double::doubleValue).sum();
  }

  /** As a JSON object, in the order of their first words. */
  String json() {
    return seconds.entrySet().stream()
        .map(e -> String.format(Locale.ROOT, "\"%s\": %.3f", e.getKey(), e.getValue()))
        .collect(Collectors.joining(", ", "{", "}"));
  }
}
