package org.erasus.eval.recovery;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.erasus.Check;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.Seeds;
import org.erasus.UnlearningDataset;

/**
 * Puts new last layers on the frozen features that are shown only few of the forget rows: how much of a class is in the
 * features already.
 *
 * <pre>{@code
 * F_j    = shots rows of each class of D_f, drawn anew for every j = 1 … draws
 * W_j    = softmax regression on the features of D_r ∪ F_j
 * knownᵢ = mean over j with i ∉ F_j of [W_j says the class of row i]
 * }</pre>
 *
 * <p>A head that is shown all but a part of D_f ({@link LinearProbe}) learns a class from almost any features, also from those of
 * a network that never saw it; with few rows it must find the class in them. So this one tells the features of a network that
 * was trained on the class, and got a new last layer or was told to keep quiet, from those of a retrained one. On rows of
 * classes that are kept it asks about the class, not about the rows, and shows little: take {@link LinearProbe} there.
 *
 * @param shots rows of each class of D_f in a lesson, 1 or more
 * @param draws lessons, 1 or more
 * @param maxRetain retain rows in a lesson at most, drawn at random; 1 or more
 * @param lambda weight of (λ/2)‖W‖² beside the mean loss, above 0
 * @see <a href="https://arxiv.org/abs/1610.01644">Alain and Bengio, 2016, on probes of features</a>
 */
public record FewShotProbe(int shots, int draws, int maxRetain, double lambda)
    implements RecoveryTest, RowRecovery {
  /** Five rows of a class, ten lessons, 1000 retain rows, λ = 1e-3. */
  public static final FewShotProbe DEFAULTS = new FewShotProbe(5, 10, 1000, 1e-3);

  /** Retrained networks differ by 0.02 to 0.18 in what they find with few rows; features of the class by 0.27 and more. */
  private static final double MARGIN = 0.15;

  /** Checks the ranges. */
  public FewShotProbe {
    Check.atLeast(1, shots, "shots");
    Check.atLeast(1, draws, "draws");
    Check.atLeast(1, maxRetain, "maxRetain");
    Check.positive(lambda, "lambda");
  }

  /** The same with another number of rows shown. */
  public FewShotProbe withShots(int shots) {
    return new FewShotProbe(shots, draws, maxRetain, lambda);
  }

  /** The same with another number of lessons. */
  public FewShotProbe withDraws(int draws) {
    return new FewShotProbe(shots, draws, maxRetain, lambda);
  }

  /** The same with another number of retain rows. */
  public FewShotProbe withMaxRetain(int maxRetain) {
    return new FewShotProbe(shots, draws, maxRetain, lambda);
  }

  /** The same held back otherwise. */
  public FewShotProbe withLambda(double lambda) {
    return new FewShotProbe(shots, draws, maxRetain, lambda);
  }

  @Override
  public String name() {
    return "few-shot-probe";
  }

  @Override
  public void require(RecoveryCase networks) {
    require(networks.data());
    networks.require(name(), network -> require(network, networks.data()));
  }

  @Override
  public RecoveryReport run(RecoveryCase networks) {
    networks.require(name());
    require(networks);
    Rows forget = networks.data().forget();
    List<Traces.Trace> traces = new ArrayList<>();
    networks
        .networks()
        .forEach(
            (name, network) -> {
              double[] before = Treatment.known(network, forget);
              double[] after = shares(network, networks.data(), networks.seed());
              traces.add(new Traces.Trace(name, List.of(before, after), Map.of()));
            });
    return new Traces(
            List.of(0.0, (double) shots),
            "rows shown",
            networks.margin().orElse(MARGIN),
            networks.level())
        .judge(name(), networks, traces);
  }

  /**
   * {@inheritDoc}
   *
   * <p>A row that happens to be in every lesson counts as not known.
   *
   * @throws UnsupportedOperationException when the network's layers cannot be looked into
   */
  @Override
  public List<Double> known(Network network, UnlearningDataset data, long seed) {
    require(data);
    return Arrays.stream(shares(network, data, seed)).boxed().toList();
  }

  private double[] shares(Network network, UnlearningDataset data, long seed) {
    Rows forget = data.forget();
    Seeds seeds = new Seeds(seed);
    NewHeads heads =
        new NewHeads(
            network, forget, data.retain().sample(maxRetain, seeds.stream("probe-retain")), lambda);
    double[] right = new double[forget.size()];
    int[] asked = new int[forget.size()];
    for (int draw = 0; draw < draws; draw++) {
      boolean[] isShown =
          shown(forget.labels(), Seeds.permutation(forget.size(), seeds.stream("shots", draw)));
      SoftmaxRegression head =
          heads.taught(IntStream.range(0, isShown.length).filter(i -> isShown[i]).toArray());
      int[] others = IntStream.range(0, isShown.length).filter(i -> !isShown[i]).toArray();
      boolean[] known = heads.knows(head, others);
      for (int k = 0; k < others.length; k++) {
        asked[others[k]]++;
        right[others[k]] += known[k] ? 1 : 0;
      }
    }
    return IntStream.range(0, right.length)
        .mapToDouble(i -> right[i] / Math.max(1, asked[i]))
        .toArray();
  }

  /** The first rows of each class in an order. */
  private boolean[] shown(int[] labels, int[] order) {
    boolean[] shown = new boolean[labels.length];
    int[] taken = new int[1 + Arrays.stream(labels).max().orElseThrow()];
    for (int i : order) {
      shown[i] = taken[labels[i]]++ < shots;
    }
    return shown;
  }

  @Override
  public void require(UnlearningDataset data) {
    Rows forget = data.forget();
    NewHeads.require(name(), forget, data.retain(), 2);
    int[] counts = forget.classCounts();
    for (int c : forget.classes()) {
      int rows = counts[c];
      NewHeads.require(
          name(),
          rows >= 2 * shots,
          "forget",
          "at least "
              + 2 * shots
              + " rows of class "
              + c
              + ", as "
              + shots
              + " are shown and the others are asked for",
          rows);
    }
  }
}
