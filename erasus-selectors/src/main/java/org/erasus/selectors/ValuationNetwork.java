package org.erasus.selectors;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.erasus.Check;
import org.erasus.Coreset;
import org.erasus.Mark;
import org.erasus.Network;
import org.erasus.Probe;
import org.erasus.RunOptions;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.Softmax;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningTask;
import org.erasus.engine.TorchOps;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.erasus.train.LearningRate;
import org.erasus.train.Optimizer;
import org.erasus.train.Step;
import org.erasus.train.Sweep;
import org.erasus.train.Training;
import org.erasus.train.UnlearningModule;
import org.erasus.train.UnlearningTrainer;

/**
 * Prefers the rows that a small network has learned to keep, from how well the target rows are classified without the others:
 * data valuation by reinforcement learning (DVRL).
 *
 * <pre>{@code
 * w_i   = h_φ(x_i, y_i, |y_i − p_i|)                        p_i: what a predictor trained on the target rows says
 * s_i   ~ Bernoulli(w_i)                                    for the rows of a batch
 * L     = mean CE of the target rows, the predictor trained on the rows of the batch with s_i = 1
 * φ     ← φ − β·(L − δ)·∇ Σ_i log(w_i^{s_i}(1 − w_i)^{1−s_i}),  δ ← ((T−1)·δ + L)/T
 * score = w, in (0, 1)
 * }</pre>
 *
 * <p>As in the authors' code, h is kept from taking nearly all or nearly no rows: 1000·(max(w̄ − e, 0) + max(1 − e − w̄, 0)) is
 * added to what is minimised, and a batch of which no row was taken is drawn again with probability ½ each. x are features of
 * variance 1, y is one-hot. Different from the paper: h reads all its inputs in the first of two hidden layers; the predictor is
 * a logistic regression on features, trained anew for every batch; the default rate is a tenth of theirs, at which values of
 * some hundred rows soon were all 0 or 1. There is no rule to end by: training takes the passes it is given.
 *
 * @param training of h; an epoch is a pass over all candidates, its batches are those of the paper (B_s). Rates that drop by
 *     epochs and early stopping are refused; there are no forget rows that pairing and forget weight would be about
 * @param hidden units of each of the two hidden layers, 1 or more
 * @param predictor what is trained on the rows taken
 * @param window T of the moving average, 1 or more
 * @param exploration e, in (½, 1)
 * @param target rows to be classified
 * @see <a href="https://arxiv.org/abs/1909.11671">Yoon, Arik and Pfister, 2020</a>, Algorithm 1
 */
