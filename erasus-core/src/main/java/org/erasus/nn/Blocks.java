package org.erasus.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.SymbolBlock;
import ai.djl.nn.convolutional.Convolution;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.training.ParameterStore;
import ai.djl.util.Pair;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.erasus.engine.TorchOps;

/** Walks trees of blocks, ours and DJL's. */
public final class Blocks {
  private Blocks() {}

  /**
   * All parameters by name: {@code layer1.0.conv1.weight} where the blocks name their children, DJL's own names (such as
   * {@code 01Linear.weight}) elsewhere.
   */
  public static List<Pair<String, Parameter>> parameters(Block block) {
    List<Pair<String, Parameter>> found = new ArrayList<>();
    collect(block, "", found);
    return found;
  }

  private static void collect(Block block, String prefix, List<Pair<String, Parameter>> found) {
    for (Pair<String, Parameter> direct : block.getDirectParameters()) {
      found.add(new Pair<>(prefix + direct.getKey(), direct.getValue()));
    }
    if (block instanceof NamedBlocks named) {
      named
          .namedBlocks()
          .forEach(
              (name, child) ->
                  collect(child, name.isEmpty() ? prefix : prefix + name + ".", found));
    } else {
      for (Pair<String, Block> child : block.getChildren()) {
        collect(child.getValue(), prefix + child.getKey() + ".", found);
      }
    }
  }

  /**
   * Refuses a tree with a symbol block, such as a TorchScript module that DJL loaded: it computes with tensors of its own,
   * whatever weights it is given, so it would neither learn nor forget.
   *
   * @throws IllegalArgumentException naming the block and the remedy
   */
  public static void requireFunctionOfWeights(Block block) {
    if (block instanceof SymbolBlock) {
      throw new IllegalArgumentException(
          "a "
              + block.getClass().getSimpleName()
              + " computes with tensors of its own, so weights cannot be given to it: load the TorchScript file with"
              + " Network.fromTorchScript(file, rowShape)");
    }
    block.getChildren().values().forEach(Blocks::requireFunctionOfWeights);
  }

  /** Whether every block with parameters is of this package, so that all options of {@link Compute} apply. */
  public static boolean allOurs(Block block) {
    boolean own = block.getDirectParameters().isEmpty() || block instanceof Layer;
    return own && block.getChildren().values().stream().allMatch(Blocks::allOurs);
  }

  /** Whether training may draw from the engine's one random generator, as DJL's dropout does. */
  public static boolean mayDrawFromEngine(Block block) {
    boolean known =
        block instanceof Layer
            || block instanceof NamedBlocks
            || block instanceof Dropout
            || block instanceof LambdaBlock
            || block instanceof SequentialBlock
            || block instanceof ParallelBlock
            || block instanceof ai.djl.nn.core.Linear
            || block instanceof Convolution
            || block instanceof BatchNorm;
    return !known || block.getChildren().values().stream().anyMatch(Blocks::mayDrawFromEngine);
  }

  /**
   * Tells the types, settings, names and shapes of a tree, the same for equal architectures, in every JVM.
   *
   * <p>Of a function there is its name to tell, if it was given one or has a class of its own; one lambda looks like another.
   * Of blocks that are neither DJL's usual ones nor {@link Described} there are type and shapes.
   */
  public static void describe(Block block, Consumer<String> sink) {
    sink.accept(block.getClass().getName());
    sink.accept(settings(block));
    for (Pair<String, Parameter> direct : block.getDirectParameters()) {
      sink.accept(direct.getKey() + direct.getValue().getShape());
    }
    for (Pair<String, Block> child : block.getChildren()) {
      sink.accept(child.getKey());
      describe(child.getValue(), sink);
    }
  }

  private static String settings(Block block) {
    if (block instanceof Described described) {
      return described.settings();
    }
    if (block instanceof LambdaBlock function) {
      // the name of a lambda is made up by the JVM and different in the next
      return function.getName().contains("$$Lambda") ? "" : function.getName();
    }
    return DjlFields.settings(block);
  }

  /**
   * Runs a block so that the pass sees every layer, DJL's linear, convolution and batch
   * normalisation blocks in sequences included.
   *
   * @param training DJL's switch: batch statistics and dropout
   * @throws UnsupportedOperationException for a block with parameters that cannot be looked into, naming it
   */
  public static NDList forward(Block block, ForwardPass pass, NDList inputs, boolean training) {
    if (allOurs(block)) {
      return block.forward(pass, inputs, training);
    }
    if (block instanceof SequentialBlock) {
      NDList x = inputs;
      for (Block child : block.getChildren().values()) {
        NDList y = forward(child, pass, x, training);
        ForwardPass.release(pass, x, inputs, y);
        x = y;
      }
      return x;
    }
    Layer layer;
    if (block instanceof ai.djl.nn.core.Linear) {
      layer = new DjlLinear(block);
    } else if (block instanceof ai.djl.nn.convolutional.Conv2d convolution) {
      layer = new DjlConv2d(block, DjlFields.square(convolution));
    } else if (block instanceof BatchNorm) {
      layer = new DjlBatchNorm(block);
    } else {
      throw new UnsupportedOperationException(
          String.format(
              Locale.ROOT,
              "cannot see into a %s with its own parameters: per-row gradients and features need layers of"
                  + " org.erasus.nn, or DJL's Linear, Conv2d and BatchNorm in SequentialBlocks",
              block.getClass().getName()));
    }
    NDArray x = inputs.singletonOrThrow();
    NDArray y = block.forward(pass, inputs, training).singletonOrThrow();
    return new NDList(ForwardPass.visit(pass, layer, x, y));
  }

  private static NDArray value(Block block, String name, ParameterStore store, NDArray like) {
    return store.getValue(block.getDirectParameters().get(name), like.getDevice(), false);
  }

