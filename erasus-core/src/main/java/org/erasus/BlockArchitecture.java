package org.erasus;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;
import org.erasus.nn.Blocks;
import org.erasus.nn.ForwardPass;
import org.erasus.nn.Layer;

/** A DJL block as a function of its parameters. */
final class BlockArchitecture implements Architecture {
  private final Block block;
  private final Shape rowShape;
  private final NDManager manager;
  private final boolean owned;
  private final WeightLayout layout;
  private final List<Parameter> parameters = new ArrayList<>();
  private final boolean ours;
  private final boolean drawsFromEngine;
  private int users;

  private BlockArchitecture(Block block, Shape rowShape, NDManager manager, boolean owned) {
    this.block = block;
    this.rowShape = rowShape;
    this.manager = manager;
    this.owned = owned;
    WeightLayout.Builder tensors = new WeightLayout.Builder();
    for (Pair<String, Parameter> named : Blocks.parameters(block)) {
      Parameter parameter = named.getValue();
      NDArray array = parameter.getArray();
      if (array.getDataType() != DataType.FLOAT32) {
        throw new IllegalArgumentException(
            "parameter " + named.getKey() + " must be float32, but is " + array.getDataType());
      }
      parameters.add(parameter);
      tensors.add(named.getKey(), array.getShape(), parameter.requiresGradient());
    }
    layout = tensors.build();
    if (layout.parameters() == 0) {
      throw new IllegalArgumentException("the block has no trainable parameters");
    }
    ours = Blocks.allOurs(block);
    drawsFromEngine = Blocks.mayDrawFromEngine(block);
  }

  /** A block without weights yet. */
  static BlockArchitecture of(Block block, Shape rowShape) {
    EngineRuntime.start();
    Blocks.requireFunctionOfWeights(block);
    NDManager manager = EngineRuntime.newManager();
    try (GradMode off = GradMode.off()) {
      // The values drawn here are never used, but drawing them would disturb whoever else draws.
      return EngineGenerator.seeded(
          0,
          () -> {
            block.initialize(manager, DataType.FLOAT32, new Shape(1).addAll(rowShape));
            return new BlockArchitecture(block, rowShape, manager, true);
          });
    } catch (RuntimeException | Error e) {
      manager.close();
      throw e;
    }
  }

  /** A block that belongs to a DJL model and has weights. */
  static BlockArchitecture borrowed(Block block, Shape rowShape) {
    EngineRuntime.start();
    Blocks.requireFunctionOfWeights(block);
    if (!block.isInitialized()) {
      throw new IllegalArgumentException(
          "the model has no weights yet: train or load it first, or use Network.of(block, shape, seed)");
    }
    return new BlockArchitecture(block, rowShape, EngineRuntime.newManager(), false);
  }

  @Override
  public WeightLayout layout() {
    return layout;
  }

  @Override
  public Shape rowShape() {
    return rowShape;
  }

  @Override
  public String description() {
    Digest digest = new Digest().update(rowShape.toString());
    Blocks.describe(block, digest::update);
    return digest.hex();
  }

  @Override
  public boolean supportsHalf() {
    return ours;
  }

  @Override
  public void initialize(NDArray flat, NDArray statistics, long seed, boolean frozenToo) {
    try (GradMode off = GradMode.off();
        NDManager scope = EngineRuntime.newManager()) {
      List<NDArray> drawn = EngineGenerator.seeded(seed, () -> draw(scope));
      boolean trained = false;
      for (int i = 0; i < parameters.size(); i++) {
        Parameter parameter = parameters.get(i);
        trained |= parameter.requiresGradient();
        boolean own = parameter.requiresGradient() || (trained && isRunningStatistic(parameter));
        if (frozenToo || own) {
          write(drawn.get(i), layout.tensors().get(i), flat, statistics);
        }
      }
    }
  }

  private List<NDArray> draw(NDManager scope) {
    List<NDArray> drawn = new ArrayList<>();
    for (Parameter parameter : parameters) {
      drawn.add(
          parameter.getInitializer().initialize(scope, parameter.getShape(), DataType.FLOAT32));
    }
    return drawn;
  }

  static boolean isRunningStatistic(Parameter parameter) {
    return parameter.getType() == Parameter.Type.RUNNING_MEAN
        || parameter.getType() == Parameter.Type.RUNNING_VAR;
  }

