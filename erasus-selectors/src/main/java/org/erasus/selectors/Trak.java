package org.erasus.selectors;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.erasus.Check;
import org.erasus.Coreset;
import org.erasus.Mark;
import org.erasus.Network;
import org.erasus.RowGradients;
import org.erasus.Rows;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.WeightLayout;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;

/**
 * TRAK: prefers the rows that other rows' margins owe most to, by a linear model on randomly projected gradients, averaged
 * over networks.
 *
 * <pre>{@code
 * f_i     = log (p_i / (1 − p_i)),  p_i = p(y_i|x_i; θ_t)                  the margin
 * φ_i     = P_tᵀ ∇_θ f_i                                                   (m)
 * Q_i     = mean_t (1 − p_i)
 * score_i = Q_i · mean_t φ̄ᵀ (ΦᵀΦ + λ·tr(ΦᵀΦ)/m·I)⁻¹ φ_i                    (N), Φ (N, m)
 * φ̄       = Σ_j w_j φ_j / Σ_j w_j                                          target rows, w their weights
 * }</pre>
 *
 * <p>The score is the mean of the paper's over the target rows. It differs in three points. The projection P is a count
 * sketch, one ±1 a row of P at a random place, in the place of a dense normal matrix: inner products have the same
 * expectation, a variance within the same bound, and cost P additions a row rather than P·m. The matrix to invert may be
 * damped by λ, relative to its mean eigenvalue, since it is singular for as many dimensions as rows; with 0 it is the
 * paper's. The last soft threshold is left out. Φ holds the candidates: choose from all trained rows for the paper's kernel.
 *
 * <p>Time for each network: a forward and backward pass over candidates and target rows, one forward, O(N·(P + m²) + m³).
 * Memory O(N·m + m² + P), and a batch of rows by the largest tensor.
 *
 * @param target the mark of the rows whose margin counts
 * @param dimensions m, 2 or more
 * @param damping λ, 0 or more
 * @param checkpoints θ_t, safetensors files of weights of the network, of trainings on other halves of the data in the
 *     paper; empty for the network at hand alone
 * @see <a href="https://arxiv.org/abs/2303.14186">Park et al., 2023</a>
 */
