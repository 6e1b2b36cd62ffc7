package org.erasus.strategies;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import org.erasus.Batch;
import org.erasus.Check;
import org.erasus.Need;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.RunLog;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.engine.GradMode;
import org.erasus.engine.TensorList;
import org.erasus.engine.TorchOps;
import org.erasus.train.Supervised;
import org.erasus.train.Training;
import org.erasus.train.UnlearningTrainer;

/**
 * Unlearning by selective impair and repair (UNSIR): finds noise that is as far from a class as can be, teaches that the noise
 * is the class, and repairs on retain rows.
 *
 * <pre>{@code
 * N      = argmin −CE(N, y; θ₀) + λ mean_i ‖N_i‖²        (K, …) for each class y to forget, N starting at N(0, 1)
 * impair: CE on m copies of N under class y and a sample of D_r, mixed
 * repair: CE on the sample of D_r
 * }</pre>
 *
 * <p>For requests of whole classes: a row of a class that is kept would be taught as the class by the sample, and untaught by the
 * noise. No forget row is looked at, only their classes. The noise is made by Adam with the network in evaluation mode. The
 * authors' notebook has Adam in both phases, too, 256 rows of noise, and one epoch over a fifth of the retain rows to repair; the
 * defaults here are SGD, 128, and three epochs over all, without which a network of a few thousand rows stays ruined.
 *
 * @param noise how noise is made
 * @param retainShare of the retain rows drawn for both phases, in (0, 1]; with a coreset, of its rows
 * @param impair settings of the first phase
 * @param repair settings of the second
 * @see <a href="https://arxiv.org/abs/2111.08947">Tarun et al., 2023</a>
 */
