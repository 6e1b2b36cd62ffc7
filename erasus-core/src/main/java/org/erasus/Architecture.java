package org.erasus;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.erasus.nn.Compute;
import org.erasus.nn.ForwardPass;
import org.erasus.nn.Layer;
import org.erasus.nn.LayerEdit;

/**
 * What a network is without its weights: a function from weights and inputs to outputs. Shared by the copies of a network
 * and closed with the last of them.
 */
interface Architecture {
  /** Names, shapes and places of the weights. */
  WeightLayout layout();

  /** Shape of one row of input. */
  Shape rowShape();

  /** A text that is equal for equal architectures. */
  String description();

  /** Whether every layer can compute in bf16. */
  boolean supportsHalf();

  /** Whether outputs have a gradient by the weights. */
  default boolean hasGradient() {
    return true;
  }

  /**
   * Writes initial values into flat buffers.
   *
   * @param parameters (P)
   * @param statistics the rest
   * @param frozenToo whether frozen parameters, and running statistics before the first trainable one, get new values as well, or
   *     are left as they are
   */
  void initialize(NDArray parameters, NDArray statistics, long seed, boolean frozenToo);

  /** Ties the function to flat buffers, which it reads — and, for running statistics, writes — from now on. */
  Bound bind(NDManager manager, NDArray parameters, NDArray statistics);

  /** Counts a network that uses this architecture. */
  void open();

  /** Counts a network less. */
  void close();

  /** The function with its weights. */
  interface Bound {
    /** Views of the trainable tensors, which gradients are taken by. */
    NDArray[] trainable();

    /** Runs the function; results belong to the manager of the inputs. */
    Result forward(NDList inputs, Manner manner);

    /** Writes function and weights as a TorchScript module. */
    default void write(OutputStream out) throws IOException {
      throw new UnsupportedOperationException(
          "only a network loaded from a TorchScript file can be written as one; use save for the weights");
    }

    /** Frees what the buffers do not hold. */
    default void close() {}
  }

  /**
   * How a function is run.
   *
   * @param mode statistics and dropout
   * @param compute precision and layout
   * @param seed of dropout
   * @param remembered which layers are remembered
   * @param edit what is done to what layers give
   * @param replaced arrays that stand for weights in this pass, by the names of these
   */
  record Manner(
      Network.Mode mode,
      Compute compute,
      long seed,
      ForwardPass.Remembered remembered,
      Optional<LayerEdit> edit,
      Map<String, NDArray> replaced) {
    static Manner of(Network.Mode mode, Compute compute, long seed) {
      return new Manner(
          mode, compute, seed, ForwardPass.Remembered.NOTHING, Optional.empty(), Map.of());
    }

    Manner recording() {
      return new Manner(mode, compute, seed, ForwardPass.Remembered.ALL, edit, replaced);
    }

    /** With the last layer remembered, at least. */
    Manner recordingLast() {
      return remembered == ForwardPass.Remembered.ALL
          ? this
          : new Manner(mode, compute, seed, ForwardPass.Remembered.LAST, edit, replaced);
    }

    Manner withMode(Network.Mode other) {
      return new Manner(other, compute, seed, remembered, edit, replaced);
    }

    Manner withSeed(long other) {
      return new Manner(mode, compute, other, remembered, edit, replaced);
    }

    Manner withEdit(LayerEdit other) {
      return new Manner(mode, compute, seed, remembered, Optional.of(other), replaced);
    }

    Manner withReplaced(Map<String, NDArray> other) {
      return new Manner(mode, compute, seed, remembered, edit, other);
    }

    /** Whether more is asked for than outputs. */
    boolean looksInside() {
      return remembered != ForwardPass.Remembered.NOTHING
          || edit.isPresent()
          || !replaced.isEmpty();
    }
  }

  /** The name of a layer of this architecture: the path its parameters are under. */
  default String layerName(Layer layer) {
    throw new UnsupportedOperationException("the layers of this network cannot be looked into");
  }

  /** The architecture of a part by its name. */
  default Part part(String name) {
    throw new IllegalArgumentException("the network is not made of parts");
  }

  /**
   * Adds to the parameters of the base what the adapters beside them say.
   *
   * @param ofBase (P of the base), in place
   * @param own (P)
   * @param factor of what is added
   */
  default void merge(NDArray ofBase, NDArray own, double factor) {
    throw new IllegalArgumentException("the network has no adapters to merge");
  }

  /**
   * A network within another.
   *
   * @param architecture of the part
   * @param parameter place of its first parameter in those of the whole
   * @param statistic place of its first other value
   */
  record Part(Architecture architecture, long parameter, long statistic) {
    /** What comes first in a function that adds something to it, under the name base. */
    static Part base(String name, Architecture base) {
      if (!name.equals("base")) {
        throw new IllegalArgumentException("no part is named \"" + name + "\"; known: base");
      }
      return new Part(base, 0, 0);
    }
  }

  /**
   * Outputs and, when recorded, what each layer took and gave.
   *
   * @param outputs of the function
   * @param pass the pass, which answers for parameters of the recorded layers
   * @param visits in order of computation
   */
  record Result(NDList outputs, ForwardPass pass, List<ForwardPass.Visit> visits) {
    /** Outputs of a function without layers to see. */
    static Result of(NDList outputs, Manner manner) {
      ForwardPass none =
          new ForwardPass(
              outputs.head().getManager(),
              Map.of(),
              manner.compute(),
              false,
              manner.seed(),
              ForwardPass.Remembered.NOTHING,
              Optional.empty());
      return new Result(outputs, none, List.of());
    }
  }
}
