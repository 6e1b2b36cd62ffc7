package org.erasus.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class SafetensorsPropertyTest {

  @Property(tries = 200)
  void whatIsWrittenIsRead(@ForAll("contents") Safetensors content) throws IOException {
    Path file = Files.createTempFile("erasus", ".safetensors");
    try {
      content.write(file);
      assertThat(Safetensors.read(file)).isEqualTo(content);
    } finally {
      Files.delete(file);
    }
  }

  @Provide
  Arbitrary<Safetensors> contents() {
    Arbitrary<String> text =
        Arbitraries.strings()
            .all()
            .excludeChars('\ufffe', '\uffff')
            .ofMaxLength(8)
            .filter(SafetensorsPropertyTest::isEncodable);
    Arbitrary<HostTensor> tensor =
        Arbitraries.of(DType.class)
            .flatMap(
                dtype ->
                    Arbitraries.longs()
                        .between(0, 4)
                        .list()
                        .ofMaxSize(3)
                        .map(shape -> new TensorSpec(dtype, shape)))
            .flatMap(
                spec ->
                    Arbitraries.bytes()
                        .array(byte[].class)
                        .ofSize((int) spec.byteSize())
                        .map(data -> HostTensor.wrap(spec, ByteBuffer.wrap(data))));
    return Arbitraries.maps(text, tensor)
        .ofMaxSize(6)
        .flatMap(
            tensors ->
                Arbitraries.maps(text, text)
                    .ofMaxSize(3)
                    .map(metadata -> new Safetensors(tensors, metadata)));
  }

  private static boolean isEncodable(String text) {
    return StandardCharsets.UTF_8.newEncoder().canEncode(text);
  }
}
