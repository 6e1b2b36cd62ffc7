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
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
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
      original
          .parameters()
          .forEach((name, array) -> add(tensors, name, array, array.hasGradient()));
      original.buffers().forEach((name, array) -> add(tensors, name, array, false));
      layout = tensors.build();
      if (layout.parameters() == 0) {
        throw new IOException(
            "the TorchScript module has no trainable parameters: one that was frozen cannot be trained");
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
   * Draws the weights of PyTorch's own layers as {@link TorchDefaults} says. Frozen parameters, buffers that are no running
   * statistics of such layers, and statistics of layers before the first trainable one keep their values.
   *
   * @throws UnsupportedOperationException before any value is written, naming the trainable tensors of other modules
   */
  @Override
  public void initialize(NDArray parameters, NDArray statistics, long seed, boolean frozenToo) {
    List<WeightLayout.Tensor> fresh =
        layout.tensors().stream()
            .filter(
                t -> frozenToo || t.trainable() || (isRunningStatistic(t) && isBehindTrainable(t)))
            .toList();
    List<TorchDefaults.Start> starts = starts(fresh);
    try (GradMode off = GradMode.off();
        NDManager scope = EngineRuntime.newManager()) {
      List<NDArray> drawn =
          EngineGenerator.seeded(
              seed,
              () ->
                  IntStream.range(0, fresh.size())
                      .mapToObj(i -> starts.get(i).draw(scope, fresh.get(i).shape()))
                      .toList());
      for (int i = 0; i < drawn.size(); i++) {
        write(drawn.get(i), fresh.get(i), parameters, statistics);
      }
    }
  }

  private List<TorchDefaults.Start> starts(List<WeightLayout.Tensor> tensors) {
    List<TorchDefaults.Start> starts = new ArrayList<>();
    List<String> unknown = new ArrayList<>();
    for (WeightLayout.Tensor tensor : tensors) {
      TorchDefaults.of(layer(tensor), path(tensor), ownName(tensor), layout)
          .ifPresentOrElse(starts::add, () -> unknown.add(tensor.name()));
    }
    if (!unknown.isEmpty()) {
      throw new UnsupportedOperationException(
          "fresh weights cannot be drawn for "
              + String.join(", ", unknown)
              + ": a TorchScript module does not say how its weights were first drawn, and these are of no layer of torch.nn"
              + " whose start is known. Make them frozen before saving (requires_grad = False), so that they keep their"
              + " values, or use a network made of blocks");
    }
    return starts;
  }

  private boolean isRunningStatistic(WeightLayout.Tensor tensor) {
    return TorchDefaults.isRunningStatistic(layer(tensor), ownName(tensor));
  }

  /** Parameters stand before all buffers, so the place of a layer is that of its first tensor. */
  private boolean isBehindTrainable(WeightLayout.Tensor statistic) {
    return layout.tensors().stream()
        .takeWhile(t -> !path(t).equals(path(statistic)) || t.trainable())
        .anyMatch(WeightLayout.Tensor::trainable);
  }

  private String layer(WeightLayout.Tensor tensor) {
    return original.layers().getOrDefault(path(tensor), "");
  }

  private static String path(WeightLayout.Tensor tensor) {
    return tensor.name().substring(0, tensor.name().lastIndexOf('.') + 1);
  }

  private static String ownName(WeightLayout.Tensor tensor) {
    return tensor.name().substring(tensor.name().lastIndexOf('.') + 1);
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
    NDArray array = module.parameters().get(tensor.name());
    if (array == null) {
      array = module.buffers().get(tensor.name());
    }
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
