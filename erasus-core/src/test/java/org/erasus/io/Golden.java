package org.erasus.io;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Objects;
import java.util.stream.StreamSupport;

/** Finds the files that the scripts under {@code src/test/golden} wrote. */
public final class Golden {
  private Golden() {}

  public static Path file(String name) {
    try {
      return Path.of(
          Objects.requireNonNull(Golden.class.getResource("/golden/" + name), name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  public static JsonNode json(String name) {
    try {
      return new ObjectMapper().readTree(file(name).toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A tensor as tensors.py writes it down. */
  static HostTensor tensor(JsonNode described) {
    long[] shape =
        StreamSupport.stream(described.get("shape").spliterator(), false)
            .mapToLong(JsonNode::longValue)
            .toArray();
    return HostTensor.wrap(
        TensorSpec.of(DType.of(described.get("dtype").textValue()), shape),
        ByteBuffer.wrap(HexFormat.of().parseHex(described.get("bytes").textValue())));
  }

  /** The bits that PyTorch's conversion to float32 gave; NaN as the quiet one. */
  static int[] floatBits(JsonNode described) {
    return StreamSupport.stream(described.get("floatBits").spliterator(), false)
        .mapToInt(bits -> Integer.parseUnsignedInt(bits.textValue(), 16))
        .toArray();
  }
}
