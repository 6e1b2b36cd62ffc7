package org.erasus.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ScriptModuleTest {
  /** As on a full disk. */
  private static final class Full extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      throw new IOException("No space left on device");
    }
  }

  @Test
  void aModuleThatCouldNotBeWrittenStillLivesInItsBuffer() throws IOException {
    byte[] archive =
        Files.readAllBytes(Path.of("src/test/resources/golden/torchscript_scripted.pt"));
    try (ScriptModule module = ScriptModule.load(archive, Device.cpu());
        NDManager manager = EngineRuntime.newManager();
        GradMode off = GradMode.off()) {
      NDArray tensor = module.parameters().values().iterator().next();
      NDArray flat = manager.zeros(new Shape(tensor.size()));
      ScriptModule.aliasInPlace(tensor, flat, 0);
      assertThatIOException()
          .isThrownBy(() -> module.write(new Full()))
          .withMessage("No space left on device");
      flat.addi(1);
      assertThat(tensor.sum().getFloat()).isEqualTo((float) tensor.size());
    }
  }
}
