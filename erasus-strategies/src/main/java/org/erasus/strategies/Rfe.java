package org.erasus.strategies;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.erasus.Check;
import org.erasus.Coreset;
import org.erasus.Need;
import org.erasus.Probe;
import org.erasus.Rows;
import org.erasus.RunLog;
import org.erasus.Seeds;
import org.erasus.Unlearned;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;
import org.erasus.train.Gradients;
import org.erasus.train.Optimizer;
import org.erasus.train.Pairing;
import org.erasus.train.Step;
import org.erasus.train.Training;
import org.erasus.train.UnlearningModule;

/**
 * Retain–forget entanglement (RFE): first raises the forget loss while an augmented Lagrangian holds the loss of remote retain
 * rows, then restores the adjacent retain rows, those that are like the forget rows, along directions that change neither.
 *
 * <pre>{@code
 * 1. loss = −mean min(ℓ_f, c) + λ h + (μ/2) h²,  h = L_rem(θ) − L_rem(θ₀)      scalar, λ = 0 at first
 *    λ ← λ + μ h                                                               after each step
 * 2. θ̄ where 1. ends,  L̃_f = (1−α) L_f + α W₂²                                 scalar
 *    W₂² = mean_i ((sort ℓ_f(θ))_i − (sort ℓ_f(θ̄))_i)²                         the losses of a batch, (B)
 *    gradient = ∇L_adj − its projection on span{∇L̃_f, ∇L_rem}                  (P)
 * }</pre>
 *
 * <p>The paper takes it as known which retain rows are adjacent. Here a retain coreset of the task names them, the other retain
 * rows are remote. Without one they are the share of retain rows that the original network is most likely to take for the class
 * of a forget row: Σ_c p(c|x) q_c with q the mean of p over the forget rows, which for a part of a class are the rows of that
 * class.
 *
 * <p>L are means by the rows' weights. Gradients and h are those of batches, in the published code the ones of phase 2 are sums
 * over some batches. That code projects what it has summed up with momentum, and takes −L_f in L̃_f where its description and the
 * paper take L_f; the cap c is the code's. γ, a factor of the forget loss in phase 1, is the forget weight of its settings.
 *
 * @param cap c, above 0: rows of a larger loss are not pushed on
 * @param penalty μ, above 0
 * @param distribution α, in [0, 1]; with 0 the mean forget loss alone is held
 * @param adjacentShare of the retain rows, in (0, 1), when the task has no retain coreset
 * @param raising settings of phase 1
 * @param restoring settings of phase 2
 * @see <a href="https://arxiv.org/abs/2603.26569">Cheng et al., 2026</a>
 */
