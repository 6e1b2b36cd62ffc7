package org.erasus;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;

/**
 * DataInf: inverts the squared gradient of each row on its own, layer by layer, and averages the inverses.
 *
 * <pre>{@code
 * (1/n Σ_i g_i g_iᵀ + λI)⁻¹ ≈ 1/n Σ_i (g_i g_iᵀ + λI)⁻¹          g_i = ∇CE_i of one layer, (P_l)
 * x_l = 1/(n λ_l) Σ_i [v_l − g_i (g_iᵀ v_l) / (λ_l + ‖g_i‖²)]
 * λ_l = damping · 1/(n P_l) Σ_i ‖g_i‖²
 * }</pre>
 *
 * <p>The empirical Fisher information stands in for the Hessian. Needs two passes over the rows and the gradient of no single
 * one: products with v, norms and the weighted sum come from what every layer takes and the gradient at its output. A layer
 * is a weight with its bias, where the authors' code takes each tensor for itself; rows count by the weights of coresets; a
 * layer that has no gradient on any of the rows has a part of 0 in x.
 *
 * @param damping share of the mean squared gradient, above 0
 * @see <a href="https://arxiv.org/abs/2310.00902">Kwon et al., 2024</a>
 */
public record DataInf(double damping) implements InverseHessian {
  /** A tenth, as in the paper. */
  public static final DataInf DEFAULTS = new DataInf(0.1);

  private static final int BATCH = 64;

  /** Checks the range. */
  public DataInf {
    Check.positive(damping, "damping");
  }

  /** Looks at a layer of a batch that went forward and back. */
  private interface Look {
    void at(RowGradients.Backward backward, int layer, float[] weights);
  }

  /**
   * Averages.
   *
   * @throws UnsupportedOperationException for parameters outside the layers that can tell, naming the layer
   */
  @Override
  public NDArray times(
      Network network, Rows rows, NDArray v, Seeds seeds, NDManager scope, Effort effort) {
    double n = rows.totalWeight();
    List<List<WeightLayout.Tensor>> layers = new ArrayList<>();
    List<Double> lambdas = new ArrayList<>();
    over(
        network,
        rows,
        effort,
        "gradient norms",
        (backward, layer, weights) -> {
          if (lambdas.size() == layer) {
            layers.add(backward.tensors(network, backward.visits().get(layer)));
            lambdas.add(0.0);
          }
          long size = layers.get(layer).stream().mapToLong(WeightLayout.Tensor::size).sum();
          float[] norms = RowGradients.squaredNorms(backward, layer);
          double more = 0;
          for (int b = 0; b < norms.length; b++) {
            more += weights[b] * norms[b];
          }
          lambdas.set(layer, lambdas.get(layer) + damping * more / (n * size));
        });
    try (GradMode off = GradMode.off();
        NDManager inner = EngineRuntime.newManager(network.device())) {
      NDArray x = Hessians.copy(v, inner);
      over(
          network,
          rows,
          effort,
          "weighted gradients",
          (backward, layer, weights) -> {
            float[] norms = RowGradients.squaredNorms(backward, layer);
            double[] dots = RowGradients.dots(network, backward, layer, v);
            float[] shares = new float[dots.length];
            for (int b = 0; b < dots.length; b++) {
              double divisor = n * (lambdas.get(layer) + norms[b]);
              shares[b] = divisor > 0 ? (float) (-weights[b] * dots[b] / divisor) : 0;
            }
            RowGradients.addSum(network, backward, layer, shares, x);
          });
      for (int layer = 0; layer < layers.size(); layer++) {
        double lambda = lambdas.get(layer);
        for (WeightLayout.Tensor tensor : layers.get(layer)) {
          RowGradients.view(x, tensor, inner).muli((float) (lambda > 0 ? 1 / lambda : 0));
        }
      }
      x.attach(scope);
      return x;
    }
  }

  private static void over(Network network, Rows rows, Effort effort, String what, Look look) {
    int done = 0;
    for (Rows piece : rows.batches(BATCH)) {
      try (Batch batch = piece.load(network.device());
          GradMode off = GradMode.off()) {
        RowGradients.Backward backward =
            RowGradients.backward(network, batch, RowGradients::crossEntropy);
        float[] weights = batch.weights().toFloatArray();
        for (int layer = 0; layer < backward.visits().size(); layer++) {
          look.at(backward, layer, weights);
        }
      }
      done += piece.size();
      effort.forwardBackward(piece.size());
      effort.progressed(what, done, rows.size());
    }
  }
}
