package org.erasus.nd4j;

import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.erasus.Network;
import org.erasus.WeightLayout;
import org.erasus.Weights;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A snapshot of the weights of a network as arrays of ND4J on the snapshot's own memory: what ND4J writes there, {@link
 * #weights} holds.
 *
 * <pre>{@code
 * try (var snapshot = Nd4jWeights.of(network)) {
 *   snapshot.parameters().muli(0.5); // ND4J computes in place
 *   network.restore(snapshot.weights());
 * }
 * }</pre>
 *
 * <p>The snapshot is the one copy that is made. The arrays end with it, and throw {@link IllegalStateException} when they are
 * read later. ND4J does not tell views that are made of them: {@code dup()} what is to stay.
 */
public final class Nd4jWeights implements AutoCloseable {
  private final Weights weights;
  private final INDArray parameters;
  private final Map<String, INDArray> tensors = new LinkedHashMap<>();

  private Nd4jWeights(Weights weights) {
    this.weights = weights;
    ByteBuffer trainable = weights.parameters().toByteBuffer(true);
    ByteBuffer fixed =
        weights.layout().statistics() == 0 ? trainable : weights.statistics().toByteBuffer(true);
    parameters = Memory.over(trainable, weights.layout().parameters());
    for (WeightLayout.Tensor tensor : weights.layout().tensors()) {
      ByteBuffer all = tensor.trainable() ? trainable : fixed;
      int from = Math.toIntExact(tensor.offset() * Float.BYTES);
      int bytes = Math.toIntExact(tensor.size() * Float.BYTES);
      tensors.put(
          tensor.name(),
          Memory.over(all.slice(from, bytes).order(all.order()), tensor.shape().getShape()));
    }
  }

  /**
   * The weights as they are now; later steps of the network do not change them.
   *
   * @param network on the CPU
   */
  public static Nd4jWeights of(Network network) {
    if (!Memory.holds(network.device())) {
      throw new IllegalArgumentException(
          "weights on "
              + network.device()
              + " are not in memory that ND4J can read: use Nd4jArrays.copyOf(network.parameters())");
    }
    Weights weights = network.weights();
    try {
      return new Nd4jWeights(weights);
    } catch (RuntimeException | Error e) {
      weights.close();
      throw e;
    }
  }

  /** θ (P), tensor after tensor in the order of the layout. */
  public INDArray parameters() {
    return parameters;
  }

  /** Each tensor of the network by name, running statistics and frozen parameters included; to be written, too. */
  public Map<String, INDArray> tensors() {
    return Collections.unmodifiableMap(tensors);
  }

  /** One tensor by its name, such as {@code fc1.weight}. */
  public INDArray tensor(String name) {
    INDArray found = tensors.get(name);
    if (found == null) {
      throw new IllegalArgumentException(
          "no tensor is named \"" + name + "\"; known: " + tensors.keySet());
    }
    return found;
  }

  /** The same memory as Erasus sees it, borrowed: valid until close. */
  public Weights weights() {
    return weights;
  }

  /** Ends the arrays, then frees the memory. */
  @Override
  public void close() {
    Memory.end(parameters);
    tensors.values().forEach(Memory::end);
    weights.close();
  }
}
