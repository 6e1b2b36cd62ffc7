package org.erasus.eval.recovery;

import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.erasus.Network;
import org.erasus.Probe;
import org.erasus.Rows;

/** New last layers on what goes into the last linear layer of a network, fitted on retain rows and some rows of D_f. */
final class NewHeads {
  private final float[][] forget;
  private final float[][] retain;
  private final int[] forgetLabels;
  private final int[] retainLabels;
  private final int classes;
  private final double lambda;

  /**
   * Looks into a network once.
   *
   * @throws UnsupportedOperationException when its layers cannot be looked into
   */
  NewHeads(Network network, Rows forget, Rows retain, double lambda) {
    this.forget = Probe.of(network, forget).features();
    this.retain = Probe.of(network, retain).features();
    forgetLabels = forget.labels();
    retainLabels = retain.labels();
    classes = network.classes();
    this.lambda = lambda;
  }

  /** What every probe needs of the rows. */
  static void require(String test, Rows forget, Rows retain, int forgetRows) {
    require(
        test,
        forget.size() >= forgetRows,
        "forget",
        "at least " + forgetRows + " rows",
        forget.size());
    require(test, !retain.isEmpty(), "retain", "rows to fit the probe on", 0);
    int classes = forget.and(retain).classes().size();
    require(test, classes >= 2, "forget and retain", "rows of 2 classes", classes);
  }

  static void require(String test, boolean holds, String split, String rule, int found) {
    if (!holds) {
      throw new IllegalArgumentException(
          "recovery test \""
              + test
              + "\" cannot run: split \""
              + split
              + "\" must have "
              + rule
              + ", but has "
              + found);
    }
  }

  /** Fitted on the retain rows and on the rows of D_f at these places. */
  SoftmaxRegression taught(int[] shown) {
    return SoftmaxRegression.fit(
        Stream.concat(Arrays.stream(retain), Arrays.stream(shown).mapToObj(i -> forget[i]))
            .toArray(float[][]::new),
        IntStream.concat(IntStream.of(retainLabels), Arrays.stream(shown).map(i -> forgetLabels[i]))
            .toArray(),
        classes,
        lambda);
  }

  /** Whether a head says the class of each row of D_f at these places. */
  boolean[] knows(SoftmaxRegression head, int[] asked) {
    int[] said =
        head.predict(Arrays.stream(asked).mapToObj(i -> forget[i]).toArray(float[][]::new));
    boolean[] known = new boolean[asked.length];
    for (int k = 0; k < asked.length; k++) {
      known[k] = said[k] == forgetLabels[asked[k]];
    }
    return known;
  }
}
