package org.erasus.eval;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.erasus.Mark;
import org.erasus.eval.attacks.ScoredRows;
import org.erasus.eval.metrics.Evidence;
import org.erasus.eval.metrics.NetworkOutputs;
import org.erasus.eval.stats.Bootstrap;

/** Networks that exist as outputs only. */
public final class Fakes {
  private Fakes() {}

  /** A network that gives the same logits on every split, all rows of class 0. */
  public static NetworkOutputs everywhere(String name, float[][] logits) {
    return network(name, logits, logits, logits);
  }

  /** A network by its logits on forget, retain and unseen rows, all of class 0. */
  public static NetworkOutputs network(
      String name, float[][] forget, float[][] retain, float[][] unseen) {
    return network(
        name, rows("forget", forget, 0), rows("retain", retain, 0), rows("unseen", unseen, 0));
  }

  /** A network by its outputs on forget, retain and unseen rows. */
  public static NetworkOutputs network(
      String name, ScoredRows forget, ScoredRows retain, ScoredRows unseen) {
    Map<Mark, ScoredRows> splits = new EnumMap<>(Mark.class);
    splits.put(Mark.FORGET, forget);
    splits.put(Mark.RETAIN, retain);
    splits.put(Mark.UNSEEN, unseen);
    return new NetworkOutputs(name, splits, Optional.empty(), List.of());
  }

  /** Rows of one class. */
  public static ScoredRows rows(String split, float[][] logits, int label) {
    int[] labels = new int[logits.length];
    Arrays.fill(labels, label);
    return ScoredRows.ofLogits(split, logits, labels);
  }

  /** {@code right} rows answered right and the others wrong, two classes. */
  public static float[][] answers(int right, int wrong) {
    float[][] logits = new float[right + wrong][];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = i < right ? new float[] {2, 0} : new float[] {0, 2};
    }
    return logits;
  }

  /** Evidence at 95 %. */
  public static Evidence evidence(NetworkOutputs network, NetworkOutputs... references) {
    return new Evidence(
        network, List.of(references), network, List.of(), new Bootstrap(500, 0.95), 3);
  }
}
