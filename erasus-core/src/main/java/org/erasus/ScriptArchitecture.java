package org.erasus;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.ScriptModule;
import org.erasus.engine.TorchOps;

/** A TorchScript module as a function of its weights. The module owns its tensors, so every network loads one of its own. */
final class ScriptArchitecture implements Architecture {
  private final byte[] archive;
  private final Shape rowShape;
  private final Device device;
  private final ScriptModule original;
  private final WeightLayout layout;
  private int users;

  ScriptArchitecture(byte[] archive, Shape rowShape, Device device) throws IOException {
    this.archive = archive;
    this.rowShape = rowShape;
    this.device = device;
    original = ScriptModule.load(archive, device);
    try {
      WeightLayout.Builder tensors = new WeightLayout.Builder();
      original.parameters().forEach((name, array) -> add(tensors, name, array, true));
      original.buffers().forEach((name, array) -> add(tensors, name, array, false));
      layout = tensors.build();
      if (layout.parameters() == 0) {
        throw new IOException(
            "the TorchScript module has no parameters: one that was frozen cannot be trained");
      }
    } catch (RuntimeException | IOException e) {
      original.close();
      throw e;
    }
  }

  private static void add(
      WeightLayout.Builder tensors, String name, NDArray array, boolean trainable) {
    if (array.getDataType() != DataType.FLOAT32) {
      throw new IllegalArgumentException(
          "tensor " + name + " must be float32, but is " + array.getDataType());
    }
    tensors.add(name, array.getShape(), trainable);
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
    return new Digest().update(rowShape.toString()).update(ByteBuffer.wrap(archive)).hex();
  }

  @Override
  public boolean supportsHalf() {
    return false;
  }

  /**
   * A script does not say how its weights were first drawn. They are drawn as PyTorch draws them for linear and convolution
   * layers, U(−1/√n, 1/√n) for n inputs of a unit and the same for a bias beside such a weight; one-dimensional weights are
   * taken for those of a normalisation and become 1, their biases 0; running means 0, running variances 1.
   */
  @Override
  public void initialize(NDArray parameters, NDArray statistics, long seed, boolean frozenToo) {
    try (GradMode off = GradMode.off();
        NDManager scope = EngineRuntime.newManager()) {
      List<NDArray> drawn =
          EngineGenerator.seeded(
              seed, () -> layout.tensors().stream().map(t -> draw(scope, t)).toList());
      for (int i = 0; i < drawn.size(); i++) {
        write(drawn.get(i), layout.tensors().get(i), parameters, statistics);
      }
    }
  }

  private NDArray draw(NDManager scope, WeightLayout.Tensor tensor) {
    String name = tensor.name();
    if (name.endsWith("running_var")) {
      return scope.ones(tensor.shape());
    }
    String prefix = name.substring(0, name.lastIndexOf('.') + 1);
    Optional<Shape> weight = layout.find(prefix + "weight").map(WeightLayout.Tensor::shape);
    boolean drawn = tensor.trainable() && weight.isPresent() && weight.get().dimension() > 1;
    if (drawn) {
      float bound = (float) (1 / Math.sqrt((double) weight.get().slice(1).size()));
      return scope.randomUniform(-bound, bound, tensor.shape());
    }
    return name.endsWith("weight") ? scope.ones(tensor.shape()) : scope.zeros(tensor.shape());
  }

  /** Writes the values that the function came with. */
  void writeOriginal(NDArray parameters, NDArray statistics) {
    try (GradMode off = GradMode.off()) {
      for (WeightLayout.Tensor tensor : layout.tensors()) {
        write(of(original, tensor), tensor, parameters, statistics);
      }
    }
  }

  private static void write(
      NDArray values, WeightLayout.Tensor tensor, NDArray parameters, NDArray statistics) {
    try (NDArray view =
        TorchOps.view(
            tensor.trainable() ? parameters : statistics, tensor.offset(), tensor.shape())) {
      TorchOps.copyInPlace(view, values);
    }
  }

  private static NDArray of(ScriptModule module, WeightLayout.Tensor tensor) {
    Map<String, NDArray> tensors = tensor.trainable() ? module.parameters() : module.buffers();
    NDArray array = tensors.get(tensor.name());
    if (array == null) {
      throw new IllegalStateException("the module has no tensor " + tensor.name());
    }
    return array;
  }

  @Override
  public Bound bind(NDManager manager, NDArray parameters, NDArray statistics) {
    ScriptModule module;
    try {
      module = ScriptModule.load(archive, device);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    try (GradMode off = GradMode.off()) {
      for (WeightLayout.Tensor tensor : layout.tensors()) {
        NDArray flat = tensor.trainable() ? parameters : statistics;
        ScriptModule.aliasInPlace(of(module, tensor), flat, tensor.offset());
      }
    }
    return new BoundScript(module);
  }

  /** A module whose tensors are windows on the buffers of a network. */
  private final class BoundScript implements Bound {
    private final ScriptModule module;

    BoundScript(ScriptModule module) {
      this.module = module;
    }

    @Override
    public NDArray[] trainable() {
      return layout.trainable().stream().map(t -> of(module, t)).toArray(NDArray[]::new);
    }

    @Override
    public Result forward(NDList inputs, Manner manner) {
      if (manner.looksInside()) {
        throw new UnsupportedOperationException(
            "the layers of a TorchScript module cannot be looked into: features and per-row gradients need a"
                + " network made of blocks");
      }
      // A script knows one switch only: fixed statistics mean evaluation there.
      NDList outputs =
          manner.mode() == Network.Mode.TRAIN
              ? EngineGenerator.seeded(manner.seed(), () -> module.forward(inputs, true))
              : module.forward(inputs, false);
      return Result.of(outputs, manner);
    }

    @Override
    public void write(OutputStream out) throws IOException {
      module.write(out);
    }

    @Override
    public void close() {
      module.close();
    }
  }

  @Override
  public synchronized void open() {
    users++;
  }

  @Override
  public synchronized void close() {
    if (--users == 0) {
      original.close();
    }
  }
}
