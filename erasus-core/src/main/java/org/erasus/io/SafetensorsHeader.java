package org.erasus.io;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The header of a safetensors file: which tensor lies where in the data that follows it. An instance covers the data
 * without a hole or an overlap.
 *
 * @param entries in the order of the data
 * @param metadata free text by key
 */
record SafetensorsHeader(List<Entry> entries, Map<String, String> metadata) {
  /** The bound of the reference implementation. */
  static final int MAX_BYTES = 100_000_000;

  static final String METADATA = "__metadata__";

  /** By code points, which is the order of the UTF-8 bytes and of the reference; {@code String}'s own is not. */
  static final Comparator<String> BY_CODE_POINTS =
      (a, b) -> {
        int i = 0;
        while (i < a.length() && i < b.length() && a.charAt(i) == b.charAt(i)) {
          i++;
        }
        if (i == a.length() || i == b.length()) {
          return Integer.compare(a.length(), b.length());
        }
        boolean surrogates =
            Character.isSurrogate(a.charAt(i)) != Character.isSurrogate(b.charAt(i));
        int order = Character.compare(a.charAt(i), b.charAt(i));
        // A pair of surrogates stands for a code point above all others, but U+E000 to U+FFFF sort
        // above surrogates.
        return surrogates ? (Character.isSurrogate(a.charAt(i)) ? 1 : -1) : order;
      };

