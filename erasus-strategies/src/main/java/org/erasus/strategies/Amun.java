package org.erasus.strategies;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.erasus.Batch;
import org.erasus.Check;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.RunLog;
import org.erasus.UnlearningTask;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;
import org.erasus.train.Step;
import org.erasus.train.Sweep;
import org.erasus.train.Training;
import org.erasus.train.UnlearningModule;

/**
 * Adversarial machine unlearning (AMUN): goes on training on all rows, the forget rows included, and on the nearest adversarial
 * example of every forget row, taught as the wrong class the original network takes it for.
 *
 * <pre>{@code
 * x⁰ = x,  x ← x⁰ + Π_ε(x − x⁰ + (ε/10) g/‖g‖₂),  g = ∇ₓ CE(x, y; θ₀)     each forget row, at most K times
 * until ŷ = argmax_c z₀(x)_c ≠ y;  if it never is, again from x⁰ with 2ε
 * D_A  = {(x, ŷ)},  built once from θ₀                                     n_f examples
 * loss = CE(D_r ∪ D_f ∪ D_A; θ)  or  CE(D_f ∪ D_A; θ)                      scalar
 * }</pre>
 *
 * <p>Π_ε is the projection on the ball of radius ε about 0 in ‖·‖₂. As in the published code, an attack ends at the first step
 * that changes the class, and a row the original gets wrong is its own example; the paper's algorithm goes back to x⁰ when ε
 * doubles, the code goes on from where it is. The code keeps inputs in [0, 1], here they have no range. An example is in the
 * batch of its row, where the paper shuffles the examples among the rows. ε is in units of the inputs as the network takes
 * them.
 *
 * @param data what is trained on
 * @param epsilon the first ε, above 0
 * @param steps K of an attack, 1 or more
 * @param training settings of the run
 * @see <a href="https://arxiv.org/abs/2503.00917">Ebrahimpour-Boroojeny et al., 2025</a>
 */