public record Rfe(
    double cap,
    double penalty,
    double distribution,
    double adjacentShare,
    Training raising,
    Training restoring)
    implements UnlearningStrategy {
  /** c 10, μ 10, α ½, a tenth adjacent; an epoch of Adam at 1e-4 and six of plain SGD at 0.01. */
  public static final Rfe DEFAULTS =
      new Rfe(
          10,
          10,
          0.5,
          0.1,
          Training.DEFAULTS
              .withMaxEpochs(1)
              .withOptimizer(Optimizer.Adam.DEFAULTS)
              .withLearningRate(1e-4),
          Training.DEFAULTS.withMaxEpochs(6).withOptimizer(Optimizer.Sgd.plain()));

  /** Checks the ranges. */
  public Rfe {
    Check.positive(cap, "cap");
    Check.positive(penalty, "penalty");
    Check.inClosed(distribution, 0, 1, "distribution");
    Check.inOpen(adjacentShare, 0, 1, "adjacentShare");
    if (raising.pairing() == Pairing.ALTERNATE || restoring.pairing() == Pairing.ALTERNATE) {
      throw new IllegalArgumentException(
          "both phases need forget and retain rows in a step, but the pairing was ALTERNATE: choose JOINT or CYCLE_SHORTER");
    }
  }

  /** This strategy with another c. */
  public Rfe withCap(double cap) {
    return new Rfe(cap, penalty, distribution, adjacentShare, raising, restoring);
  }

  /** This strategy with another μ. */
  public Rfe withPenalty(double penalty) {
    return new Rfe(cap, penalty, distribution, adjacentShare, raising, restoring);
  }

  /** This strategy with another α. */
  public Rfe withDistribution(double distribution) {
    return new Rfe(cap, penalty, distribution, adjacentShare, raising, restoring);
  }

  /** This strategy with another share of adjacent rows. */
  public Rfe withAdjacentShare(double adjacentShare) {
    return new Rfe(cap, penalty, distribution, adjacentShare, raising, restoring);
  }

  /** This strategy with other settings of phase 1. */
  public Rfe withRaising(Training raising) {
    return new Rfe(cap, penalty, distribution, adjacentShare, raising, restoring);
  }

  /** This strategy with other settings of phase 2. */
  public Rfe withRestoring(Training restoring) {
    return new Rfe(cap, penalty, distribution, adjacentShare, raising, restoring);
  }

  @Override
  public Set<Need> needs() {
    Set<Need> needs = EnumSet.copyOf(new Raising(this).needs());
    needs.addAll(new Restoring(this).needs());
    return needs;
  }

  @Override
  public Unlearned unlearn(UnlearningTask task) {
    task.require(this);
    RunLog log = RunLog.start(task, this);
    UnlearningTask near =
        task.retainCoreset().isPresent() ? task : task.withRetainCoreset(likeForgetRows(task, log));
    Coreset adjacent = near.retainCoreset().orElseThrow();
    Rows remote = others(task, adjacent);
    if (remote.isEmpty()) {
      throw new IllegalArgumentException(
          displayName()
              + " needs remote retain rows, but all "
              + adjacent.size()
              + " retain rows are adjacent: name fewer in the retain coreset, or lower adjacentShare");
    }
    log.remark(adjacent.size() + " of the retain rows were adjacent");
    UnlearningTask first =
        task.withRetainCoreset(Coreset.of(remote.ids(), "rfe-remote"))
            .withOptions(task.options().part("stage-1"));
    try (Unlearned raised = new Raising(this).unlearn(first)) {
      log.include(raised.record());
      UnlearningTask second =
          near.withNetwork(raised.network()).withOptions(task.options().part("stage-2"));
      Unlearned restored = new Restoring(this).unlearn(second);
      log.include(restored.record());
      return new Unlearned(
          restored.network(),
          log.end(raised.record().reason() + "; then " + restored.record().reason()));
    }
  }

  private static Rows others(UnlearningTask task, Coreset adjacent) {
    Rows retain = task.data().retain();
    return retain.where(i -> !adjacent.contains(task.data().id(retain.position(i))));
  }

  /** The retain rows of the largest Σ_c p(c|x) q_c, the first of equals. */
  Coreset likeForgetRows(UnlearningTask task, RunLog log) {
    double[][] forget = Probe.of(task.network(), task.forgetRows(), log).probabilities();
    double[] q = new double[task.network().classes()];
    Arrays.stream(forget).forEach(p -> IntStream.range(0, q.length).forEach(c -> q[c] += p[c]));
    Rows retain = task.retainRows();
    double[][] p = Probe.of(task.network(), retain, log).probabilities();
    double[] likeness =
        Arrays.stream(p)
            .mapToDouble(row -> IntStream.range(0, q.length).mapToDouble(c -> row[c] * q[c]).sum())
            .toArray();
    int[] chosen =
        IntStream.range(0, likeness.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -likeness[i]))
            .limit(Math.max(1, Math.round(adjacentShare * likeness.length)))
            .mapToInt(Integer::intValue)
            .toArray();
    return Coreset.of(retain.take(chosen).ids(), "rfe-adjacent");
  }

  /** Phase 1, on forget and remote rows. */
  record Raising(Rfe settings) implements UnlearningModule {
    @Override
    public Training training() {
      return settings.raising;
    }

    @Override
    public UnlearningModule prepared(UnlearningTask task, RunLog log) {
      Rows remote = task.retainRows();
      double[] losses = Probe.of(task.network(), remote, log).losses();
      return new Lagrangian(settings, mean(losses, remote.weights()));
    }

    /** As the mean of a batch: Σ w ℓ / Σ w, and 0 when all weights are 0. */
    private static double mean(double[] losses, double[] weights) {
      double sum = 0;
      double total = 0;
      for (int i = 0; i < losses.length; i++) {
        sum += weights[i] * losses[i];
        total += weights[i];
      }
      return total == 0 ? 0 : sum / total;
    }
  }

  /** Phase 1 at work, with its multiplier λ. */
  private static final class Lagrangian implements UnlearningModule, UnlearningModule.Memory {
    private final Rfe settings;
    private final double pinned;
    private double multiplier;
    private double violation;

    Lagrangian(Rfe settings, double pinned) {
      this.settings = settings;
      this.pinned = pinned;
    }

    @Override
    public Training training() {
      return settings.raising;
    }

    @Override
    public NDArray forgetStep(Step step) {
      NDArray losses = step.student().logLikelihood().neg();
      NDArray below;
      NDArray capped;
      try (GradMode off = GradMode.off()) {
        below = losses.stopGradient().lt((float) settings.cap).toType(losses.getDataType(), false);
        capped = below.neg().add(1f).mul((float) settings.cap);
      }
      return step.student().mean(losses.mul(below).add(capped)).neg();
    }

    @Override
    public NDArray retainStep(Step step) {
      NDArray loss = step.student().crossEntropy();
      NDArray held;
      try (GradMode off = GradMode.off()) {
        held = loss.stopGradient().zerosLike().add((float) pinned);
      }
      NDArray h = loss.sub(held);
      violation = h.getFloat();
      return TorchOps.scale(h, multiplier).add(TorchOps.scale(h.mul(h), settings.penalty / 2));
    }

    @Override
    public Optional<AfterStep> afterStep() {
      return Optional.of(
          (parameters, original, rate, done) -> multiplier += settings.penalty * violation);
    }

    @Override
    public Optional<Memory> memory() {
      return Optional.of(this);
    }

    @Override
    public List<Double> numbers() {
      return List.of(multiplier);
    }

    @Override
    public void recall(List<Double> numbers) {
      multiplier = numbers.get(0);
    }
  }

  /** Phase 2, on forget and adjacent rows; its original is θ̄. */
  record Restoring(Rfe settings) implements UnlearningModule {
    @Override
    public Training training() {
      return settings.restoring;
    }

    @Override
    public UnlearningModule prepared(UnlearningTask task, RunLog log) {
      return new Projection(
          settings, others(task, task.retainCoreset().orElseThrow()), task.seeds());
    }
  }

  /** Phase 2 at work, with the remote rows. */
  private record Projection(Rfe settings, Rows remote, Seeds seeds) implements UnlearningModule {
    @Override
    public Training training() {
      return settings.restoring;
    }

    @Override
    public NDArray forgetStep(Step step) {
      NDArray losses = step.student().logLikelihood().neg();
      NDArray mean = TorchOps.scale(step.student().mean(losses), 1 - settings.distribution);
      NDArray before;
      NDArray order;
      try (GradMode off = GradMode.off()) {
        before = step.teacher().logLikelihood().neg().sort(0);
        order = losses.stopGradient().argSort(0, true);
      }
      NDArray moved = TorchOps.rows(step.batch().manager(), losses, order).sub(before);
      return mean.add(TorchOps.scale(moved.mul(moved).mean(), settings.distribution));
    }

    @Override
    public NDArray retainStep(Step step) {
      return step.student().crossEntropy();
    }

    @Override
    public Optional<GradientRule> gradientRule() {
      return Optional.of(this::projected);
    }

    private NDArray projected(Gradients gradients) {
      NDArray forget = gradients.forget();
      NDArray far = gradients.of(batch(gradients.number()), step -> step.student().crossEntropy());
      NDArray adjacent = gradients.retain(0, forget.zerosLike());
      NDArray other = without(far, forget);
      return without(without(adjacent, forget), other);
    }

    /** a − (⟨a, b⟩ / ‖b‖²) b; a when b is 0. */
    private static NDArray without(NDArray a, NDArray b) {
      double squared = b.mul(b).sum().getFloat();
      return squared == 0 ? a : a.sub(b.mul((float) (a.mul(b).sum().getFloat() / squared)));
    }

    /** The remote rows of a step: pass after pass, each in an order of its own. */
    private Rows batch(long step) {
      int size = settings.restoring.batchSize();
      int perPass = remote.batchCount(size);
      Rows shuffled = remote.shuffled(seeds.stream("remote-order", step / perPass));
      return shuffled.batches(size).get((int) (step % perPass));
    }
  }
}