  private static Map<Parameter, NDArray> ofBoth(
      Block block, String first, NDArray ofFirst, String second, Supplier<NDArray> ofSecond) {
    Map<Parameter, NDArray> both = new HashMap<>();
    both.put(block.getDirectParameters().get(first), ofFirst);
    if (block.getDirectParameters().contains(second)) {
      both.put(block.getDirectParameters().get(second), ofSecond.get());
    }
    return both;
  }

  private record DjlLinear(Block block) implements Layer {
    @Override
    public Optional<Unfolded> unfolded(NDArray input, NDArray gradient) {
      boolean bias = block.getDirectParameters().size() > 1;
      return Optional.of(
          new Unfolded(TorchOps.linearInputs(input, bias), TorchOps.linearOutputs(gradient)));
    }

    @Override
    public NDArray output(ParameterStore store, NDArray input) {
      return block.forward(store, new NDList(input), false).singletonOrThrow();
    }

    @Override
    public List<Parameter> layerParameters() {
      return block.getDirectParameters().values();
    }

    @Override
    public NDArray squaredGradientNorms(ParameterStore store, NDArray input, NDArray gradient) {
      if (input.getShape().dimension() != 2) {
        throw new UnsupportedOperationException(
            "per-row gradients of DJL's Linear need inputs (B, D), but got " + input.getShape());
      }
      NDArray norms = TorchOps.linearNorms(input, gradient);
      boolean bias = block.getDirectParameters().size() > 1;
      return bias ? norms : norms.subi(gradient.square().sum(new int[] {1}));
    }

    @Override
    public Map<Parameter, NDArray> sumOfSquaredGradients(
        ParameterStore store, NDArray input, NDArray gradient) {
      return ofBoth(
          block,
          "weight",
          TorchOps.linearSquares(input, gradient),
          "bias",
          () -> TorchOps.linearBiasSquares(gradient));
    }

    @Override
    public Map<Parameter, NDArray> rowGradients(
        ParameterStore store, NDArray input, NDArray gradient) {
      return ofBoth(
          block,
          "weight",
          TorchOps.linearRows(input, gradient),
          "bias",
          () -> TorchOps.linearBiasRows(gradient));
    }
  }

  private record DjlBatchNorm(Block block) implements Layer {
    @Override
    public NDArray output(ParameterStore store, NDArray input) {
      return block.forward(store, new NDList(input), false).singletonOrThrow();
    }

    @Override
    public List<Parameter> layerParameters() {
      return block.getDirectParameters().values();
    }

    @Override
    public NDArray squaredGradientNorms(ParameterStore store, NDArray input, NDArray gradient) {
      return TorchOps.batchNormNorms(
          input,
          gradient,
          value(block, "runningMean", store, input),
          value(block, "runningVar", store, input),
          DjlFields.epsilon((BatchNorm) block));
    }

    @Override
    public Map<Parameter, NDArray> sumOfSquaredGradients(
        ParameterStore store, NDArray input, NDArray gradient) {
      NDArray ofGamma =
          TorchOps.batchNormSquares(
              input,
              gradient,
              value(block, "runningMean", store, input),
              value(block, "runningVar", store, input),
              DjlFields.epsilon((BatchNorm) block));
      return ofBoth(block, "gamma", ofGamma, "beta", () -> TorchOps.biasSquares(gradient));
    }

    @Override
    public Map<Parameter, NDArray> rowGradients(
        ParameterStore store, NDArray input, NDArray gradient) {
      NDArray ofGamma =
          TorchOps.batchNormRows(
              input,
              gradient,
              value(block, "runningMean", store, input),
              value(block, "runningVar", store, input),
              DjlFields.epsilon((BatchNorm) block));
      return ofBoth(block, "gamma", ofGamma, "beta", () -> TorchOps.biasRows(gradient));
    }
  }

  private record DjlConv2d(Block block, DjlFields.Square sizes) implements Layer {
    @Override
    public Optional<Unfolded> unfolded(NDArray input, NDArray gradient) {
      boolean bias = block.getDirectParameters().size() > 1;
      return Optional.of(
          new Unfolded(
              TorchOps.convInputs(input, sizes.kernel(), sizes.stride(), sizes.padding(), bias),
              TorchOps.convOutputs(gradient)));
    }

    @Override
    public NDArray output(ParameterStore store, NDArray input) {
      return block.forward(store, new NDList(input), false).singletonOrThrow();
    }

    @Override
    public List<Parameter> layerParameters() {
      return block.getDirectParameters().values();
    }

    @Override
    public NDArray squaredGradientNorms(ParameterStore store, NDArray input, NDArray gradient) {
      NDArray norms =
          TorchOps.convNorms(input, gradient, sizes.kernel(), sizes.stride(), sizes.padding());
      boolean bias = block.getDirectParameters().size() > 1;
      return bias ? norms.addi(TorchOps.biasNorms(gradient)) : norms;
    }

    @Override
    public Map<Parameter, NDArray> sumOfSquaredGradients(
        ParameterStore store, NDArray input, NDArray gradient) {
      return ofBoth(
          block,
          "weight",
          TorchOps.convSquares(input, gradient, sizes.kernel(), sizes.stride(), sizes.padding()),
          "bias",
          () -> TorchOps.biasSquares(gradient));
    }

    @Override
    public Map<Parameter, NDArray> rowGradients(
        ParameterStore store, NDArray input, NDArray gradient) {
      return ofBoth(
          block,
          "weight",
          TorchOps.convRows(input, gradient, sizes.kernel(), sizes.stride(), sizes.padding()),
          "bias",
          () -> TorchOps.biasRows(gradient));
    }
  }
}