public record Amun(Data data, double epsilon, int steps, Training training)
    implements UnlearningModule {
  /** What is trained on beside the examples. */
  public enum Data {
    /** Retain and forget rows. */
    ALL_ROWS,
    /** Forget rows, for when no others are at hand. */
    FORGET_ROWS
  }

  /** All rows, ε 0.04, 50 steps, ten epochs of SGD at 0.01. */
  public static final Amun DEFAULTS = new Amun(Data.ALL_ROWS, 0.04, 50, Training.DEFAULTS);

  private static final int DOUBLINGS = 20;

  /** Checks the ranges. */
  public Amun {
    Check.positive(epsilon, "epsilon");
    Check.atLeast(1, steps, "steps");
  }

  /** This strategy on other data. */
  public Amun withData(Data data) {
    return new Amun(data, epsilon, steps, training);
  }

  /** This strategy with another first ε. */
  public Amun withEpsilon(double epsilon) {
    return new Amun(data, epsilon, steps, training);
  }

  /** This strategy with another K. */
  public Amun withSteps(int steps) {
    return new Amun(data, epsilon, steps, training);
  }

  /** This strategy with other settings of the run. */
  public Amun withTraining(Training training) {
    return new Amun(data, epsilon, steps, training);
  }

  @Override
  public List<Sweep> sweeps(int epoch) {
    return List.of(data == Data.ALL_ROWS ? Sweep.UNION : Sweep.FORGET);
  }

  /**
   * Builds the examples.
   *
   * @throws ArithmeticException when no attack changes the class of a row, naming the row
   */
  @Override
  public UnlearningModule prepared(UnlearningTask task, RunLog log) {
    Map<Integer, Example> examples = new HashMap<>();
    for (Rows rows : task.forgetRows().batches(training.batchSize())) {
      Rows left = rows;
      for (int doubled = 0; !left.isEmpty(); doubled++) {
        if (doubled > DOUBLINGS) {
          throw new ArithmeticException(
              "no input within "
                  + epsilon * Math.pow(2, DOUBLINGS)
                  + " of row "
                  + left.ids()[0]
                  + " is of another class to the network, so the row has no adversarial example:"
                  + " raise epsilon or steps, or leave the row to another strategy");
        }
        attack(task.network(), left, epsilon * Math.pow(2, doubled), examples, log);
        Rows tried = left;
        left = tried.where(i -> !examples.containsKey(tried.position(i)));
      }
    }
    return new Lesson(this, examples, log);
  }

  /** Takes down the examples that are found within a radius. */
  private void attack(
      Network original, Rows rows, double radius, Map<Integer, Example> found, RunLog log) {
    float[][] moves = new float[rows.size()][(int) original.rowShape().size()];
    Rows left = rows;
    for (int step = 0; !left.isEmpty(); step++) {
      Look look = Look.at(original, left, moves);
      log.forwardBackward(left.size());
      Rows tried = left;
      float[][] before = moves;
      int[] kept =
          IntStream.range(0, tried.size())
              .filter(i -> look.classes[i] == tried.labels()[i])
              .toArray();
      IntStream.range(0, tried.size())
          .filter(i -> look.classes[i] != tried.labels()[i])
          .forEach(i -> found.put(tried.position(i), new Example(look.inputs[i], look.classes[i])));
      if (step == steps) {
        return;
      }
      left = tried.take(kept);
      moves =
          Arrays.stream(kept)
              .mapToObj(i -> climb(before[i], look.uphill[i], radius))
              .toArray(float[][]::new);
    }
  }

  /** Π_ε(move + (ε/10) g/‖g‖₂). */
  private static float[] climb(float[] move, float[] uphill, double radius) {
    double length = norm(uphill);
    double[] next = new double[move.length];
    for (int d = 0; d < next.length; d++) {
      next[d] = move[d] + (length == 0 ? 0 : radius / 10 * uphill[d] / length);
    }
    double far = 0;
    for (double v : next) {
      far += v * v;
    }
    double shrink = Math.min(1, radius / Math.sqrt(Math.max(far, Double.MIN_NORMAL)));
    float[] projected = new float[next.length];
    for (int d = 0; d < next.length; d++) {
      projected[d] = (float) (shrink * next[d]);
    }
    return projected;
  }

  private static double norm(float[] values) {
    double sum = 0;
    for (float v : values) {
      sum += (double) v * v;
    }
    return Math.sqrt(sum);
  }

  /** An input and the class it is taught as. */
  private static final class Example {
    final float[] input;
    final long label;

    Example(float[] input, long label) {
      this.input = input;
      this.label = label;
    }
  }

  /** What the original says about rows that are moved: the moved inputs, (B, D), their classes (B) and ∇ₓ CE (B, D). */
  private static final class Look {
    final float[][] inputs;
    final long[] classes;
    final float[][] uphill;

    private Look(float[][] inputs, long[] classes, float[][] uphill) {
      this.inputs = inputs;
      this.classes = classes;
      this.uphill = uphill;
    }

    static Look at(Network original, Rows rows, float[][] moves) {
      try (Batch batch = rows.load(original.device());
          GradMode on = GradMode.on()) {
        NDArray at = batch.inputs().singletonOrThrow();
        NDArray x;
        try (GradMode off = GradMode.off()) {
          x =
              at.add(
                  array(batch.manager(), moves, original.rowShape())
                      .toDevice(at.getDevice(), false));
        }
        x.setRequiresGradient(true);
        Batch moved = new Batch(rows, new NDList(x), batch.labels(), batch.manager());
        NDArray logits = original.forward(moved, Network.Mode.EVALUATE, 0);
        NDArray losses = TorchOps.crossEntropyRows(logits, batch.labels());
        NDArray uphill = TorchOps.gradients(losses.sum(), new NDArray[] {x}, false, false)[0];
        return new Look(
            rowsOf(x.toFloatArray(), moves.length),
            logits.argMax(1).toLongArray(),
            rowsOf(uphill.toFloatArray(), moves.length));
      }
    }

    private static float[][] rowsOf(float[] values, int rows) {
      int width = values.length / rows;
      return IntStream.range(0, rows)
          .mapToObj(i -> Arrays.copyOfRange(values, i * width, (i + 1) * width))
          .toArray(float[][]::new);
    }
  }

  private static NDArray array(NDManager manager, float[][] rows, Shape rowShape) {
    FloatBuffer values = FloatBuffer.allocate((int) (rows.length * rowShape.size()));
    for (float[] row : rows) {
      values.put(row);
    }
    values.rewind();
    try (NDArray window = manager.create(values, new Shape(rows.length).addAll(rowShape))) {
      return window.duplicate();
    }
  }

  /** The strategy at work, with the example of every forget row, and the log that takes down what the examples cost. */
  private record Lesson(Amun settings, Map<Integer, Example> examples, RunLog log)
      implements UnlearningModule {
    @Override
    public Training training() {
      return settings.training;
    }

    @Override
    public NDArray forgetStep(Step step) {
      return unionStep(step);
    }

    @Override
    public NDArray unionStep(Step step) {
      Batch batch = step.batch();
      int[] forget =
          IntStream.range(0, batch.size())
              .filter(i -> examples.containsKey(batch.rows().position(i)))
              .toArray();
      if (forget.length == 0) {
        return step.student().crossEntropy();
      }
      List<Example> chosen =
          Arrays.stream(forget).mapToObj(i -> examples.get(batch.rows().position(i))).toList();
      log.forwardBackward(forget.length);
      NDArray x = batch.inputs().singletonOrThrow();
      NDArray more =
          array(
                  batch.manager(),
                  chosen.stream().map(e -> e.input).toArray(float[][]::new),
                  x.getShape().slice(1))
              .toDevice(x.getDevice(), false);
      NDArray index = longs(step, Arrays.stream(forget).asLongStream().toArray());
      NDArray taught = longs(step, chosen.stream().mapToLong(e -> e.label).toArray());
      return step.student(
              x.concat(more, 0),
              step.labels().concat(taught, 0),
              step.weights().map(w -> w.concat(TorchOps.rows(batch.manager(), w, index), 0)))
          .crossEntropy();
    }

    private static NDArray longs(Step step, long[] values) {
      try (NDArray window = step.batch().manager().create(values, new Shape(values.length))) {
        return window.duplicate().toDevice(step.labels().getDevice(), false);
      }
    }
  }
}
