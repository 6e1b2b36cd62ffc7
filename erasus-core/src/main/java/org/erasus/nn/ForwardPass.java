package org.erasus.nn;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One pass of inputs through a block: which arrays stand for its parameters, how to compute, and what to remember.
 *
 * <p>DJL asks a {@link ParameterStore} for the value of every parameter, so a block is a function of the weights it is
 * given: many networks share one block, each with weights of its own, in as many threads.
 *
 * <p>Layers of this package run in a plain DJL trainer too; there they compute in 32 bits and remember nothing.
 */
public final class ForwardPass extends ParameterStore {
  private final Map<Parameter, NDArray> arrays;
  private final Compute compute;
  private final boolean batchStatistics;
  private final long seed;
  private final Remembered remembered;
  private final List<Visit> visits = new ArrayList<>();
  private final Optional<LayerEdit> edit;
  private @Nullable NDArray keptBack;
  private int draws;

  /** Which visits to layers a pass remembers. */
  public enum Remembered {
    /** None: what layers give is freed once it was used. */
    NOTHING,
    /** The last, with its input; what other layers give is freed. */
    LAST,
    /** All, with everything they took and gave. */
    ALL
  }

  /**
   * Prepares a pass.
   *
   * @param manager for what DJL's own blocks may want to create
   * @param arrays the value of every parameter
   * @param compute how to multiply and lay out
   * @param batchStatistics whether batch normalisation may use and count the statistics of a training batch
   * @param seed of the random choices in this pass (dropout)
   * @param remembered of what goes in and out of layers
   * @param edit what is done to what layers give; what is remembered is what they hand on
   */
  public ForwardPass(
      NDManager manager,
      Map<Parameter, NDArray> arrays,
      Compute compute,
      boolean batchStatistics,
      long seed,
      Remembered remembered,
      Optional<LayerEdit> edit) {
    super(manager, false);
    this.arrays = arrays;
    this.compute = compute;
    this.batchStatistics = batchStatistics;
    this.seed = seed;
    this.remembered = remembered;
    this.edit = edit;
  }

  /** The value of a parameter, or null for none: DJL's layers ask for the bias they were built without. */
  @Override
  public @Nullable NDArray getValue(
      @Nullable Parameter parameter, Device device, boolean training) {
    if (parameter == null) {
      return null;
    }
    NDArray array = arrays.get(parameter);
    if (array == null) {
      throw new IllegalArgumentException(
          "parameter " + parameter.getName() + " is not one of this network's");
    }
    return array;
  }

  /**
   * What a layer took and gave, in the order of computation.
   *
   * @param layer the layer
   * @param input its first input
   * @param output its first output
   */
  public record Visit(Layer layer, NDArray input, NDArray output) {}

  /** The visits remembered. */
  public List<Visit> visits() {
    return List.copyOf(visits);
  }

  static boolean half(ParameterStore store) {
    return store instanceof ForwardPass pass && pass.compute.precision() == Precision.BF16;
  }

  static boolean batchStatistics(ParameterStore store, boolean training) {
    return training && !(store instanceof ForwardPass pass && !pass.batchStatistics);
  }

  /** A seed for the next random choice of this pass, when it has one of its own. */
  static Optional<Long> nextSeed(ParameterStore store) {
    return store instanceof ForwardPass pass
        ? Optional.of(pass.seed * 0x9E3779B97F4A7C15L + pass.draws++)
        : Optional.empty();
  }

  /**
   * Frees what an inner layer gave once the next has used it; the engine keeps what a backward pass needs. Without this all
   * activations of a batch would live until the batch is closed.
   */
  static void release(ParameterStore store, NDList used, NDList inputs, NDList result) {
    if (store instanceof ForwardPass pass && pass.remembered != Remembered.ALL) {
      for (NDArray array : used) {
        if (!holds(inputs, array) && !holds(result, array)) {
          pass.free(array);
        }
      }
    }
  }

  /** What the last layer took is kept until another one is the last. */
  private void free(NDArray array) {
    if (!visits.isEmpty() && same(visits.get(0).input(), array)) {
      keptBack = array;
    } else {
      array.close();
    }
  }

  /** By identity: equals of an array compares its values. */
  private static boolean holds(NDList list, NDArray array) {
    return list.stream().anyMatch(held -> same(held, array));
  }

  private static boolean same(NDArray a, NDArray b) {
    return a.getUid().equals(b.getUid());
  }

  /** Changes an output as the pass says, remembers the visit if the pass records, and hands the output on. */
  static NDArray visit(ParameterStore store, Layer layer, NDArray input, NDArray output) {
    if (!(store instanceof ForwardPass pass)) {
      return output;
    }
    NDArray given = pass.edit.map(change -> change.apply(layer, output)).orElse(output);
    if (pass.remembered == Remembered.LAST) {
      pass.visits.clear();
      if (pass.keptBack != null) {
        pass.keptBack.close();
        pass.keptBack = null;
      }
    }
    if (pass.remembered != Remembered.NOTHING) {
      pass.visits.add(new Visit(layer, input, given));
    }
    return given;
  }
}
