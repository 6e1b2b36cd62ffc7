package org.erasus;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.BeanProperty;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializationConfig;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.jsontype.TypeSerializer;
import com.fasterxml.jackson.databind.ser.BeanSerializerModifier;
import com.fasterxml.jackson.databind.ser.ContextualSerializer;
import com.fasterxml.jackson.databind.ser.ResolvableSerializer;
import com.fasterxml.jackson.databind.util.NameTransformer;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.erasus.train.Training;
import org.erasus.train.UnlearningModule;

/** What the JSON text of a strategy or a selector leaves out: classes of settings, and the training of a module that is no record. */
final class Kinds {
  private Kinds() {}

  /**
   * Places and names of the classes that could have been others, in the order of the text: they implement something, and the
   * text does not say which they are. So also the trainings of modules that are no records.
   *
   * @param settings a strategy or a selector
   * @param name of it, for messages
   * @throws IllegalArgumentException naming the setting, when the text does not tell what it is and the name of its class would
   *     not either
   */
  static List<String> of(Object settings, String name, JsonMapper mapper) {
    Watch watch = new Watch();
    JsonMapper watched = mapper.copy();
    watched.setSerializerFactory(watched.getSerializerFactory().withSerializerModifier(watch));
    try {
      watched.writeValueAsString(settings);
      return watch.kinds;
    } catch (Untold e) {
      String path =
          e.getPath().stream()
              .map(step -> step.getFieldName() == null ? "" + step.getIndex() : step.getFieldName())
              .collect(Collectors.joining("."));
      String found = path.isEmpty() ? "it is " : "its setting \"" + path + "\" is ";
      throw new IllegalArgumentException(
          "the recipe of "
              + name
              + " cannot be told from others, since "
              + found
              + e.getOriginalMessage()
              + ": make it a record or an enum, or run without checkpoints, reference networks and experiments",
          e);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("cannot write " + settings.getClass() + " as JSON", e);
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
    if (bean.findJsonValueAccessor() != null) {
      return Optional.empty();
    }
    return hiddenField(type, bean)
        .map(
            field ->
                Optional.ofNullable(bean.findClassDescription())
                    .orElse("of " + type + ", whose field " + field + " is not told"));
  }

  /** The one training of a module is noted with the kinds. */
  private static Optional<String> hiddenField(Class<?> type, BeanDescription bean) {
    Set<String> told =
        bean.findProperties().stream()
            .filter(BeanPropertyDefinition::couldSerialize)
            .flatMap(property -> Stream.of(property.getName(), property.getInternalName()))
            .collect(Collectors.toSet());
    List<Field> fields =
        Stream.<Class<?>>iterate(type, c -> c != null && !ofJava(c), Class::getSuperclass)
            .flatMap(c -> Arrays.stream(c.getDeclaredFields()))
            .filter(f -> !Modifier.isStatic(f.getModifiers()))
            .toList();
    boolean one =
        UnlearningModule.class.isAssignableFrom(type)
            && fields.stream().filter(Kinds::isTraining).count() == 1;
    return fields.stream()
        .filter(f -> !(one && isTraining(f)))
        .map(Field::getName)
        .filter(name -> !told.contains(name))
        .findFirst();
  }

  private static boolean isTraining(Field field) {
    return field.getType().equals(Training.class);
  }

  /** Paths, for one, are of classes whose names do not begin with java. */
  private static boolean ofJava(Class<?> type) {
    return type.isPrimitive()
        || type.isArray()
        || type.getClassLoader() == null
        || type.getClassLoader().equals(ClassLoader.getPlatformClassLoader());
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

    private final ArrayList<String> kinds = new ArrayList<>();

    @Override
    public JsonSerializer<?> modifySerializer(
        SerializationConfig config, BeanDescription bean, JsonSerializer<?> serializer) {
      Class<?> type = bean.getBeanClass();
      Optional<String> fault = fault(type, bean);
      if (fault.isPresent()) {
        return new Refusing(fault.get());
      }
      if (UnlearningModule.class.isAssignableFrom(type) && !type.isRecord()) {
        return new Noting(
            kinds, module -> Json.write(((UnlearningModule) module).training()), serializer);
      }
      return stands(type) ? new Noting(kinds, value -> type.getName(), serializer) : serializer;
    }
  }

  /** Takes down something of an object, and where it stands, each time that one is written. */
  private static final class Noting extends JsonSerializer<Object>
      implements ContextualSerializer, ResolvableSerializer {
    private final List<String> kinds;
    private final Function<Object, String> what;
    private final JsonSerializer<Object> inner;

    @SuppressWarnings("unchecked") // gets what the inner one would have got
    Noting(List<String> kinds, Function<Object, String> what, JsonSerializer<?> inner) {
      this.kinds = kinds;
      this.what = what;
      this.inner = (JsonSerializer<Object>) inner;
    }

    private void note(Object value, JsonGenerator out) {
      kinds.add(out.getOutputContext().pathAsPointer() + "=" + what.apply(value));
    }

    @Override
    public void serialize(Object value, JsonGenerator out, SerializerProvider provider)
        throws IOException {
      note(value, out);
      inner.serialize(value, out, provider);
    }

    @Override
    public void serializeWithType(
        Object value, JsonGenerator out, SerializerProvider provider, TypeSerializer type)
        throws IOException {
      note(value, out);
      inner.serializeWithType(value, out, provider, type);
    }

    @Override
    public void resolve(SerializerProvider provider) throws JsonMappingException {
      if (inner instanceof ResolvableSerializer resolvable) {
        resolvable.resolve(provider);
      }
    }

    @Override
    public JsonSerializer<?> createContextual(SerializerProvider provider, BeanProperty property)
        throws JsonMappingException {
      return inner instanceof ContextualSerializer contextual
          ? new Noting(kinds, what, contextual.createContextual(provider, property))
          : this;
    }

    @Override
    public JsonSerializer<Object> unwrappingSerializer(NameTransformer names) {
      return new Noting(kinds, what, inner.unwrappingSerializer(names));
    }

    @Override
    public boolean isUnwrappingSerializer() {
      return inner.isUnwrappingSerializer();
    }

    @Override
    public boolean isEmpty(SerializerProvider provider, Object value) {
      return inner.isEmpty(provider, value);
    }

    @Override
    public boolean usesObjectId() {
      return inner.usesObjectId();
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
