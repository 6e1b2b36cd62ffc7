package org.erasus;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializationConfig;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.jsontype.TypeSerializer;
import com.fasterxml.jackson.databind.ser.BeanSerializerModifier;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.erasus.train.Training;

/** The classes of the settings of a strategy, as far as its JSON text tells values alone. */
final class Kinds {
  private Kinds() {}

  /**
   * Names of the classes that could have been others: they implement something, and the text does not say which they are.
   *
   * @throws IllegalArgumentException naming the setting, when the text does not tell what it is and the name of its class would
   *     not either
   */
  static SortedSet<String> of(UnlearningStrategy strategy, JsonMapper mapper) {
    Watch watch = new Watch();
    JsonMapper watched = mapper.copy();
    watched.setSerializerFactory(watched.getSerializerFactory().withSerializerModifier(watch));
    try {
      watched.writeValueAsString(strategy);
      return watch.names;
    } catch (Untold e) {
      String path =
          e.getPath().stream()
              .map(step -> step.getFieldName() == null ? "" + step.getIndex() : step.getFieldName())
              .collect(Collectors.joining("."));
      String found = path.isEmpty() ? "it is " : "its setting \"" + path + "\" is ";
      throw new IllegalArgumentException(
          "the recipe of "
              + strategy.displayName()
              + " cannot be told from others, since "
              + found
              + e.getOriginalMessage()
              + ": make it a record or an enum, or run without checkpoints",
          e);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("cannot write " + strategy.getClass() + " as JSON", e);
    }
  }

  /** What is not told of an object of a class, if anything. */
  private static Optional<String> fault(Class<?> type, BeanDescription bean) {
    if (type.isHidden()) {
      return Optional.of("a lambda");
    }
    if (type.isRecord() || ofJava(type) || Enum.class.isAssignableFrom(type)) {
      return Optional.empty();
    }
    if (type.isAnonymousClass()) {
      return Optional.of("of a class without a name");
    }
    boolean silent = bean.findProperties().isEmpty();
    return silent
        ? hiddenField(type).map(field -> "of " + type + ", whose field " + field + " is not told")
        : Optional.empty();
  }

  /** The training is told of any module. */
  private static Optional<String> hiddenField(Class<?> type) {
    return Stream.<Class<?>>iterate(type, c -> c != null && !ofJava(c), Class::getSuperclass)
        .flatMap(c -> Arrays.stream(c.getDeclaredFields()))
        .filter(f -> !Modifier.isStatic(f.getModifiers()) && !f.getType().equals(Training.class))
        .map(Field::getName)
        .findFirst();
  }

  private static boolean ofJava(Class<?> type) {
    return type.isPrimitive() || type.isArray() || type.getName().startsWith("java.");
  }

  private static boolean stands(Class<?> written) {
    boolean constantWithBody = Enum.class.isAssignableFrom(written) && !written.isEnum();
    Class<?> type = constantWithBody ? written.getSuperclass() : written;
    return !ofJava(type)
        && !type.isInterface()
        && supertypes(type).anyMatch(above -> !ofJava(above))
        && Stream.<Class<?>>concat(Stream.of(type), supertypes(type))
            .noneMatch(t -> t.isAnnotationPresent(JsonTypeInfo.class));
  }

  private static Stream<Class<?>> supertypes(Class<?> type) {
    return Stream.<Class<?>>concat(
            Stream.ofNullable(type.getSuperclass()), Arrays.stream(type.getInterfaces()))
        .flatMap(above -> Stream.concat(Stream.of(above), supertypes(above)));
  }

  /** Sees the class of each object as it is written. */
  private static final class Watch extends BeanSerializerModifier {
    private static final long serialVersionUID = 1;

    private final TreeSet<String> names = new TreeSet<>();

    @Override
    public JsonSerializer<?> modifySerializer(
        SerializationConfig config, BeanDescription bean, JsonSerializer<?> serializer) {
      Class<?> type = bean.getBeanClass();
      Optional<String> fault = fault(type, bean);
      if (fault.isPresent()) {
        return new Refusing(fault.get());
      }
      if (stands(type)) {
        names.add(type.getName());
      }
      return serializer;
    }
  }

  private static final class Refusing extends JsonSerializer<Object> {
    private final String what;

    Refusing(String what) {
      this.what = what;
    }

    @Override
    public void serialize(Object value, JsonGenerator out, SerializerProvider provider)
        throws IOException {
      throw new Untold(out, what);
    }

    @Override
    public void serializeWithType(
        Object value, JsonGenerator out, SerializerProvider provider, TypeSerializer type)
        throws IOException {
      throw new Untold(out, what);
    }
  }

  private static final class Untold extends JsonMappingException {
    private static final long serialVersionUID = 1;

    Untold(JsonGenerator out, String what) {
      super(out, what);
    }
  }
}
