package org.erasus;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;
import org.erasus.nn.ForwardPass;
import org.erasus.nn.Layer;

/**
 * EK-FAC: the Fisher information of each layer in the eigenbasis of its Kronecker factors, with the second moments that its
 * gradients have in that basis for eigenvalues.
 *
 * <pre>{@code
 * ∂W_i = Σ_t d_it a_itᵀ                  positions t, a with a 1 at its end where there is a bias, (O, I)
 * A = E Σ_t a_it a_itᵀ = U_A · U_Aᵀ      S = E Σ_t d_it d_itᵀ = U_S · U_Sᵀ      (I, I), (O, O)
 * Λ = E (U_Sᵀ ∂W_i U_A)²                 eigenvalue correction, (O, I)
 * X = U_S [(U_Sᵀ V U_A) / (Λ + λ_l)] U_Aᵀ,   λ_l = damping · mean Λ
 * }</pre>
 *
 * <p>The expectation is over the rows and over classes drawn from what the network expects, so the matrix is the
 * Gauss–Newton approximation of the Hessian. Layers do not meet in it. Linear layers and convolutions with one group have
 * factors; batch normalisation and depthwise convolutions, whose parameters do not form one matrix, have the diagonal of
 * their Fisher information for Λ, in the basis of the parameters themselves. Convolutions are unfolded as in KFC; positions
 * are not averaged, since only eigenvectors of A and S count. Rows count by the weights of coresets. A layer that has no
 * gradient on any of the rows has a part of 0 in x.
 *
 * <p>Two passes over the rows, with expected classes two for each class; memory for the factors and Λ, whatever the number of
 * rows. The eigenvectors of one A or S are one call of LAPACK, O(I³), during which nothing is reported and no interrupt is
 * heard: a minute or more for the I = 4609 of a convolution of 512 channels.
 *
 * @param labels classes by which the Fisher information is
 * @param damping share of the mean eigenvalue of a layer, above 0
 * @see <a href="https://arxiv.org/abs/1806.03884">George et al., 2018</a>
 * @see <a href="https://arxiv.org/abs/2308.03296">Grosse et al., 2023</a>
 * @see <a href="https://arxiv.org/abs/1602.01407">Grosse and Martens, 2016 (KFC)</a>
 */
public record EkFac(Labels labels, double damping) implements InverseHessian {
  /** Classes that stand for what the network expects. */
  public enum Labels {
    /** One drawn for each row. */
    SAMPLED,
    /** Every class, weighted by its probability: C times the cost, and nothing left to chance. */
    EXPECTED
  }

  /** Drawn classes, a tenth of the mean eigenvalue as in Grosse et al. */
  public static final EkFac DEFAULTS = new EkFac(Labels.SAMPLED, 0.1);

  private static final int BATCH = 32;

  /** Checks the range. */
  public EkFac {
    Check.positive(damping, "damping");
  }

  /** Looks at a layer of a batch that went forward and back. */
  private interface Look {
    void at(RowGradients.Backward backward, int layer, NDArray weights);
  }

  /**
   * Fits the factors and solves.
   *
   * @throws UnsupportedOperationException for parameters outside the layers that can tell, naming the layer
   */
  @Override
  public NDArray times(
      Network network, Rows rows, NDArray v, Seeds seeds, NDManager scope, Effort effort) {
    try (NDManager inner = EngineRuntime.newManager(network.device());
        GradMode off = GradMode.off()) {
      List<Factors> layers = new ArrayList<>();
      over(
          network,
          rows,
          seeds,
          effort,
          "covariances",
          (backward, layer, weights) -> {
            if (layers.size() == layer) {
              layers.add(factors(network, backward, layer, inner));
            }
            layers.get(layer).addCovariances(backward, layer, weights);
          });
      rotate(layers, effort);
      over(
          network,
          rows,
          seeds,
          effort,
          "eigenvalues",
          (backward, layer, weights) -> layers.get(layer).addSquares(network, backward, layer));
      NDArray x = Hessians.copy(v, inner);
      for (Factors layer : layers) {
        layer.solve(x, damping, rows.totalWeight());
      }
      x.attach(scope);
      return x;
    }
  }

