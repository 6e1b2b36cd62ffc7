package org.erasus.eval.metrics;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.erasus.Mark;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.UnlearningDataset;
import org.erasus.eval.attacks.ScoredRows;

/**
 * Everything known about one network, as plain numbers: computed once, shared by all metrics, attacks and tests, and usable
 * after the network is closed.
 *
 * @param name in reports
 * @param splits its outputs on the rows of each mark; marks without rows are absent
 * @param cost of making it, when known
 * @param recovered by the name of an attempt to bring the forget rows back, how far each of them came back, from 0 to 1
 * @param inside by the name of an {@link InsideMetric}, what it found while the network was open
 * @param relearned how fast it learned the forget rows again, one a seed; empty when that was not tried
 */
public record NetworkOutputs(
    String name,
    Map<Mark, ScoredRows> splits,
    Optional<Cost> cost,
    Map<String, List<Double>> recovered,
    Map<String, Map<String, Measure>> inside,
    List<Relearned> relearned) {
  /** How far a row of probabilities may be from 1: single precision, some thousand classes. */
  private static final double SUM_TOLERANCE = 1e-3;

  /** Copies the maps and the list. */
  public NetworkOutputs {
    splits = Collections.unmodifiableMap(new EnumMap<>(splits));
    recovered = Map.copyOf(recovered);
    inside = Map.copyOf(inside);
    relearned = List.copyOf(relearned);
  }

  /** Outputs of a network that nobody tried to bring the forget rows back to, or looked into. */
  public NetworkOutputs(
      String name, Map<Mark, ScoredRows> splits, Optional<Cost> cost, List<Relearned> relearned) {
    this(name, splits, cost, Map.of(), Map.of(), relearned);
  }

  /**
   * Runs a network over every row of a data set.
   *
   * @throws IllegalArgumentException when an output is not finite or outputs are probabilities, naming network and split
   */
  public static NetworkOutputs of(String name, Network network, UnlearningDataset data) {
    Map<Mark, ScoredRows> splits = new EnumMap<>(Mark.class);
    for (Mark mark : Mark.values()) {
      Rows rows = data.marked(mark);
      if (!rows.isEmpty()) {
        splits.put(mark, score(name, network, rows, mark.name().toLowerCase(Locale.ROOT)));
      }
    }
    return new NetworkOutputs(name, splits, Optional.empty(), List.of());
  }

  /**
   * Runs a network over some rows.
   *
   * @param name of the network and {@code split} of the rows, for messages
   * @throws IllegalArgumentException when an output is not finite or outputs are probabilities, naming network and split
   */
  public static ScoredRows score(String name, Network network, Rows rows, String split) {
    try {
      float[][] logits = network.logits(rows);
      ScoredRows scored = ScoredRows.ofLogits(split, rows.ids(), logits, rows.labels());
      if (Arrays.stream(logits).allMatch(NetworkOutputs::isDistribution)) {
        throw new IllegalArgumentException(
            "split \""
                + split
                + "\": outputs must be logits, but every row lies in [0, 1] and sums to 1, as probabilities do: take"
                + " the softmax off the end of the network, or make it a log-softmax");
      }
      return scored;
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("network \"" + name + "\": " + e.getMessage(), e);
    }
  }

  private static boolean isDistribution(float[] row) {
    double sum = 0;
    for (float value : row) {
      if (value < 0 || value > 1) {
        return false;
      }
      sum += value;
    }
    return Math.abs(sum - 1) <= SUM_TOLERANCE;
  }

  /** The same with a cost. */
  public NetworkOutputs withCost(Cost spent) {
    return new NetworkOutputs(name, splits, Optional.of(spent), recovered, inside, relearned);
  }

  /** The same with relearning runs. */
  public NetworkOutputs withRelearned(List<Relearned> runs) {
    return new NetworkOutputs(name, splits, cost, recovered, inside, runs);
  }

  /** The same with how far each forget row came back, by the name of the attempt. */
  public NetworkOutputs withRecovered(Map<String, List<Double>> known) {
    return new NetworkOutputs(name, splits, cost, known, inside, relearned);
  }

  /** The same with what is inside the network. */
  public NetworkOutputs withInside(Map<String, Map<String, Measure>> found) {
    return new NetworkOutputs(name, splits, cost, recovered, found, relearned);
  }

  /** D_f. */
  public ScoredRows forget() {
    return on(Mark.FORGET);
  }

  /** D_r. */
  public ScoredRows retain() {
    return on(Mark.RETAIN);
  }

  /**
   * D_u of the classes that occur among the forget rows: the non-members of attacks. Against other classes an attack would
   * tell classes apart, not members.
   */
  public ScoredRows unseenOfForgetClasses() {
    return ofClasses(on(Mark.UNSEEN), forget());
  }

  /** D_u of the classes that occur among the retain rows: where the network is still to be of use. */
  public ScoredRows unseenOfRetainClasses() {
    return ofClasses(on(Mark.UNSEEN), retain());
  }

  /**
   * The outputs on the rows of a mark.
   *
   * @throws IllegalArgumentException when there are no such rows
   */
  public ScoredRows on(Mark mark) {
    ScoredRows rows = splits.get(mark);
    if (rows == null) {
      throw new IllegalArgumentException(
          "split \"" + mark.name().toLowerCase(Locale.ROOT) + "\" must have rows, but has none");
    }
    return rows;
  }

  private static ScoredRows ofClasses(ScoredRows rows, ScoredRows like) {
    boolean[] wanted = new boolean[rows.classes()];
    for (int i = 0; i < like.size(); i++) {
      wanted[like.prediction(i).label()] = true;
    }
    return rows.subset(
        IntStream.range(0, rows.size()).filter(i -> wanted[rows.prediction(i).label()]).toArray());
  }
}
