package org.erasus.engine;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A TorchScript module with all its tensors in reach, running statistics included, and free to live in buffers of ours.
 *
 * <p>DJL shows the parameters of a loaded module but not its buffers; a method added to the module's code before loading
 * hands them out (see {@link ScriptArchive}).
 */
public final class ScriptModule implements AutoCloseable {
  private final NDManager manager;
  private final PtSymbolBlock block;
  private final Map<String, NDArray> parameters = new LinkedHashMap<>();
  private final Map<String, NDArray> buffers = new LinkedHashMap<>();
  private final Map<String, String> layers;

  private ScriptModule(NDManager manager, PtSymbolBlock block, ScriptArchive archive) {
    this.manager = manager;
    this.block = block;
    layers = archive.layers();
    for (NDArray parameter : JniUtils.moduleGetParams(block, (PtNDManager) manager)) {
      parameters.put(parameter.getName(), parameter);
    }
    try (IValue result = Script.run(block, ScriptArchive.BUFFERS)) {
      PtNDArray[] arrays = result.toTensorArray((PtNDManager) manager);
      for (int i = 0; i < arrays.length; i++) {
        buffers.put(archive.bufferNames().get(i), arrays[i]);
      }
    }
  }

  /**
   * Loads a module.
   *
   * @param archive the bytes of a file written by {@code torch.jit.save}
   * @throws IOException when they are not such a file
   */
  public static ScriptModule load(byte[] archive, Device device) throws IOException {
    EngineRuntime.start();
    ScriptArchive withBuffers = ScriptArchive.of(archive);
    // Only loading from a file lets parameters be trained.
    Path file = Files.createTempFile("erasus-", ".pt");
    NDManager manager = EngineRuntime.newManager().newSubManager(device);
    try (GradMode off = GradMode.off()) {
      Files.write(file, withBuffers.bytes());
      PtSymbolBlock block =
          JniUtils.loadModule(
              (PtNDManager) manager, file, true, new String[0], new String[0], true);
      return new ScriptModule(manager, block, withBuffers);
    } catch (RuntimeException | IOException | Error e) {
      manager.getParentManager().close();
      throw e;
    } finally {
      Files.deleteIfExists(file);
    }
  }

  /** The parameters by name, as in PyTorch, those without a gradient among them; borrowed and live. */
  public Map<String, NDArray> parameters() {
    return Collections.unmodifiableMap(parameters);
  }

  /** The 32-bit buffers by name, such as running statistics; borrowed and live. */
  public Map<String, NDArray> buffers() {
    return Collections.unmodifiableMap(buffers);
  }

  /**
   * Classes of the layers that are PyTorch's own, such as {@code Linear}, by their paths with a dot at the end, such as {@code
   * head.0.}; that of the root is empty.
   */
  public Map<String, String> layers() {
    return Collections.unmodifiableMap(layers);
  }

  /** Makes a tensor of the module a window on a slice of a flat buffer; its own values are dropped. */
  public static void aliasInPlace(NDArray tensor, NDArray flat, long offset) {
    TorchOps.aliasInPlace(tensor, flat, offset);
  }

  /**
   * Runs the module.
   *
   * @param training whether it normalises by batch statistics and drops out
   */
  public NDList forward(NDList inputs, boolean training) {
    if (training) {
      JniUtils.enableTrainingMode(block);
    } else {
      JniUtils.enableInferenceMode(block);
    }
    List<IValue> arguments = new ArrayList<>();
    try {
      for (NDArray input : inputs) {
        arguments.add(IValue.from((PtNDArray) input));
      }
      try (IValue result = Script.run(block, "forward", arguments.toArray(IValue[]::new))) {
        return new NDList(result.toTensor((PtNDManager) inputs.head().getManager()));
      }
    } finally {
      arguments.forEach(IValue::close);
    }
  }

  /**
   * Writes the module, with the values its tensors have now, in the format of {@code torch.jit.save}. Whatever fails, the
   * tensors are windows on the same buffers afterwards.
   */
  public void write(OutputStream out) throws IOException {
    out.write(ScriptArchive.withoutBuffersMethod(bytes()));
  }

  private byte[] bytes() throws IOException {
    List<NDArray> tensors = new ArrayList<>(parameters.values());
    tensors.addAll(buffers.values());
    // Windows on one storage would be written as such: each tensor gets its own while writing.
    List<NDArray> windows = new ArrayList<>();
    try (NDManager scope = manager.newSubManager();
        GradMode off = GradMode.off()) {
      try {
        for (NDArray tensor : tensors) {
          NDArray window = tensor.stopGradient();
          window.attach(scope);
          windows.add(window);
          TorchOps.ownInPlace(tensor);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        JniUtils.writeModule(block, bytes, false);
        return bytes.toByteArray();
      } finally {
        for (int i = 0; i < windows.size(); i++) {
          TorchOps.aliasInPlace(tensors.get(i), windows.get(i).flatten(), 0);
        }
      }
    }
  }

  @Override
  public void close() {
    block.close();
    manager.getParentManager().close();
  }
}
