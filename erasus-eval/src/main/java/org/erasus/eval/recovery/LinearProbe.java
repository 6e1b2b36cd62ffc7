package org.erasus.eval.recovery;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.erasus.Check;
import org.erasus.Network;
import org.erasus.Probe;
import org.erasus.Rows;
import org.erasus.Seeds;
import org.erasus.UnlearningDataset;
import org.erasus.eval.metrics.Measure;
import org.erasus.eval.stats.Interval;
import org.erasus.eval.stats.Proportions;

/**
 * Puts a new last layer on the frozen features: forgetting that only changed the head is undone.
 *
 * <pre>{@code
 * D_f = F₁ ∪ … ∪ F_k                                   parts of equal size, at random
 * W_j = softmax regression on the features of D_r ∪ D_f \ F_j
 * knownᵢ = [W_j says the class of row i],  i ∈ F_j     so no row is judged by a probe that was fitted on it
 * }</pre>
 *
 * <p>The features are what goes into the last linear layer. A class that is wholly in D_f is in the probe's lessons, too;
 * the retrained network's probe learns the same rows and says how much of the answer is in the features of any network.
 * Beside it stand the probe's accuracy on D_f, on unseen rows of its classes, and their difference, which memorised rows
 * make large.
 *
 * @param parts k, 2 or more
 * @param maxRetain retain rows a probe is fitted on at most, drawn at random; 1 or more
 * @param lambda weight of (λ/2)‖W‖² beside the mean loss, above 0
 * @see <a href="https://arxiv.org/abs/1610.01644">Alain and Bengio, 2016</a>
 */
public record LinearProbe(int parts, int maxRetain, double lambda)
    implements RecoveryTest, RowRecovery {
  /** Two halves, 2000 retain rows, λ = 1e-3. */
  public static final LinearProbe DEFAULTS = new LinearProbe(2, 2000, 1e-3);

  /** Checks the ranges. */
  public LinearProbe {
    Check.atLeast(2, parts, "parts");
    Check.atLeast(1, maxRetain, "maxRetain");
    Check.positive(lambda, "lambda");
  }

  /** The same with another number of parts. */
  public LinearProbe withParts(int parts) {
    return new LinearProbe(parts, maxRetain, lambda);
  }

  /** The same with another number of retain rows. */
  public LinearProbe withMaxRetain(int maxRetain) {
    return new LinearProbe(parts, maxRetain, lambda);
  }

  /** The same held back otherwise. */
  public LinearProbe withLambda(double lambda) {
    return new LinearProbe(parts, maxRetain, lambda);
  }

  @Override
  public String name() {
    return "linear-probe";
  }

  @Override
  public void require(RecoveryCase networks) {
    require(networks.data());
    networks.require(name(), network -> require(network, networks.data()));
  }

  @Override
  public void require(UnlearningDataset data) {
    lessons(data, 0);
  }

  @Override
  public RecoveryReport run(RecoveryCase networks) {
    networks.require(name());
    require(networks);
    Lessons lessons = lessons(networks.data(), networks.seed());
    List<Traces.Trace> traces = new ArrayList<>();
    networks
        .networks()
        .forEach((name, network) -> traces.add(trace(name, network, lessons, networks.level())));
    return new Traces(
            List.of(0.0, 1.0),
            "new heads",
            networks.margin().orElse(RecoveryCase.MARGIN),
            networks.level())
        .judge(name(), networks, traces);
  }

  /** The rows, the same for all networks; {@code order} cuts D_f into parts. */
  private record Lessons(Rows forget, Rows retain, Rows unseen, List<Integer> order) {}

  /**
   * {@inheritDoc}
   *
   * <p>1 when a new head knows the row, else 0; the seed cuts the forget rows into parts.
   *
   * @throws UnsupportedOperationException when the network's layers cannot be looked into
   */
  @Override
  public List<Double> known(Network network, UnlearningDataset data, long seed) {
    Lessons all = lessons(data, seed);
    Lessons ofForget = new Lessons(all.forget, all.retain, all.unseen.first(0), all.order);
    return Arrays.stream(probed(network, ofForget).known).boxed().toList();
  }

  private Lessons lessons(UnlearningDataset data, long seed) {
    Rows forget = data.forget();
    Rows retain = data.retain();
    NewHeads.require(name(), forget, retain, parts);
    Set<Integer> classes = forget.classes();
    Rows unseen = data.unseen().ofClasses(classes);
    NewHeads.require(
        name(),
        !unseen.isEmpty(),
        "unseen",
        "rows of the forget classes " + classes + " to compare with",
        0);
    Seeds seeds = new Seeds(seed);
    return new Lessons(
        forget,
        retain.sample(maxRetain, seeds.stream("probe-retain")),
        unseen,
        Arrays.stream(Seeds.permutation(forget.size(), seeds.stream("probe-parts")))
            .boxed()
            .toList());
  }

  private Traces.Trace trace(String name, Network network, Lessons lessons, double level) {
    Probed probed = probed(network, lessons);
    return new Traces.Trace(
        name,
        List.of(Treatment.known(network, lessons.forget()), probed.known),
        measures(probed.known, Math.round(probed.unseenKnown), lessons.unseen().size(), level));
  }

  /** What new heads know: of each forget row, and the number of unseen rows, the mean over the heads. */
  @SuppressWarnings("ArrayRecordComponent") // within this class
  private record Probed(double[] known, double unseenKnown) {}

  private Probed probed(Network network, Lessons lessons) {
    NewHeads heads = new NewHeads(network, lessons.forget(), lessons.retain(), lambda);
    float[][] unseen =
        lessons.unseen().isEmpty()
            ? new float[0][]
            : Probe.of(network, lessons.unseen()).features();
    int[] unseenLabels = lessons.unseen().labels();
    double[] known = new double[lessons.forget().size()];
    double unseenKnown = 0;
    for (int part = 0; part < parts; part++) {
      int[] own = part(lessons.order(), part, true);
      SoftmaxRegression head = heads.taught(part(lessons.order(), part, false));
      boolean[] right = heads.knows(head, own);
      for (int i = 0; i < own.length; i++) {
        known[own[i]] = right[i] ? 1 : 0;
      }
      int[] said = head.predict(unseen);
      unseenKnown +=
          (double) IntStream.range(0, said.length).filter(i -> said[i] == unseenLabels[i]).count()
              / parts;
    }
    return new Probed(known, unseenKnown);
  }

  /** Mean over the probes, rounded to a whole row. */
  private static Map<String, Measure> measures(
      double[] known, long unseenKnown, int unseen, double level) {
    long right = Math.round(Arrays.stream(known).sum());
    Map<String, Measure> found = new LinkedHashMap<>();
    found.put("probe-forget-accuracy", estimated(Proportions.wilson(right, known.length, level)));
    found.put("probe-unseen-accuracy", estimated(Proportions.wilson(unseenKnown, unseen, level)));
    found.put(
        "probe-forget-minus-unseen",
        estimated(Proportions.difference(right, known.length, unseenKnown, unseen, level)));
    return found;
  }

  private static Measure estimated(Interval interval) {
    return new Measure.Estimated(interval);
  }

  private int[] part(List<Integer> order, int part, boolean inside) {
    return IntStream.range(0, order.size())
        .filter(i -> (i % parts == part) == inside)
        .map(order::get)
        .toArray();
  }
}