public record Unsir(Noise noise, double retainShare, Training impair, Training repair)
    implements UnlearningStrategy {
  /**
   * How noise is made.
   *
   * @param rows K of a class, 1 or more
   * @param copies m of each in the impair phase, 1 or more
   * @param steps of Adam, 0 or more; with 0 the noise is as drawn
   * @param learningRate of Adam, above 0
   * @param penalty λ, 0 or more
   */
  public record Noise(int rows, int copies, int steps, double learningRate, double penalty) {
    /** A batch of 128 rows, 20 copies, 40 steps at 0.1, λ 0.1. */
    public static final Noise DEFAULTS = new Noise(128, 20, 40, 0.1, 0.1);

    /** Checks the ranges. */
    public Noise {
      Check.atLeast(1, rows, "rows");
      Check.atLeast(1, copies, "copies");
      Check.atLeast(0, steps, "steps");
      Check.positive(learningRate, "learningRate");
      Check.nonNegative(penalty, "penalty");
    }
  }

  /** All retain rows; one epoch of SGD at 0.02 and three at 0.03. */
  public static final Unsir DEFAULTS =
      new Unsir(
          Noise.DEFAULTS,
          1,
          Training.DEFAULTS.withMaxEpochs(1).withLearningRate(0.02),
          Training.DEFAULTS.withMaxEpochs(3).withLearningRate(0.03));

  /** Checks the range. */
  public Unsir {
    if (impair.earlyStopping().isPresent() || repair.earlyStopping().isPresent()) {
      throw new IllegalArgumentException(
          "impair and repair must have no early stopping: they are trained on noise and a sample, with no rows to look at");
    }
    Check.inClosed(retainShare, Double.MIN_VALUE, 1, "retainShare");
  }

  /** This strategy with other noise. */
  public Unsir withNoise(Noise noise) {
    return new Unsir(noise, retainShare, impair, repair);
  }

  /** This strategy with another share of the retain rows. */
  public Unsir withRetainShare(double retainShare) {
    return new Unsir(noise, retainShare, impair, repair);
  }

  /** This strategy with other settings of the first phase. */
  public Unsir withImpair(Training impair) {
    return new Unsir(noise, retainShare, impair, repair);
  }

  /** This strategy with other settings of the second phase. */
  public Unsir withRepair(Training repair) {
    return new Unsir(noise, retainShare, impair, repair);
  }

  @Override
  public Set<Need> needs() {
    return EnumSet.of(Need.FORGET_ROWS, Need.RETAIN_ROWS, Need.WHOLE_CLASSES);
  }

  @Override
  public Unlearned unlearn(UnlearningTask task) {
    task.require(this);
    int size = Math.toIntExact(noise.rows * task.network().rowShape().size());
    return unlearn(task, y -> gaussian(size, task.seeds().stream("noise", y)));
  }

  private static float[] gaussian(int size, SplittableRandom random) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** Unlearns from a start of the noise of each class. */
  Unlearned unlearn(UnlearningTask task, IntFunction<float[]> start) {
    RunLog log = RunLog.start(task, this);
    Rows sample =
        task.retainRows()
            .sample(
                Math.max(1, (int) Math.round(retainShare * task.retainRows().size())),
                task.seeds().stream("unsir-rows"));
    Network student = task.network().copy();
    try (UnlearningDataset mixed = mixed(task, start, sample, log)) {
      train(task, student, mixed, impair, "impair", log);
      try (UnlearningDataset kept =
          dataset(task, List.of(sample.inputs()), sample.labels(), sample)) {
        train(task, student, kept, repair, "repair", log);
      }
      return new Unlearned(student, log.end("impaired and repaired"));
    } catch (RuntimeException | Error e) {
      student.close();
      throw e;
    }
  }

  private static void train(
      UnlearningTask task,
      Network student,
      UnlearningDataset rows,
      Training training,
      String phase,
      RunLog log) {
    try (Network before = student.copy()) {
      UnlearningTask part =
          new UnlearningTask(
              before,
              rows,
              task.seeds().of(phase),
              Optional.empty(),
              Optional.empty(),
              task.mask(),
              task.options().part(phase));
      log.include(new UnlearningTrainer(part, new Supervised(training)).fit(student));
    }
  }

  /** New rows, the first of which are the sample with its weights. */
  private static UnlearningDataset dataset(
      UnlearningTask task, List<float[]> inputs, int[] labels, Rows sample) {
    double[] weights = new double[labels.length];
    Arrays.fill(weights, 1);
    for (int i = 0; i < sample.size(); i++) {
      weights[i] = task.data().weight(sample.position(i));
    }
    UnlearningDataset rows =
        UnlearningDataset.of(inputs, task.network().rowShape(), labels, task.network().classes());
    return rows.withWeights(rows.rows(), weights);
  }

  /** Copies of the noise and the sample. */
  private UnlearningDataset mixed(
      UnlearningTask task, IntFunction<float[]> start, Rows sample, RunLog log) {
    int[] forgotten = task.forgetRows().classes().stream().mapToInt(c -> c).toArray();
    List<float[]> all = new ArrayList<>(List.of(sample.inputs()));
    int ofNoise = forgotten.length * noise.copies * noise.rows;
    int[] labels = Arrays.copyOf(sample.labels(), sample.size() + ofNoise);
    int at = sample.size();
    for (int y : forgotten) {
      float[] made = make(task, y, start.apply(y), log);
      for (int copy = 0; copy < noise.copies; copy++) {
        all.add(made);
        Arrays.fill(labels, at, at + noise.rows, y);
        at += noise.rows;
      }
    }
    return dataset(task, all, labels, sample);
  }

  /** Noise of a class. */
  float[] make(UnlearningTask task, int label, float[] start, RunLog log) {
    Network original = task.network();
    Rows any = task.forgetRows().first(1);
    try (Batch scope = any.load(original.device())) {
      Shape shape = new Shape(noise.rows).addAll(original.rowShape());
      NDArray n =
          scope
              .manager()
              .create(FloatBuffer.wrap(start), shape)
              .duplicate()
              .toDevice(original.device(), false);
      NDArray y =
          scope
              .manager()
              .full(new Shape(noise.rows), label, DataType.INT64)
              .toDevice(original.device(), false);
      NDArray zero =
          scope
              .manager()
              .zeros(new Shape(original.rowShape().size()))
              .toDevice(original.device(), false);
      try (TensorList noises = TensorList.of(n);
          TensorList means = TensorList.of(n.zerosLike());
          TensorList squares = TensorList.of(n.zerosLike());
          TensorList steps = TensorList.of(scope.manager().zeros(new Shape(1)))) {
        for (int i = 0; i < noise.steps; i++) {
          try (NDManager step = scope.manager().newSubManager()) {
            NDArray x = n.duplicate();
            x.attach(step);
            x.setRequiresGradient(true);
            NDArray loss;
            try (GradMode on = GradMode.on()) {
              Batch batch = new Batch(any, new NDList(x), y, step);
              NDArray z = original.forward(batch, Network.Mode.EVALUATE, 0);
              NDArray size = TorchOps.unitDistances(x.reshape(noise.rows, -1), zero).mean();
              loss = TorchOps.scale(size, noise.penalty).sub(TorchOps.crossEntropy(z, y));
            }
            try (GradMode off = GradMode.off();
                TensorList by = TensorList.of(x);
                TensorList gradient = TorchOps.gradientList(loss, by)) {
              TorchOps.adamInPlace(
                  noises,
                  gradient,
                  means,
                  squares,
                  steps,
                  noise.learningRate,
                  0.9,
                  0.999,
                  1e-8,
                  0,
                  false);
            }
          }
        }
      }
      log.forwardBackward((long) noise.steps * noise.rows);
      return n.toFloatArray();
    }
  }
}
