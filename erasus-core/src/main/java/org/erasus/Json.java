package org.erasus;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DatabindContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.jsontype.impl.TypeIdResolverBase;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.erasus.io.AtomicFile;

/** JSON of the library's records, both ways: strict about what it reads, stable in what it writes. */
public final class Json {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .addModule(new Jdk8Module())
          .addModule(new JavaTimeModule())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .disable(SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
          .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(
                  JsonInclude.Include.NON_ABSENT, JsonInclude.Include.ALWAYS))
          .visibility(PropertyAccessor.IS_GETTER, JsonAutoDetect.Visibility.NONE)
          .build();

  private Json() {}

  /** The JSON text of a record. */
  public static String write(Object value) {
    try {
      return MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("cannot write " + value.getClass() + " as JSON", e);
    }
  }

  /**
   * Reads a record.
   *
   * @throws IOException when the text is not that of such a record, naming line and column
   */
  public static <T> T read(String text, Class<T> type) throws IOException {
    return MAPPER.readValue(text, type);
  }

  /** Names and values of a record as they stand in its JSON, in that order. */
  static Map<String, Object> readMap(String text) throws IOException {
    return MAPPER.readValue(text, new TypeReference<>() {});
  }

  /** What the JSON text of a strategy or a selector leaves out, each with its place; see {@link Kinds}. */
  static List<String> kinds(Object settings, String name) {
    return Kinds.of(settings, name, MAPPER);
  }

  /** Writes a record to a file; an existing file is replaced whole or not at all. */
  public static void save(Path file, Object value) throws IOException {
    AtomicFile.writeString(file, write(value) + "\n");
  }

  /** Reads a record from a file. */
  public static <T> T load(Path file, Class<T> type) throws IOException {
    try {
      return read(Files.readString(file), type);
    } catch (JsonProcessingException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  /** Names strategies as the catalogue does. */
  static final class StrategyNames extends Names<UnlearningStrategy> {
    StrategyNames() {
      super(UnlearningStrategy.class);
    }

    @Override
    Catalog<UnlearningStrategy> catalog() {
      return Catalog.strategies();
    }
  }

  /** Names selectors as the catalogue does. */
  static final class SelectorNames extends Names<Selector> {
    SelectorNames() {
      super(Selector.class);
    }

    @Override
    Catalog<Selector> catalog() {
      return Catalog.selectors();
    }
  }

  private abstract static class Names<T> extends TypeIdResolverBase {
    private final Class<T> kind;

    Names(Class<T> kind) {
      this.kind = kind;
    }

    abstract Catalog<T> catalog();

    @Override
    public String idFromValue(Object value) {
      return catalog().nameOf(kind.cast(value));
    }

    @Override
    public String idFromValueAndType(Object value, Class<?> type) {
      return idFromValue(value);
    }

    @Override
    public JavaType typeFromId(DatabindContext context, String id) throws IOException {
      if (!catalog().names().contains(id)) {
        throw new IOException(catalog().unknown(id));
      }
      return context.constructType(catalog().get(id).getClass());
    }

    @Override
    public JsonTypeInfo.Id getMechanism() {
      return JsonTypeInfo.Id.CUSTOM;
    }
  }
}
