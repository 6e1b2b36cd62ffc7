package org.erasus.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A layer with parameters that knows each row's share of their gradient from what went in and the gradient of what came
 * out, so that per-row gradients cost one backward pass for the whole batch.
 *
 * <p>With a_i the input of row i and d_i = ∂(Σ_j loss_j)/∂y_i: rows do not meet in a layer, so the gradient of loss_i by
 * the layer's parameters is a function of a_i and d_i alone.
 */
public interface Layer {
  /** The parameters the norms are of, running statistics among them. */
  default List<Parameter> layerParameters() {
    return ((Block) this).getDirectParameters().values();
  }

  /**
   * ‖∂loss_i/∂(parameters of this layer)‖₂² of every row, frozen parameters counted in.
   *
   * @param store gives the values of parameters and statistics
   * @param input (B, …) what the layer took
   * @param gradient (B, …) of the summed loss at the layer's output
   * @return (B), in the manager of the input
   */
  NDArray squaredGradientNorms(ParameterStore store, NDArray input, NDArray gradient);

  /**
   * Σ_i (∂loss_i/∂w)² of every parameter w of this layer that takes part in training: squared row by row, then summed.
   *
   * @param store gives the values of parameters and statistics
   * @param input (B, …) what the layer took
   * @param gradient (B, …) of the summed loss at the layer's output
   * @return of the parameter's shape each, in the manager of the input or the gradient
   */
  Map<Parameter, NDArray> sumOfSquaredGradients(
      ParameterStore store, NDArray input, NDArray gradient);

  /**
   * What the layer gives. Linear in the parameters that take part in training, all together and without anything added, so
   * that ⟨∂loss_i/∂w, v⟩ is ⟨d_i, what the layer gives with v in the place of w⟩.
   *
   * @param store gives the values of parameters and statistics
   * @param input (B, …) what the layer took
   * @return (B, …) of the shape of its output, in the manager of the input
   * @throws UnsupportedOperationException when the layer is not linear, or cannot tell
   */
  default NDArray output(ParameterStore store, NDArray input) {
    throw new UnsupportedOperationException(
        getClass().getName()
            + " tells the size of its rows' gradients, but not their products with a vector");
  }

  /**
   * A layer as one matrix W (O, I) at every position t: ∂loss_i/∂W = Σ_t d_it a_itᵀ. W is the layer's first parameter, its
   * later dimensions laid flat, and beside it as a last column the second one, if there is one.
   *
   * @param inputs a, (B, T, I), with a 1 at the end of each where there is a second parameter
   * @param gradients d, (B, T, O)
   */
  record Unfolded(NDArray inputs, NDArray gradients) implements AutoCloseable {
    @Override
    public void close() {
      inputs.close();
      gradients.close();
    }
  }

  /**
   * The layer as one matrix at every position; empty when it is none.
   *
   * @param input (B, …) what the layer took
   * @param gradient (B, …) of the summed loss at the layer's output
   * @return in the manager of the input and the gradient
   */
  default Optional<Unfolded> unfolded(NDArray input, NDArray gradient) {
    return Optional.empty();
  }

  /**
   * ∂loss_i/∂w of every row and every parameter w of this layer that takes part in training. B times the size of the
   * parameters: for few rows at a time.
   *
   * @param store gives the values of parameters and statistics
   * @param input (B, …) what the layer took
   * @param gradient (B, …) of the summed loss at the layer's output
   * @return (B, …) of the parameter's shape each, in the manager of the input or the gradient
   * @throws UnsupportedOperationException when the layer cannot tell
   */
  default Map<Parameter, NDArray> rowGradients(
      ParameterStore store, NDArray input, NDArray gradient) {
    throw new UnsupportedOperationException(
        getClass().getName()
            + " tells the size of its rows' gradients, but not the gradients themselves");
  }
}
