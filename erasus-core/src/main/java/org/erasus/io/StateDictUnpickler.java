package org.erasus.io;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads the pickle of a state dict without running it: knows the operations that {@code torch.save} writes for dicts,
 * lists, tuples, numbers, strings and tensors, and refuses every other one, and every Python name that is not on the
 * list, before anything is made of it.
 *
 * <p>What a pickle can make this allocate is bounded by {@link #MAX_OPERATIONS}, {@link #MAX_DEPTH} and its own length.
 */
final class StateDictUnpickler {
  /** About 30 are needed for a tensor, so this is enough for more than 100,000 tensors. */
  static final int MAX_OPERATIONS = 1 << 22;

  /** How many values may be waiting for their container. */
  static final int MAX_DEPTH = 1 << 16;

  private static final String ORDERED_DICT = "collections.OrderedDict";
  private static final String TENSOR = "torch._utils._rebuild_tensor_v2";
  private static final String PARAMETER = "torch._utils._rebuild_parameter";

  private static final Map<String, DType> STORAGES =
      Map.of(
          "torch.BoolStorage", DType.BOOL,
          "torch.ByteStorage", DType.U8,
          "torch.CharStorage", DType.I8,
          "torch.ShortStorage", DType.I16,
          "torch.HalfStorage", DType.F16,
          "torch.BFloat16Storage", DType.BF16,
          "torch.IntStorage", DType.I32,
          "torch.FloatStorage", DType.F32,
          "torch.DoubleStorage", DType.F64,
          "torch.LongStorage", DType.I64);

  /** A Python name on the list. */
  private record Global(String name) {}

  private record Tuple(List<Object> items) {}

  private enum None {
    NONE
  }

  /** A run of values in the archive entry {@code data/<key>}. */
  record Storage(DType dtype, String key, long size) {}

  /** A view of a storage; nothing about the numbers is checked but that they are there. */
  record View(Storage storage, long offset, List<Long> shape, List<Long> strides) {}

  private final Object source;
  private final ByteBuffer in;
  private final List<Object> stack = new ArrayList<>();
  private final List<Integer> marks = new ArrayList<>();
  private final Map<Integer, Object> memo = new HashMap<>();
  private int at;

  private StateDictUnpickler(Object source, byte[] pickle) {
    this.source = source;
    this.in = ByteBuffer.wrap(pickle).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Reads one value: a {@link Map}, a {@link List}, a {@link View}, a {@link String}, a {@link Long} or another plain
   * value.
   *
   * @param source the file, for messages
   * @param pickle the bytes of {@code data.pkl}
   * @throws IOException naming the file, what was refused, and the byte of the pickle
   */
  static Object read(Object source, byte[] pickle) throws IOException {
    StateDictUnpickler unpickler = new StateDictUnpickler(source, pickle);
    try {
      return unpickler.run();
    } catch (BufferUnderflowException e) {
      throw unpickler.problem("the pickle ends in the middle of an operation", e);
    }
  }

  /** What a value is called in Python, for messages. */
  static String describe(Object value) {
    if (value instanceof View view) {
      return "tensor " + view.storage().dtype() + view.shape();
    }
    if (value instanceof Map<?, ?> map) {
      return "dict of " + map.size();
    }
    if (value instanceof List<?> list) {
      return "list of " + list.size();
    }
    if (value instanceof Tuple tuple) {
      return "tuple of " + tuple.items().size();
    }
    if (value instanceof Long || value instanceof BigInteger) {
      return "int";
    }
    if (value instanceof String) {
      return "str";
    }
    if (value instanceof Double) {
      return "float";
    }
    if (value instanceof Boolean) {
      return "bool";
    }
    return value == None.NONE ? "None" : "name or storage";
  }

  private Object run() throws IOException {
    for (int count = 0; count < MAX_OPERATIONS; count++) {
      at = in.position();
      int operation = in.get() & 0xFF;
      if (operation == '.') {
        Object result = pop();
        if (!stack.isEmpty() || !marks.isEmpty() || in.hasRemaining()) {
          throw problem("the pickle must end with its only value");
        }
        return result;
      }
      step(operation);
      if (stack.size() > MAX_DEPTH) {
        throw problem("at most " + MAX_DEPTH + " values may wait for their container");
      }
    }
    throw problem("a state dict may take at most " + MAX_OPERATIONS + " operations");
  }

  private void step(int operation) throws IOException {
    switch (operation) {
      case 0x80 -> protocol(in.get() & 0xFF);
      case '}' -> stack.add(new LinkedHashMap<>());
      case ']' -> stack.add(new ArrayList<>());
      case ')' -> stack.add(new Tuple(List.of()));
      case '(' -> marks.add(stack.size());
      case 't' -> stack.add(new Tuple(popToMark()));
      case 0x85 -> stack.add(new Tuple(popLast(1)));
      case 0x86 -> stack.add(new Tuple(popLast(2)));
      case 0x87 -> stack.add(new Tuple(popLast(3)));
      case 'N' -> stack.add(None.NONE);
      case 0x88 -> stack.add(true);
      case 0x89 -> stack.add(false);
      case 'K' -> stack.add((long) (in.get() & 0xFF));
      case 'M' -> stack.add((long) (in.getShort() & 0xFFFF));
      case 'J' -> stack.add((long) in.getInt());
      case 0x8A -> stack.add(integer(bytes(in.get() & 0xFF)));
      case 'G' -> stack.add(Double.longBitsToDouble(Long.reverseBytes(in.getLong())));
      case 'X' -> stack.add(text(in.getInt()));
      case 'U', 0x8C -> stack.add(text(in.get() & 0xFF));
      case 'q' -> memo.put(in.get() & 0xFF, peek());
      case 'r' -> memo.put(in.getInt(), peek());
      case 'h' -> stack.add(recall(in.get() & 0xFF));
      case 'j' -> stack.add(recall(in.getInt()));
      case 'a' -> append(popLast(1));
      case 'e' -> append(popToMark());
      case 's' -> setItems(popLast(2));
      case 'u' -> setItems(popToMark());
      case 'c' -> stack.add(global(line() + "." + line()));
      case 'Q' -> stack.add(storage(pop()));
      case 'R' -> reduce();
      case 'b' -> build();
      default ->
          throw problem(
              String.format(
                  "operation 0x%02X is not one that torch.save writes for a state dict; %s",
                  operation, REMEDY));
    }
  }

  private static final String REMEDY =
      "if you trust the file, load it in Python and save only the weights:"
          + " torch.save(model.state_dict(), path)";

  private void protocol(int version) throws IOException {
    if (version != 2) {
      throw problem(
          "pickle protocol must be 2, but was "
              + version
              + ": save again without the argument pickle_protocol");
    }
  }

  private Global global(String name) throws IOException {
    boolean known =
        STORAGES.containsKey(name)
            || name.equals(ORDERED_DICT)
            || name.equals(TENSOR)
            || name.equals(PARAMETER);
    if (!known) {
      throw problem(
          "the pickle asks for "
              + name
              + ", which is not among the names a state dict needs; nothing was run, and "
              + REMEDY);
    }
    return new Global(name);
  }

  /** A storage is named from outside: {@code ("storage", torch.FloatStorage, "0", "cpu", 12)}. */
  private Storage storage(Object id) throws IOException {
    if (id instanceof Tuple tuple
        && tuple.items().size() == 5
        && tuple.items().get(0).equals("storage")
        && tuple.items().get(1) instanceof Global global
        && tuple.items().get(2) instanceof String key
        && tuple.items().get(4) instanceof Long size
        && size >= 0) {
      DType dtype = STORAGES.get(global.name());
      if (dtype != null) {
        return new Storage(dtype, key, size);
      }
    }
    throw problem("a storage must be named by type, key, device and size");
  }

  private void reduce() throws IOException {
    Object arguments = pop();
    Object callable = pop();
    if (!(arguments instanceof Tuple tuple) || !(callable instanceof Global global)) {
      throw problem("only a name can be called, and only with a tuple");
    }
    List<Object> args = tuple.items();
    stack.add(
        switch (global.name()) {
          case ORDERED_DICT -> {
            if (!args.isEmpty()) {
              throw problem(ORDERED_DICT + " must be made empty");
            }
            yield new LinkedHashMap<>();
          }
          case TENSOR -> view(args);
          case PARAMETER -> {
            if (args.size() != 3 || !(args.get(0) instanceof View view)) {
              throw problem(PARAMETER + " must be given a tensor");
            }
            yield view;
          }
          default -> throw problem(global.name() + " cannot be called");
        });
  }

  /** Arguments: storage, offset, shape, strides, requires_grad, hooks and, in some versions, metadata. */
  private View view(List<Object> args) throws IOException {
    if ((args.size() == 6 || args.size() == 7)
        && args.get(0) instanceof Storage storage
        && args.get(1) instanceof Long offset) {
      Optional<List<Long>> shape = longs(args.get(2));
      Optional<List<Long>> strides = longs(args.get(3));
      boolean plain = args.size() == 6 || (args.get(6) instanceof Map<?, ?> m && m.isEmpty());
      if (!plain) {
        throw problem(
            "a tensor with a lazy sign or conjugation cannot be read: save tensor.resolve_neg().resolve_conj()");
      }
      if (shape.isPresent() && strides.isPresent()) {
        return new View(storage, offset, shape.get(), strides.get());
      }
    }
    throw problem(TENSOR + " must be given a storage, an offset, a shape and strides");
  }

  private static Optional<List<Long>> longs(Object value) {
    if (!(value instanceof Tuple tuple)) {
      return Optional.empty();
    }
    List<Long> longs = new ArrayList<>();
    for (Object item : tuple.items()) {
      if (!(item instanceof Long number)) {
        return Optional.empty();
      }
      longs.add(number);
    }
    return Optional.of(List.copyOf(longs));
  }

  /** Attributes: a state dict has one, {@code _metadata}, which holds versions of layers and is left out. */
  private void build() throws IOException {
    Object state = pop();
    if (!(state instanceof Map) || !(peek() instanceof Map)) {
      throw problem("only a dict can be given attributes");
    }
  }

  private void append(List<Object> items) throws IOException {
    if (!(peek() instanceof ArrayList<?>)) {
      throw problem("only a list can be appended to");
    }
    @SuppressWarnings("unchecked") // every list on the stack was made here as a list of objects
    List<Object> list = (List<Object>) peek();
    list.addAll(items);
  }

  private void setItems(List<Object> items) throws IOException {
    if (!(peek() instanceof Map<?, ?>)) {
      throw problem("only a dict can be given items");
    }
    @SuppressWarnings("unchecked") // every map on the stack was made here as a map of objects
    Map<Object, Object> map = (Map<Object, Object>) peek();
    if (items.size() % 2 != 0) {
      throw problem("a dict needs a value for every key");
    }
    for (int i = 0; i < items.size(); i += 2) {
      Object key = items.get(i);
      if (!(key instanceof String || key instanceof Long || key instanceof Boolean)) {
        throw problem("a key must be a str, an int or a bool, but was " + describe(key));
      }
      if (map.put(key, items.get(i + 1)) != null) {
        throw problem("key \"" + key + "\" stands twice in one dict");
      }
    }
  }

  private Object recall(int index) throws IOException {
    Object value = memo.get(index);
    if (value == null) {
      throw problem("the pickle refers to value " + index + " before it is there");
    }
    return value;
  }

  private Object pop() throws IOException {
    return popLast(1).get(0);
  }

  private Object peek() throws IOException {
    if (stack.size() <= floor()) {
      throw problem("the pickle takes a value where there is none");
    }
    return stack.get(stack.size() - 1);
  }

  private List<Object> popToMark() throws IOException {
    if (marks.isEmpty()) {
      throw problem("the pickle closes a group that it did not open");
    }
    int mark = marks.remove(marks.size() - 1);
    return popLast(stack.size() - mark);
  }

  private List<Object> popLast(int count) throws IOException {
    if (stack.size() - count < floor()) {
      throw problem("the pickle takes a value where there is none");
    }
    List<Object> top = stack.subList(stack.size() - count, stack.size());
    List<Object> values = new ArrayList<>(top);
    top.clear();
    return values;
  }

  /** Values below the last mark belong to an outer group. */
  private int floor() {
    return marks.isEmpty() ? 0 : marks.get(marks.size() - 1);
  }

  private byte[] bytes(int length) throws IOException {
    if (length < 0 || length > in.remaining()) {
      throw problem(
          "the pickle ends before a value of " + Integer.toUnsignedString(length) + " bytes");
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  private String text(int length) throws IOException {
    byte[] utf8 = bytes(length);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    } catch (IOException e) {
      throw problem("a string is not valid UTF-8", e);
    }
  }

  /** A name up to the next line feed. */
  private String line() throws IOException {
    int start = in.position();
    int end = start;
    while (end < in.limit() && in.get(end) != '\n') {
      end++;
    }
    if (end == in.limit()) {
      throw problem("the pickle ends within a name");
    }
    String line = text(end - start);
    in.get();
    return line;
  }

  /** Little-endian two's complement. */
  private static Number integer(byte[] little) {
    byte[] big = new byte[little.length + (little.length == 0 ? 1 : 0)];
    for (int i = 0; i < little.length; i++) {
      big[little.length - 1 - i] = little[i];
    }
    BigInteger value = new BigInteger(big);
    return value.bitLength() < Long.SIZE ? (Number) value.longValue() : value;
  }

  private IOException problem(String rule) {
    return problem(rule, null);
  }

  private IOException problem(String rule, @Nullable Exception cause) {
    return new IOException(source + ": " + rule + " (byte " + at + " of data.pkl)", cause);
  }
}