  /** Wide enough for any header within {@link #MAX_BYTES}: a tensor name may be long, nesting is never deep. */
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .disable(JsonWriteFeature.WRITE_HEX_UPPER_CASE)
          .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(3)
                  .maxNumberLength(32)
                  .maxStringLength(MAX_BYTES)
                  .build())
          .build();

  /**
   * One tensor.
   *
   * @param begin its first byte, counted from the start of the data
   */
  record Entry(String name, TensorSpec spec, long begin) {
    long end() {
      return begin + spec.byteSize();
    }
  }

  long dataBytes() {
    return entries.isEmpty() ? 0 : entries.get(entries.size() - 1).end();
  }

  /** Lays out tensors as the reference does: formats from the last of {@link DType} to the first, then by name. */
  static SafetensorsHeader layOut(Map<String, TensorSpec> tensors, Map<String, String> metadata) {
    List<String> names = new ArrayList<>(tensors.keySet());
    names.sort(
        Comparator.comparing((String name) -> require(tensors, name).dtype())
            .reversed()
            .thenComparing(BY_CODE_POINTS));
    List<Entry> entries = new ArrayList<>();
    long begin = 0;
    for (String name : names) {
      if (name.equals(METADATA) || !isWellFormed(name)) {
        throw new IllegalArgumentException(
            "a tensor must not be named \""
                + name
                + "\": the format reserves or cannot hold that name");
      }
      TensorSpec spec = require(tensors, name);
      entries.add(new Entry(name, spec, begin));
      try {
        begin = Math.addExact(begin, spec.byteSize());
      } catch (ArithmeticException overflow) {
        throw new IllegalArgumentException("the tensors have more bytes than a file can", overflow);
      }
    }
    Map<String, String> sorted = new TreeMap<>(BY_CODE_POINTS);
    sorted.putAll(metadata);
    sorted.forEach(
        (key, value) -> {
          if (!isWellFormed(key) || !isWellFormed(value)) {
            throw new IllegalArgumentException(
                "metadata \"" + key + "\" holds half a surrogate pair, which UTF-8 cannot");
          }
        });
    return new SafetensorsHeader(entries, sorted);
  }

  private static TensorSpec require(Map<String, TensorSpec> tensors, String name) {
    TensorSpec spec = tensors.get(name);
    if (spec == null) {
      throw new IllegalArgumentException("tensor \"" + name + "\" must not be null");
    }
    return spec;
  }

  /** The header as in the file, padded with spaces to a multiple of 8 bytes, without the length before it. */
  byte[] toBytes() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectFieldStart(METADATA);
        for (Map.Entry<String, String> item : metadata.entrySet()) {
          json.writeStringField(item.getKey(), item.getValue());
        }
        json.writeEndObject();
      }
      for (Entry entry : entries) {
        json.writeObjectFieldStart(entry.name());
        json.writeStringField("dtype", entry.spec().dtype().name());
        json.writeFieldName("shape");
        long[] shape = entry.spec().shape().stream().mapToLong(Long::longValue).toArray();
        json.writeArray(shape, 0, shape.length);
        json.writeFieldName("data_offsets");
        json.writeArray(new long[] {entry.begin(), entry.end()}, 0, 2);
        json.writeEndObject();
      }
      json.writeEndObject();
    }
    while (out.size() % 8 != 0) {
      out.write(' ');
    }
    if (out.size() > MAX_BYTES) {
      throw new IllegalArgumentException(
          "names, shapes and metadata must fit " + MAX_BYTES + " bytes, but need " + out.size());
    }
    return out.toByteArray();
  }

  /**
   * Reads and checks a header.
   *
   * @param source the file, for messages
   * @param bytes the header without the length before it
   * @param dataBytes how many bytes of the file follow the header
   * @throws IOException if the header breaks any rule of the format
   */
  static SafetensorsHeader parse(Object source, byte[] bytes, long dataBytes) throws IOException {
    return new Reader(source, bytes, dataBytes).read();
  }

  /** One pass over the JSON, then one over the entries sorted by offset. */
  private static final class Reader {
    private final Object source;
    private final byte[] bytes;
    private final long dataBytes;
    private final List<Entry> entries = new ArrayList<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();

    Reader(Object source, byte[] bytes, long dataBytes) {
      this.source = source;
      this.bytes = bytes;
      this.dataBytes = dataBytes;
    }

    SafetensorsHeader read() throws IOException {
      if (bytes.length == 0 || bytes[0] != '{') {
        throw new IOException(source + ": the header, at byte 8 of the file, must begin with {");
      }
      try (JsonParser json = JSON.createParser(decode())) {
        json.nextToken();
        while (json.nextToken() != JsonToken.END_OBJECT) {
          String name = wellFormed(json, json.currentName());
          json.nextToken();
          if (name.equals(METADATA)) {
            readMetadata(json);
          } else {
            readTensor(json, name);
          }
        }
        if (json.nextToken() != null) {
          throw problem(json, "the header must end with its closing brace and spaces");
        }
      } catch (JsonProcessingException e) {
        throw new IOException(source + ": the header is not valid JSON: " + e.getMessage(), e);
      }
      checkCoverage();
      return new SafetensorsHeader(List.copyOf(entries), metadata);
    }

    private String decode() throws IOException {
      try {
        return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      } catch (IOException e) {
        throw new IOException(source + ": the header is not valid UTF-8", e);
      }
    }

    private void readMetadata(JsonParser json) throws IOException {
      expect(json, JsonToken.START_OBJECT, METADATA + " must be an object");
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String key = wellFormed(json, json.currentName());
        json.nextToken();
        expect(json, JsonToken.VALUE_STRING, METADATA + " \"" + key + "\" must be a string");
        metadata.put(key, wellFormed(json, json.getText()));
      }
    }

    private void readTensor(JsonParser json, String name) throws IOException {
      String where = "tensor \"" + name + "\"";
      expect(json, JsonToken.START_OBJECT, where + " must be an object");
      String dtype = null;
      List<Long> shape = null;
      List<Long> offsets = null;
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String field = json.currentName();
        json.nextToken();
        switch (field) {
          case "dtype" -> {
            expect(json, JsonToken.VALUE_STRING, where + ": dtype must be a string");
            dtype = json.getText();
          }
          case "shape" -> shape = readNumbers(json, where + ": shape");
          case "data_offsets" -> offsets = readNumbers(json, where + ": data_offsets");
          default -> throw problem(json, where + " must not have a field \"" + field + "\"");
        }
      }
      if (dtype == null || shape == null || offsets == null) {
        throw problem(json, where + " must have dtype, shape and data_offsets");
      }
      if (offsets.size() != 2) {
        throw problem(json, where + ": data_offsets must be two numbers, but was " + offsets);
      }
      TensorSpec spec = spec(json, where, dtype, shape);
      long begin = offsets.get(0);
      long end = offsets.get(1);
      if (begin > end || end > dataBytes) {
        throw problem(
            json,
            where
                + ": data_offsets must rise and lie within the "
                + dataBytes
                + " bytes of data, but was "
                + offsets);
      }
      if (end - begin != spec.byteSize()) {
        throw problem(
            json,
            where
                + ": "
                + spec
                + " has "
                + spec.byteSize()
                + " bytes, but data_offsets was "
                + offsets);
      }
      entries.add(new Entry(name, spec, begin));
    }

    private TensorSpec spec(JsonParser json, String where, String dtype, List<Long> shape)
        throws IOException {
      try {
        return new TensorSpec(DType.of(dtype), shape);
      } catch (IllegalArgumentException e) {
        throw problem(json, where + ": " + e.getMessage());
      }
    }

    private List<Long> readNumbers(JsonParser json, String what) throws IOException {
      expect(json, JsonToken.START_ARRAY, what + " must be a list of numbers");
      List<Long> numbers = new ArrayList<>();
      while (json.nextToken() != JsonToken.END_ARRAY) {
        expect(json, JsonToken.VALUE_NUMBER_INT, what + " must hold whole numbers only");
        if (json.getNumberType() == JsonParser.NumberType.BIG_INTEGER || json.getLongValue() < 0) {
          throw problem(json, what + " must be 0 to 2⁶³ − 1, but was " + json.getText());
        }
        numbers.add(json.getLongValue());
      }
      return numbers;
    }

    private void checkCoverage() throws IOException {
      entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
      long covered = 0;
      for (Entry entry : entries) {
        if (entry.begin() != covered) {
          throw new IOException(
              source
                  + ": tensor \""
                  + entry.name()
                  + "\" must begin where the one before it ends, at "
                  + fileOffset(covered)
                  + " of the file, but begins at "
                  + fileOffset(entry.begin()));
        }
        covered = entry.end();
      }
      if (covered != dataBytes) {
        throw new IOException(
            source
                + ": the tensors end at byte "
                + fileOffset(covered)
                + ", but the file at byte "
                + fileOffset(dataBytes));
      }
    }

    private long fileOffset(long dataOffset) {
      return 8L + bytes.length + dataOffset;
    }

    private void expect(JsonParser json, JsonToken token, String rule) throws IOException {
      if (json.currentToken() != token) {
        throw problem(json, rule);
      }
    }

    private String wellFormed(JsonParser json, String text) throws IOException {
      if (!isWellFormed(text)) {
        throw problem(json, "names must be valid Unicode");
      }
      return text;
    }

    /** The character is also the byte unless there are non-ASCII names before it. */
    private IOException problem(JsonParser json, String rule) {
      return new IOException(
          source
              + ": "
              + rule
              + " (header character "
              + json.currentLocation().getCharOffset()
              + ")");
    }
  }

  /** Whether UTF-8 can hold this, that is, every surrogate is half of a pair. */
  private static boolean isWellFormed(String text) {
    return StandardCharsets.UTF_8.newEncoder().canEncode(text);
  }
}