  private static void rotate(List<Factors> layers, Effort effort) {
    long total = layers.stream().mapToLong(Factors::rotations).sum();
    long done = 0;
    for (Factors layer : layers) {
      for (int i = 0; i < layer.rotations(); i++) {
        effort.progressed("eigenvectors", done++, total);
        layer.rotate(i);
      }
    }
    effort.progressed("eigenvectors", total, total);
  }

  private void over(
      Network network, Rows rows, Seeds seeds, Effort effort, String what, Look look) {
    SplittableRandom random = seeds.stream("ek-fac");
    List<RowGradients.RowLoss> losses =
        labels == Labels.EXPECTED
            ? Fisher.ofEveryClass(network.classes())
            : List.of((z, b) -> ofDrawnClasses(z, b, random));
    int done = 0;
    for (Rows piece : rows.batches(BATCH)) {
      try (Batch batch = piece.load(network.device())) {
        RowGradients.backward(
            network,
            batch,
            losses,
            backward -> {
              for (int layer = 0; layer < backward.visits().size(); layer++) {
                look.at(backward, layer, batch.weights());
                backward.gradients().get(layer).close();
              }
              effort.forwardBackward(piece.size());
            });
      }
      done += piece.size();
      effort.progressed(what, done, rows.size());
    }
  }

  /** The loss of a row counts √w times, so that its squared gradient counts w times. */
  private static NDArray ofDrawnClasses(NDArray logits, Batch batch, SplittableRandom random) {
    int c = (int) logits.getShape().get(1);
    float[] p = logits.stopGradient().softmax(1).toFloatArray();
    long[] drawn = new long[p.length / c];
    for (int b = 0; b < drawn.length; b++) {
      double left = random.nextDouble();
      int label = 0;
      while (label < c - 1 && left >= p[b * c + label]) {
        left -= p[b * c + label++];
      }
      drawn[b] = label;
    }
    try (NDArray window = logits.getManager().create(drawn)) {
      return TorchOps.crossEntropyRows(logits, window.duplicate()).mul(batch.weights().sqrt());
    }
  }

  private static Factors factors(
      Network network, RowGradients.Backward backward, int layer, NDManager inner) {
    ForwardPass.Visit visit = backward.visits().get(layer);
    List<WeightLayout.Tensor> tensors = backward.tensors(network, visit);
    Optional<Layer.Unfolded> unfolded = unfolded(backward, layer);
    if (unfolded.isEmpty()) {
      return new Diagonal(tensors, inner);
    }
    try (Layer.Unfolded u = unfolded.get()) {
      return new Kronecker(
          tensors, u.inputs().getShape().get(2), u.gradients().getShape().get(2), inner);
    }
  }

  private static Optional<Layer.Unfolded> unfolded(RowGradients.Backward backward, int layer) {
    ForwardPass.Visit visit = backward.visits().get(layer);
    return visit.layer().unfolded(visit.input().stopGradient(), backward.gradients().get(layer));
  }

  /** v / (Λ + λ_l), both given as sums over n rows; zeros where there is nothing to divide by. */
  private static NDArray divided(NDArray v, NDArray squares, double lambda, double n) {
    return lambda > 0 ? v.mul((float) n).divi(squares.add((float) lambda)) : v.zerosLike();
  }

  /** What is known of the Fisher information of a layer. */
  private sealed interface Factors {
    void addCovariances(RowGradients.Backward backward, int layer, NDArray weights);

    /** How many matrices have eigenvectors to be found. */
    int rotations();

    /** Puts the eigenvectors of one of them into its place. */
    void rotate(int matrix);

    void addSquares(Network network, RowGradients.Backward backward, int layer);

    /** Puts the solution for a vector of all parameters into its place. */
    void solve(NDArray x, double damping, double n);
  }

  /** Of a layer that is one matrix at every position. */
  private static final class Kronecker implements Factors {
    private final List<WeightLayout.Tensor> tensors;
    private final NDManager inner;
    private NDArray ofInputs;
    private NDArray ofGradients;
    private final NDArray squares;

