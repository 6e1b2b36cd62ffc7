package org.erasus.eval.metrics;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.erasus.eval.attacks.Prediction;
import org.erasus.eval.attacks.RowAttack;
import org.erasus.eval.attacks.ScoredRows;
import org.erasus.eval.stats.DeLong;
import org.erasus.eval.stats.Estimate;
import org.erasus.eval.stats.PairedRows;
import org.erasus.eval.stats.UnpairedRows;

/**
 * How far a network lies from the mean of the references, measured on the same rows, so what the rows have in common is taken
 * out of the difference; and, where there are no references, how far its forget rows lie from its unseen rows.
 */
public final class Differences {
  private Differences() {}

  /** 1 for a right answer, 0 for a wrong one. */
  public static double correct(Prediction p) {
    return p.top() == p.label() ? 1 : 0;
  }

  /** 1 for each right answer, 0 for the others. */
  public static double[] right(int[] said, int[] labels) {
    return IntStream.range(0, said.length).mapToDouble(i -> said[i] == labels[i] ? 1 : 0).toArray();
  }

  /** The share of right answers. */
  public static double accuracy(ScoredRows rows) {
    return Arrays.stream(rows.map(Differences::correct)).average().orElseThrow();
  }

  /** p(y|x). */
  public static double likelihood(Prediction p) {
    return Math.exp(p.logProbability(p.label()));
  }

  /**
   * The difference of a mean over rows, network − mean of the references.
   *
   * @param split the rows, at least 2
   * @param value from 0 to 1
   * @throws IllegalArgumentException when a reference was not asked about the same rows, or tells other classes apart
   */
  public static Estimate ofMean(
      NetworkOutputs network,
      List<NetworkOutputs> references,
      Function<NetworkOutputs, ScoredRows> split,
      ToDoubleFunction<Prediction> value) {
    ScoredRows mine = split.apply(network);
    return ofRows(
        mine.map(value),
        references.stream()
            .map(reference -> same(network, mine, reference, split.apply(reference)).map(value))
            .toList());
  }

  /** The rows of a reference, if they are those of the network. */
  private static ScoredRows same(
      NetworkOutputs network, ScoredRows mine, NetworkOutputs reference, ScoredRows theirs) {
    String where =
        "split \""
            + mine.split()
            + "\": networks \""
            + network.name()
            + "\" and \""
            + reference.name()
            + "\" must ";
    if (mine.classes() != theirs.classes()) {
      throw new IllegalArgumentException(
          where
              + "tell the same classes apart, but have "
              + mine.classes()
              + " and "
              + theirs.classes());
    }
    if (mine.size() != theirs.size()) {
      throw new IllegalArgumentException(
          where
              + "be asked about the same rows, but have "
              + mine.size()
              + " and "
              + theirs.size());
    }
    for (int i = 0; i < mine.size(); i++) {
      if (mine.id(i) != theirs.id(i)) {
        throw new IllegalArgumentException(
            where
                + "be asked about the same rows, but row "
                + i
                + " has the ids "
                + mine.id(i)
                + " and "
                + theirs.id(i));
      }
    }
    return theirs;
  }

  /**
   * The difference of a mean over rows, network − mean of the references.
   *
   * @param network a number from 0 to 1 of each row, at least 2
   * @param references those of the same rows
   */
  public static Estimate ofRows(double[] network, List<double[]> references) {
    return PairedRows.bounded(paired(network, references));
  }

  /** Of each row, network − mean of the references, from −1 to 1. */
  static double[] paired(double[] network, List<double[]> references) {
    double[] differences = network.clone();
    for (double[] theirs : references) {
      for (int i = 0; i < differences.length; i++) {
        differences[i] -= theirs[i] / references.size();
      }
    }
    for (int i = 0; i < differences.length; i++) {
      // Thirds do not add up to one exactly.
      differences[i] = Math.max(-1, Math.min(1, differences[i]));
    }
    return differences;
  }

  /** The difference of an attack's AUC on forget against unseen rows, network − mean of the references. */
  public static Estimate ofAuc(
      NetworkOutputs network, List<NetworkOutputs> references, RowAttack attack) {
    ScoredRows forget = network.forget();
    ScoredRows unseen = network.unseenOfForgetClasses();
    return DeLong.difference(
        attack.scores(forget),
        attack.scores(unseen),
        references.stream().map(r -> attack.scores(same(network, forget, r, r.forget()))).toList(),
        references.stream()
            .map(r -> attack.scores(same(network, unseen, r, r.unseenOfForgetClasses())))
            .toList());
  }

  /**
   * The difference of a mean over forget rows and over unseen rows of their classes, in the same network.
   *
   * @param value from 0 to 1
   */
  public static Estimate toUnseen(NetworkOutputs network, ToDoubleFunction<Prediction> value) {
    return UnpairedRows.bounded(network.forget().map(value), unseenLikeForget(network).map(value));
  }

  /**
   * How far the AUC of an attack on forget against unseen rows lies from one half: from the AUC of scores that are all equal.
   */
  public static Estimate aucToChance(NetworkOutputs network, RowAttack attack) {
    double[] forget = attack.scores(network.forget());
    double[] unseen = attack.scores(unseenLikeForget(network));
    return DeLong.difference(
        forget, unseen, List.of(new double[forget.length]), List.of(new double[unseen.length]));
  }

  /**
   * Unseen rows with the classes in the proportions of the forget rows, so that no class is taken for a memory.
   *
   * @throws IllegalArgumentException when a forget class has no unseen row
   */
  public static ScoredRows unseenLikeForget(NetworkOutputs network) {
    ScoredRows unseen = network.unseenOfForgetClasses();
    return unseen.subset(inProportion(labels(unseen), labels(network.forget())));
  }

  private static int[] labels(ScoredRows rows) {
    return IntStream.range(0, rows.size()).map(i -> rows.prediction(i).label()).toArray();
  }

  /**
   * Chooses rows with their classes in given proportions: as many as the scarcest class allows, spread evenly over the rows of a
   * class. Of a class that is wanted very rarely there may be none.
   *
   * @param labels of the rows to choose from; those of other classes are left out
   * @param like classes in the proportions wanted
   * @return positions, ascending
   * @throws IllegalArgumentException when a class that is wanted has no row
   */
  public static int[] inProportion(int[] labels, int[] like) {
    int classes = 1 + IntStream.concat(IntStream.of(labels), IntStream.of(like)).max().orElse(0);
    int[] there = new int[classes];
    int[] wanted = new int[classes];
    IntStream.of(labels).forEach(c -> there[c]++);
    IntStream.of(like).forEach(c -> wanted[c]++);
    double times = Double.POSITIVE_INFINITY;
    for (int c = 0; c < classes; c++) {
      if (wanted[c] > 0 && there[c] == 0) {
        throw new IllegalArgumentException("there must be rows of class " + c + ", but is none");
      }
      times = wanted[c] == 0 ? times : Math.min(times, (double) there[c] / wanted[c]);
    }
    long[] kept = new long[classes];
    for (int c = 0; c < classes; c++) {
      kept[c] = Math.round(times * wanted[c]);
    }
    long[] passed = new long[classes];
    return IntStream.range(0, labels.length)
        .filter(
            i -> {
              int c = labels[i];
              long before = passed[c] * kept[c] / there[c];
              return ++passed[c] * kept[c] / there[c] > before;
            })
        .toArray();
  }
}