  /** Writes the values that the function came with. */
  void writeOriginal(NDArray flat, NDArray statistics) {
    try (GradMode off = GradMode.off()) {
      for (int i = 0; i < parameters.size(); i++) {
        write(parameters.get(i).getArray(), layout.tensors().get(i), flat, statistics);
      }
    }
  }

  /** Writes flat buffers into the block's own arrays. */
  void applyToBlock(NDArray flat, NDArray statistics) {
    try (GradMode off = GradMode.off()) {
      for (int i = 0; i < parameters.size(); i++) {
        try (NDArray view = view(layout.tensors().get(i), flat, statistics)) {
          TorchOps.copyInPlace(parameters.get(i).getArray(), view);
        }
      }
    }
  }

  Block block() {
    return block;
  }

  private static void write(
      NDArray values, WeightLayout.Tensor tensor, NDArray flat, NDArray statistics) {
    try (NDArray view = view(tensor, flat, statistics)) {
      TorchOps.copyInPlace(view, values);
    }
  }

  private static NDArray view(WeightLayout.Tensor tensor, NDArray flat, NDArray statistics) {
    return TorchOps.view(tensor.trainable() ? flat : statistics, tensor.offset(), tensor.shape());
  }

  @Override
  public Bound bind(NDManager owner, NDArray flat, NDArray statistics) {
    Map<Parameter, NDArray> arrays = new HashMap<>();
    List<NDArray> trainable = new ArrayList<>();
    try (GradMode off = GradMode.off()) {
      for (int i = 0; i < parameters.size(); i++) {
        NDArray view = view(layout.tensors().get(i), flat, statistics);
        view.attach(owner);
        arrays.put(parameters.get(i), view);
        if (layout.tensors().get(i).trainable()) {
          view.setRequiresGradient(true);
          trainable.add(view);
        }
      }
    }
    return new BoundBlock(arrays, trainable.toArray(NDArray[]::new));
  }

  private final class BoundBlock implements Bound {
    private final Map<Parameter, NDArray> arrays;
    private final NDArray[] trainable;

    BoundBlock(Map<Parameter, NDArray> arrays, NDArray[] trainable) {
      this.arrays = arrays;
      this.trainable = trainable;
    }

    @Override
    public NDArray[] trainable() {
      return trainable;
    }

    @Override
    public Result forward(NDList inputs, Manner manner) {
      boolean training = manner.mode() != Network.Mode.EVALUATE;
      boolean batchStatistics = manner.mode() == Network.Mode.TRAIN;
      boolean look =
          manner.remembered() != ForwardPass.Remembered.NOTHING || manner.edit().isPresent();
      ForwardPass pass =
          new ForwardPass(
              inputs.head().getManager(),
              values(manner.replaced()),
              manner.compute(),
              batchStatistics,
              manner.seed(),
              manner.remembered(),
              manner.edit());
      // Blocks of other makers know one switch only: fixed statistics mean evaluation there.
      boolean flag = training && (batchStatistics || ours);
      Supplier<NDList> run =
          () ->
              look ? Blocks.forward(block, pass, inputs, flag) : block.forward(pass, inputs, flag);
      NDList outputs =
          flag && drawsFromEngine ? EngineGenerator.seeded(manner.seed(), run) : run.get();
      return new Result(outputs, pass, pass.visits());
    }

    private Map<Parameter, NDArray> values(Map<String, NDArray> replaced) {
      if (replaced.isEmpty()) {
        return arrays;
      }
      Map<Parameter, NDArray> values = new HashMap<>(arrays);
      for (int i = 0; i < parameters.size(); i++) {
        NDArray other = replaced.get(layout.tensors().get(i).name());
        if (other != null) {
          values.put(parameters.get(i), other);
        }
      }
      return values;
    }
  }

  @Override
  public String layerName(Layer layer) {
    Parameter first = layer.layerParameters().get(0);
    for (int i = 0; i < parameters.size(); i++) {
      if (parameters.get(i).equals(first)) {
        return layout.tensors().get(i).path();
      }
    }
    throw new IllegalArgumentException("the layer is not one of this network's");
  }

  @Override
  public synchronized void open() {
    users++;
  }

  @Override
  public synchronized void close() {
    if (--users == 0) {
      if (owned) {
        block.clear();
      }
      manager.close();
    }
  }
}