public record ValuationNetwork(
    Training training,
    int hidden,
    FeatureClassifier.LogisticRegression predictor,
    int window,
    double exploration,
    Mark target)
    implements Selector {
  /** A thousand passes in batches of 2000 with Adam at 0.001, two layers of 100 units, T = 20, e = 0.9, validation rows. */
  public static final ValuationNetwork DEFAULTS =
      new ValuationNetwork(
          Training.DEFAULTS
              .withMaxEpochs(1000)
              .withBatchSize(2000)
              .withOptimizer(Optimizer.Adam.DEFAULTS)
              .withLearningRate(LearningRate.of(0.001)),
          100,
          FeatureClassifier.LogisticRegression.DEFAULTS,
          20,
          0.9,
          Mark.VALIDATION);

  private static final double PENALTY = 1000;

  /** Checks the ranges, and that the training has no settings that its one epoch cannot keep. */
  public ValuationNetwork {
    requireKept(training);
    Check.atLeast(1, hidden, "hidden");
    Check.atLeast(1, window, "window");
    Check.inOpen(exploration, 0.5, 1, "exploration");
  }

  private static void requireKept(Training training) {
    if (dropsByEpochs(training.learningRate())) {
      throw new IllegalArgumentException(
          "valuation-network goes through all its passes in one epoch, in which the rate "
              + training.learningRate()
              + " would never drop: use \"cosine\" or \"linear\", which go by steps");
    }
    training
        .earlyStopping()
        .ifPresent(
            rule -> {
              throw new IllegalArgumentException(
                  "valuation-network trains without validations, by which early stopping on "
                      + rule.monitor()
                      + " would end it: leave it out and choose maxEpochs");
            });
  }

  private static boolean dropsByEpochs(LearningRate rate) {
    return rate instanceof LearningRate.Step
        || (rate instanceof LearningRate.WarmUp warm && dropsByEpochs(warm.then()));
  }

  /** These settings with another training. */
  public ValuationNetwork withTraining(Training training) {
    return new ValuationNetwork(training, hidden, predictor, window, exploration, target);
  }

  /** These settings with another number of hidden units. */
  public ValuationNetwork withHidden(int hidden) {
    return new ValuationNetwork(training, hidden, predictor, window, exploration, target);
  }

  /** These settings with another predictor. */
  public ValuationNetwork withPredictor(FeatureClassifier.LogisticRegression predictor) {
    return new ValuationNetwork(training, hidden, predictor, window, exploration, target);
  }

  /** These settings with another window of the moving average. */
  public ValuationNetwork withWindow(int window) {
    return new ValuationNetwork(training, hidden, predictor, window, exploration, target);
  }

  /** These settings with another bound on the mean of w. */
  public ValuationNetwork withExploration(double exploration) {
    return new ValuationNetwork(training, hidden, predictor, window, exploration, target);
  }

  /** These settings with other target rows. */
  public ValuationNetwork withTarget(Mark target) {
    return new ValuationNetwork(training, hidden, predictor, window, exploration, target);
  }

  @Override
  public Coreset choose(SelectionTask task) {
    Targets.of(displayName(), task, target);
    ValuedFeatures features = ValuedFeatures.of(task, target);
    return Coreset.of(task.candidates().ids(), values(task, features), displayName())
        .top(task.wanted());
  }

  private double[] values(SelectionTask task, ValuedFeatures features) {
    float[][] inputs = inputs(features);
    Block block =
        new Sequential()
            .add("first", new Linear(hidden))
            .apply(Activation::relu)
            .add("second", new Linear(hidden))
            .apply(Activation::relu)
            .add("head", new Linear(2));
    Shape width = new Shape(inputs[0].length);
    try (UnlearningDataset rows =
            UnlearningDataset.of(List.of(inputs), width, new int[inputs.length], 2);
        Network network = Network.of(block, width, task.seeds().of("valuation-weights"));
        EngineTrials trials =
            EngineTrials.logisticRegression(
                features.rows,
                features.labels,
                features.targets,
                features.classes,
                predictor.decay(),
                predictor.steps())) {
      UnlearningTask teaching =
          UnlearningTask.of(network, rows)
              .withSeed(task.seeds().of("valuation-training"))
              .withOptions(RunOptions.DEFAULTS.withListener(new TrainingSteps(task, "steps")));
      new UnlearningTrainer(teaching, new Reinforce(this, trials, features.targetLabels))
          .fit(network);
      return Arrays.stream(Probe.of(network, rows.rows()).probabilities())
          .mapToDouble(p -> p[1])
          .toArray();
    }
  }

  /** (x, y, |y − p|) of each candidate, p from a predictor trained on the target rows. */
  private float[][] inputs(ValuedFeatures features) {
    int classes = features.classes;
    int width = features.rows[0].length;
    float[][] inputs = Scaling.of(features.rows).apply(features.rows, 2 * classes);
    try (EngineTrials trials =
        EngineTrials.logisticRegression(
            features.targets,
            features.targetLabels,
            features.rows,
            classes,
            predictor.decay(),
            predictor.steps())) {
      float[][] logits = trials.logits(IntStream.range(0, features.targets.length).toArray());
      for (int i = 0; i < inputs.length; i++) {
        double[] p = Softmax.of(logits[i]);
        for (int c = 0; c < classes; c++) {
          int y = c == features.labels[i] ? 1 : 0;
          inputs[i][width + c] = y;
          inputs[i][width + classes + c] = (float) Math.abs(y - p[c]);
        }
      }
    }
    return inputs;
  }

  /**
   * What a step minimises, scalar: −advantage·log π(s) + 1000·(max(w̄ − e, 0) + max(1 − e − w̄, 0)), but for a constant.
   *
   * @param logits of leaving and taking each row of the batch, (B, 2)
   * @param taken s, 0 or 1 each (B)
   * @param advantage δ − L
   */
  static NDArray objective(NDArray logits, int[] taken, double advantage, double exploration) {
    NDArray mean = logits.softmax(1).get(":, 1").mean();
    double share = mean.getFloat();
    double slope = share > exploration ? PENALTY : share < 1 - exploration ? -PENALTY : 0;
    NDArray bound = TorchOps.scale(mean, slope);
    NDArray choice = Matrices.index(logits.getManager(), taken);
    return TorchOps.scale(TorchOps.crossEntropySum(logits, choice), advantage).add(bound);
  }

  /** REINFORCE at work: what a step of h minimises, after its choice has been tried. */
  private static final class Reinforce implements UnlearningModule {
    private final ValuationNetwork settings;
    private final EngineTrials trials;
    private final int[] targetLabels;
    private double baseline = Double.NaN;

    Reinforce(ValuationNetwork settings, EngineTrials trials, int[] targetLabels) {
      this.settings = settings;
      this.trials = trials;
      this.targetLabels = targetLabels;
    }

    /** All passes in one epoch: nothing is looked at in between. */
    @Override
    public Training training() {
      return settings.training.withMaxEpochs(1);
    }

    @Override
    public List<Sweep> sweeps(int epoch) {
      return Collections.nCopies(settings.training.maxEpochs(), Sweep.RETAIN);
    }

    @Override
    public NDArray retainStep(Step step) {
      NDArray logits = step.student().logits();
      int[] taken = draw(step, logits);
      double loss = loss(step, taken);
      double advantage = Double.isNaN(baseline) ? 0 : baseline - loss;
      baseline =
          Double.isNaN(baseline)
              ? loss
              : ((settings.window - 1) * baseline + loss) / settings.window;
      return objective(logits, taken, advantage, settings.exploration);
    }

    /** s, which of the batch are taken. */
    private static int[] draw(Step step, NDArray logits) {
      SplittableRandom random = step.random("taken");
      float[] z = logits.toFloatArray();
      int[] taken = new int[step.batch().size()];
      Arrays.setAll(
          taken, i -> random.nextDouble() < 1 / (1 + Math.exp(z[2 * i] - z[2 * i + 1])) ? 1 : 0);
      while (Arrays.stream(taken).allMatch(s -> s == 0)) {
        Arrays.setAll(taken, i -> random.nextInt(2));
      }
      return taken;
    }

    /** L, the mean loss of the target rows after training on what is taken. */
    private double loss(Step step, int[] taken) {
      int[] chosen =
          IntStream.range(0, taken.length)
              .filter(i -> taken[i] == 1)
              .map(i -> step.batch().rows().position(i))
              .toArray();
      float[][] logits = trials.logits(chosen);
      double sum = 0;
      for (int i = 0; i < logits.length; i++) {
        sum += Softmax.logNormaliser(logits[i]) - logits[i][targetLabels[i]];
      }
      return sum / logits.length;
    }
  }
}
