package org.erasus.eval.attacks;

import static org.erasus.eval.Golden.array;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** The rows of the golden file of attacks with references: members first, ids from 0. */
final class GoldenRows {
  private GoldenRows() {}

  static ScoredRows all(JsonNode c) {
    double[] labels = array(c, "labels");
    float[][] logits = new float[labels.length][];
    int[] classes = new int[labels.length];
    for (int i = 0; i < logits.length; i++) {
      JsonNode row = c.get("logits").get(i);
      logits[i] = new float[row.size()];
      for (int k = 0; k < row.size(); k++) {
        logits[i][k] = (float) row.get(k).doubleValue();
      }
      classes[i] = (int) labels[i];
    }
    return ScoredRows.ofLogits("all", logits, classes);
  }

  static ScoredRows members(JsonNode c) {
    return all(c).subset(IntStream.range(0, c.get("members").intValue()).toArray());
  }

  static ScoredRows nonMembers(JsonNode c) {
    return all(c)
        .subset(IntStream.range(c.get("members").intValue(), c.get("labels").size()).toArray());
  }

  static References references(JsonNode c) {
    int networks = c.get("references").size();
    int rows = c.get("labels").size();
    double[][] confidences = new double[networks][rows];
    boolean[][] in = new boolean[networks][rows];
    for (int k = 0; k < networks; k++) {
      for (int i = 0; i < rows; i++) {
        confidences[k][i] = c.get("references").get(k).get(i).doubleValue();
        in[k][i] = c.get("in").get(k).get(i).booleanValue();
      }
    }
    return References.of(LongStream.range(0, rows).toArray(), confidences, in);
  }

  static double[][] matrix(JsonNode node) {
    double[][] values = new double[node.size()][];
    for (int i = 0; i < values.length; i++) {
      JsonNode row = node.get(i);
      values[i] =
          IntStream.range(0, row.size()).mapToDouble(d -> row.get(d).doubleValue()).toArray();
    }
    return values;
  }
}