    Kronecker(List<WeightLayout.Tensor> tensors, long inputs, long outputs, NDManager inner) {
      this.tensors = tensors;
      this.inner = inner;
      ofInputs = inner.zeros(new Shape(inputs, inputs));
      ofGradients = inner.zeros(new Shape(outputs, outputs));
      squares = inner.zeros(new Shape(outputs, inputs));
    }

    @Override
    public void addCovariances(RowGradients.Backward backward, int layer, NDArray weights) {
      try (Layer.Unfolded u = unfolded(backward, layer).orElseThrow();
          NDArray root = weights.sqrt().reshape(-1, 1, 1);
          NDArray weighted = u.inputs().mul(root)) {
        TorchOps.addGramInPlace(ofInputs, weighted);
        TorchOps.addGramInPlace(ofGradients, u.gradients());
      }
    }

    @Override
    public int rotations() {
      return 2;
    }

    @Override
    public void rotate(int matrix) {
      if (matrix == 0) {
        ofInputs = eigenvectors(ofInputs);
      } else {
        ofGradients = eigenvectors(ofGradients);
      }
    }

    private NDArray eigenvectors(NDArray covariance) {
      try (covariance) {
        NDArray[] eigen = TorchOps.symmetricEigen(covariance);
        eigen[0].close();
        return eigen[1];
      }
    }

    @Override
    public void addSquares(Network network, RowGradients.Backward backward, int layer) {
      try (Layer.Unfolded u = unfolded(backward, layer).orElseThrow();
          NDArray more =
              TorchOps.rotatedSquares(u.inputs(), u.gradients(), ofInputs, ofGradients)) {
        squares.addi(more);
      }
    }

    @Override
    public void solve(NDArray x, double damping, double n) {
      long outputs = squares.getShape().get(0);
      NDArray weight = RowGradients.view(x, tensors.get(0), inner).reshape(outputs, -1);
      NDArray v = weight;
      if (tensors.size() > 1) {
        v = weight.concat(RowGradients.view(x, tensors.get(1), inner).reshape(outputs, 1), 1);
      }
      double lambda = damping * squares.mean().getFloat();
      NDArray rotated = ofGradients.transpose().matMul(v).matMul(ofInputs);
      NDArray solved =
          ofGradients.matMul(divided(rotated, squares, lambda, n)).matMul(ofInputs.transpose());
      long columns = weight.getShape().get(1);
      TorchOps.copyInPlace(weight, solved.get(":, :" + columns));
      if (tensors.size() > 1) {
        TorchOps.copyInPlace(
            RowGradients.view(x, tensors.get(1), inner), solved.get(":, " + columns));
      }
    }
  }

  /** Of any other layer. */
  private static final class Diagonal implements Factors {
    private final Map<WeightLayout.Tensor, NDArray> squares = new LinkedHashMap<>();
    private final NDManager inner;

    Diagonal(List<WeightLayout.Tensor> tensors, NDManager inner) {
      this.inner = inner;
      tensors.forEach(tensor -> squares.put(tensor, inner.zeros(tensor.shape())));
    }

    @Override
    public void addCovariances(RowGradients.Backward backward, int layer, NDArray weights) {}

    @Override
    public int rotations() {
      return 0;
    }

    @Override
    public void rotate(int matrix) {
      throw new IndexOutOfBoundsException(matrix);
    }

    @Override
    public void addSquares(Network network, RowGradients.Backward backward, int layer) {
      backward.tell(
          network,
          layer,
          RowGradients::ofSquares,
          (tensor, sum) -> Objects.requireNonNull(squares.get(tensor)).addi(sum));
    }

    @Override
    public void solve(NDArray x, double damping, double n) {
      double mean =
          squares.values().stream().mapToDouble(s -> s.sum().getFloat()).sum()
              / squares.keySet().stream().mapToLong(WeightLayout.Tensor::size).sum();
      squares.forEach(
          (tensor, sum) -> {
            NDArray part = RowGradients.view(x, tensor, inner);
            TorchOps.copyInPlace(part, divided(part, sum, damping * mean, n));
          });
    }
  }
}
