package org.erasus.eval.metrics;

import java.util.Map;
import java.util.function.ToDoubleBiFunction;
import org.erasus.eval.attacks.Prediction;
import org.erasus.eval.attacks.ScoredRows;

/** A number of what a network and a retrained one say about the same forget row, averaged over references, then rows. */
final class RowComparison {
  private RowComparison() {}

  static Map<String, Measure> measure(
      String name, Evidence evidence, ToDoubleBiFunction<Prediction, Prediction> mineAndTheirs) {
    if (evidence.references().isEmpty()) {
      return Map.of(name, new Measure.Unavailable("there is no other retrained network"));
    }
    ScoredRows mine = evidence.network().forget();
    double[] rows = new double[mine.size()];
    for (NetworkOutputs reference : evidence.references()) {
      ScoredRows theirs = reference.forget();
      for (int i = 0; i < rows.length; i++) {
        rows[i] += mineAndTheirs.applyAsDouble(mine.prediction(i), theirs.prediction(i));
      }
    }
    for (int i = 0; i < rows.length; i++) {
      rows[i] /= evidence.references().size();
    }
    return Map.of(name, new Measure.Estimated(evidence.meanOverRows(rows, name)));
  }
}