public record Trak(Mark target, int dimensions, double damping, List<Path> checkpoints)
    implements Selector {
  /** 512 dimensions, little damping, the network at hand. */
  public static final Trak DEFAULTS = new Trak(Mark.VALIDATION, 512, 1e-3, List.of());

  private static final int BLOCK = 4096;

  /** Checks the ranges and makes the paths absolute. */
  public Trak {
    Check.atLeast(2, dimensions, "dimensions");
    Check.nonNegative(damping, "damping");
    checkpoints = Snapshots.absolute(checkpoints);
  }

  /** With another target. */
  public Trak withTarget(Mark other) {
    return new Trak(other, dimensions, damping, checkpoints);
  }

  /** With another number of dimensions. */
  public Trak withDimensions(int other) {
    return new Trak(target, other, damping, checkpoints);
  }

  /** With another damping. */
  public Trak withDamping(double other) {
    return new Trak(target, dimensions, other, checkpoints);
  }

  /** With other checkpoints. */
  public Trak withCheckpoints(List<Path> other) {
    return new Trak(target, dimensions, damping, other);
  }

  @Override
  public Coreset choose(SelectionTask task) {
    Rows candidates = task.candidates();
    Rows targets = Targets.of(displayName(), task, target);
    double[] shares = Targets.shares(displayName(), targets);
    if (damping == 0 && candidates.size() < dimensions) {
      throw new IllegalArgumentException(
          displayName()
              + " without damping needs as many candidates as dimensions, "
              + dimensions
              + ", but there are "
              + candidates.size()
              + ": take fewer dimensions or some damping");
    }
    double[] doubts = new double[candidates.size()];
    double[] products = new double[candidates.size()];
    Snapshots.each(
        displayName(),
        task.network(),
        checkpoints,
        (number, network) -> {
          double[][] p = task.probe().on(network).probabilities();
          int[] y = candidates.labels();
          double[] found = products(task, network, targets, shares, number);
          for (int i = 0; i < doubts.length; i++) {
            doubts[i] += 1 - p[i][y[i]];
            products[i] += found[i];
          }
        });
    double networks = Snapshots.count(checkpoints);
    double[] scores = new double[doubts.length];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = doubts[i] / networks * (products[i] / networks);
    }
    return Coreset.of(candidates.ids(), scores, displayName()).top(task.wanted());
  }

  /** φ̄ᵀ (ΦᵀΦ + …)⁻¹ φ_i of one network (N). */
  private double[] products(
      SelectionTask task, Network network, Rows targets, double[] shares, int number) {
    try (NDManager scope = EngineRuntime.newManager(network.device());
        NDManager wide = EngineRuntime.newManager(EngineRuntime.wideDevice(network.device()));
        GradMode off = GradMode.off()) {
      Sketch sketch =
          Sketch.of(
              network.layout().parameters(),
              dimensions,
              task.seeds().stream("trak-projection", number),
              scope);
      NDArray ofTargets = features(task, network, targets, "target gradients", sketch, scope);
      NDArray mean =
          Matrices.of(wide, shares)
              .reshape(1, -1)
              .matMul(TorchOps.float64(wide, ofTargets))
              .flatten();
      NDArray phi = features(task, network, task.candidates(), "gradients", sketch, scope);
      NDArray v = solve(gram(phi, wide), mean);
      double[] products = new double[task.candidates().size()];
      for (int from = 0; from < products.length; from += BLOCK) {
        try (NDArray block = block(phi, from, products.length, wide);
            NDArray part = block.matMul(v)) {
          double[] found = part.toDoubleArray();
          System.arraycopy(found, 0, products, from, found.length);
        }
      }
      return products;
    }
  }

  private static NDArray features(
      SelectionTask task, Network network, Rows rows, String what, Sketch sketch, NDManager scope) {
    return RowGradients.projected(
        network,
        rows,
        RowGradients.Output.MARGIN,
        sketch,
        scope,
        done -> task.progressed(what, done, rows.size()));
  }

  private NDArray gram(NDArray phi, NDManager wide) {
    NDArray gram = wide.zeros(new Shape(dimensions, dimensions), DataType.FLOAT64);
    int rows = Math.toIntExact(phi.getShape().get(0));
    for (int from = 0; from < rows; from += BLOCK) {
      try (NDArray block = block(phi, from, rows, wide);
          NDArray turned = block.transpose();
          NDArray part = turned.matMul(block)) {
        gram.addi(part);
      }
    }
    return gram;
  }

  private static NDArray block(NDArray phi, int from, int rows, NDManager wide) {
    try (NDArray some = phi.get(from + ":" + Math.min(from + BLOCK, rows))) {
      return TorchOps.float64(wide, some);
    }
  }

  private NDArray solve(NDArray gram, NDArray mean) {
    NDArray eye = gram.getManager().eye(dimensions, dimensions, 0, DataType.FLOAT64);
    double trace = gram.mul(eye).sum().getDouble();
    if (!Double.isFinite(trace)) {
      throw new IllegalArgumentException(
          "gradients must be finite, but some are not: look at the network's weights");
    }
    if (trace == 0) {
      return mean.zerosLike();
    }
    try {
      return TorchOps.solvePositive(gram.add(eye.mul(damping * trace / dimensions)), mean);
    } catch (EngineException e) {
      throw new IllegalArgumentException(
          displayName()
              + " found projected gradients that do not span its "
              + dimensions
              + " dimensions: take fewer dimensions or more damping than "
              + damping,
          e);
    }
  }

  /** Adds every parameter, with a random sign, to one of m random places. */
  private record Sketch(NDArray places, NDArray signs, int m) implements RowGradients.Projection {
    static Sketch of(long parameters, int m, SplittableRandom random, NDManager scope) {
      long[] places = new long[Math.toIntExact(parameters)];
      float[] signs = new float[places.length];
      for (int i = 0; i < places.length; i++) {
        places[i] = random.nextInt(m);
        signs[i] = random.nextBoolean() ? 1 : -1;
      }
      return new Sketch(scope.create(places), scope.create(signs), m);
    }

    @Override
    public NDArray of(WeightLayout.Tensor tensor, NDArray gradients) {
      Shape shape = new Shape(tensor.size());
      try (NDArray place = TorchOps.view(places, tensor.offset(), shape);
          NDArray sign = TorchOps.view(signs, tensor.offset(), shape)) {
        return TorchOps.countSketch(gradients, place, sign, m);
      }
    }
  }
}
