package org.erasus.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.erasus.io.StateDictUnpickler.Storage;
import org.erasus.io.StateDictUnpickler.View;

/**
 * Reads the weights out of a file written by {@code torch.save(model.state_dict(), "model.pt")} or of a checkpoint dict
 * that holds such a state dict, with PyTorch 1.6 or later. Such a file is a program in Python's pickle language; this
 * reader knows the few operations and names a state dict is made of, refuses any other by name, and runs nothing.
 *
 * <p>Tensors that are views (transposed, sliced) come back in row-major order. Tensors that were one tensor under two
 * names (tied weights) come back as the same object. Attributes such as {@code requires_grad} and layer versions are
 * left out. Weights are copied to the heap, at most 2 GiB for those that share memory; for a model near the size of the
 * heap, save safetensors in Python and use {@link Safetensors#map}.
 */
public final class PyTorchStateDict {
  /** Enough for about 100,000 tensors. */
  private static final int MAX_PICKLE_BYTES = 1 << 24;

  /** The longest array of the JVM. */
  private static final int MAX_STORAGE_BYTES = Integer.MAX_VALUE - 8;

  /** What views may take when copied, per byte of the file: a small file must not fill the memory. */
  private static final int MAX_GROWTH = 16;

  private static final String REMEDY =
      "save it again in Python with torch 1.6 or later: torch.save(model.state_dict(), path)";

  /** How a file saved before torch 1.6 begins: protocol 2, then the number 0x1950a86a20f9469cfc6c. */
  private static final byte[] LEGACY = HexFormat.of().parseHex("80028a0a6cfc9c46f9206aa85019");

  private static final byte[] ZIP = {'P', 'K', 3, 4};

  private final Path file;
  private final ZipFile zip;
  private final String prefix;
  private final long fileBytes;
  private final Map<String, ByteBuffer> storages = new HashMap<>();
  private final Map<View, HostTensor> tensors = new HashMap<>();
  private long gathered;

  private PyTorchStateDict(Path file, ZipFile zip, String prefix) throws IOException {
    this.file = file;
    this.zip = zip;
    this.prefix = prefix;
    this.fileBytes = Files.size(file);
  }

  /**
   * Reads a file that holds a state dict and nothing else.
   *
   * @param file a file of the default file system
   * @return the tensors by name, in the order of the state dict
   * @throws IOException if the file cannot be read, holds anything but names and tensors (the message lists what it
   *     holds), or breaks the format
   */
  public static Map<String, HostTensor> read(Path file) throws IOException {
    return read(file, "");
  }

  /**
   * Reads one state dict out of a checkpoint, such as {@code {"state_dict": {…}, "epoch": 3}}.
   *
   * @param file a file of the default file system
   * @param select the key of the state dict, or keys joined by dots for dicts within dicts; empty for the whole file
   * @return the tensors by name, in the order of the state dict
   * @throws IOException if the file cannot be read, there is no dict under that key, the dict holds anything but names
   *     and tensors, or the file breaks the format, in whichever part
   */
  public static Map<String, HostTensor> read(Path file, String select) throws IOException {
    checkBeginning(file);
    try (ZipFile zip = new ZipFile(file.toFile())) {
      return new PyTorchStateDict(file, zip, prefix(file, zip)).read(select);
    } catch (ZipException e) {
      throw new IOException(file + ": the zip archive is damaged or cut off: " + e.getMessage(), e);
    }
  }

  private Map<String, HostTensor> read(String select) throws IOException {
    checkArchive();
    byte[] pickle = bytes("data.pkl", MAX_PICKLE_BYTES);
    Object root = StateDictUnpickler.read(file, pickle);
    Map<String, HostTensor> result = new LinkedHashMap<>();
    for (Map.Entry<?, ?> item : select(root, select).entrySet()) {
      if (!(item.getKey() instanceof String name) || !(item.getValue() instanceof View view)) {
        throw new IOException(notStateDict(select, item));
      }
      result.put(name, tensor(name, view));
    }
    return Collections.unmodifiableMap(result);
  }

  private String notStateDict(String select, Map.Entry<?, ?> item) {
    String what = select.isEmpty() ? "the file" : "\"" + select + "\"";
    return String.format(
        "%s: %s must hold names and tensors only, but \"%s\" is a %s; if that is the state dict, or holds it,"
            + " pass its key as the argument select",
        file, what, item.getKey(), StateDictUnpickler.describe(item.getValue()));
  }

  private Map<?, ?> select(Object root, String select) throws IOException {
    Object value = root;
    String rest = select;
    while (value instanceof Map<?, ?> map && !rest.isEmpty()) {
      int dot = rest.indexOf('.');
      boolean whole = map.containsKey(rest) || dot < 0;
      String key = whole ? rest : rest.substring(0, dot);
      Object next = map.get(key);
      if (next == null) {
        throw new IOException(
            file
                + ": no key \""
                + key
                + "\" on the way to \""
                + select
                + "\"; there are "
                + keys(map));
      }
      value = next;
      rest = whole ? "" : rest.substring(dot + 1);
    }
    if (value instanceof Map<?, ?> map) {
      return map;
    }
    throw new IOException(
        String.format(
            "%s: a dict was expected%s, but there is a %s; %s",
            file,
            select.isEmpty() ? "" : " on the way to \"" + select + "\"",
            StateDictUnpickler.describe(value),
            REMEDY));
  }

  private static String keys(Map<?, ?> map) {
    return map.entrySet().stream()
        .limit(20)
        .map(e -> "\"" + e.getKey() + "\" (" + StateDictUnpickler.describe(e.getValue()) + ")")
        .collect(Collectors.joining(", "));
  }

  private HostTensor tensor(String name, View view) throws IOException {
    HostTensor known = tensors.get(view);
    if (known != null) {
      return known;
    }
    String where = file + ": tensor \"" + name + "\" ";
    Storage storage = view.storage();
    TensorSpec spec;
    try {
      spec = new TensorSpec(storage.dtype(), view.shape());
    } catch (IllegalArgumentException e) {
      throw new IOException(where + "cannot be: " + e.getMessage(), e);
    }
    long last = lastIndex(view);
    if (view.offset() < 0 || last >= storage.size() || view.offset() > storage.size()) {
      throw new IOException(
          where
              + String.format(
                  "with offset %d, shape %s and strides %s must lie within storage %s of %d values",
                  view.offset(), view.shape(), view.strides(), storage.key(), storage.size()));
    }
    if (spec.size() > storage.size()) {
      throw new IOException(
          where
              + "shows values of its storage more than once, as expand() does: save tensor.contiguous()");
    }
    ByteBuffer values = storage(where, storage);
    int width = storage.dtype().byteSize();
    ByteBuffer data;
    if (isRowMajor(view)) {
      data = values.slice((int) view.offset() * width, (int) spec.byteSize());
    } else {
      gathered += spec.byteSize();
      if (gathered > MAX_GROWTH * fileBytes) {
        throw new IOException(
            where + "is one of too many views of the same storages: save tensor.contiguous()");
      }
      data = gather(view, values, (int) spec.byteSize());
    }
    HostTensor tensor = HostTensor.wrap(spec, data);
    tensors.put(view, tensor);
    return tensor;
  }

  /** The index in the storage of the last value; −1 if there is none; {@code Long.MAX_VALUE} if it cannot be. */
  private static long lastIndex(View view) {
    if (view.strides().size() != view.shape().size()) {
      return Long.MAX_VALUE;
    }
    if (view.shape().contains(0L)) {
      return -1;
    }
    try {
      long last = view.offset();
      for (int d = 0; d < view.shape().size(); d++) {
        if (view.strides().get(d) < 0) {
          return Long.MAX_VALUE;
        }
        last =
            Math.addExact(last, Math.multiplyExact(view.shape().get(d) - 1, view.strides().get(d)));
      }
      return last;
    } catch (ArithmeticException overflow) {
      return Long.MAX_VALUE;
    }
  }

  private static boolean isRowMajor(View view) {
    long step = 1;
    for (int d = view.shape().size() - 1; d >= 0; d--) {
      long dimension = view.shape().get(d);
      if (dimension != 1 && view.strides().get(d) != step) {
        return view.shape().contains(0L);
      }
      step *= dimension;
    }
    return true;
  }

  /** Copies the values of a view in row-major order; the caller has checked that they lie within the storage. */
  private static ByteBuffer gather(View view, ByteBuffer from, int bytes) {
    int[] shape = view.shape().stream().mapToInt(Long::intValue).toArray();
    int[] strides = view.strides().stream().mapToInt(Long::intValue).toArray();
    int width = view.storage().dtype().byteSize();
    int[] index = new int[shape.length];
    ByteBuffer to = ByteBuffer.allocate(bytes);
    int position = (int) view.offset();
    while (to.hasRemaining()) {
      switch (width) {
        case 8 -> to.putLong(from.getLong(8 * position));
        case 4 -> to.putInt(from.getInt(4 * position));
        case 2 -> to.putShort(from.getShort(2 * position));
        default -> to.put(from.get(position));
      }
      for (int d = shape.length - 1; d >= 0; d--) {
        position += strides[d];
        if (++index[d] < shape[d]) {
          break;
        }
        position -= index[d] * strides[d];
        index[d] = 0;
      }
    }
    return to.flip();
  }

  private ByteBuffer storage(String where, Storage storage) throws IOException {
    ByteBuffer known = storages.get(storage.key());
    ByteBuffer values =
        known != null ? known : ByteBuffer.wrap(bytes("data/" + storage.key(), MAX_STORAGE_BYTES));
    storages.put(storage.key(), values);
    if (storage.size() > values.capacity() / storage.dtype().byteSize()) {
      throw new IOException(
          where
              + String.format(
                  "needs %d values of %s in storage %s, but it has %d bytes",
                  storage.size(), storage.dtype(), storage.key(), values.capacity()));
    }
    return values;
  }

  /** Checks what can be known without the pickle; in particular, that entries cannot make us allocate much. */
  private void checkArchive() throws IOException {
    if (zip.getEntry(prefix + "constants.pkl") != null) {
      throw new IOException(file + ": holds a TorchScript program, not a state dict; " + REMEDY);
    }
    List<String> names = new ArrayList<>();
    long total = 0;
    for (ZipEntry entry : Collections.list(zip.entries())) {
      names.add(entry.getName());
      if (entry.getMethod() != ZipEntry.STORED || entry.getSize() < 0) {
        throw new IOException(
            file
                + ": entry "
                + entry.getName()
                + " is compressed, which torch.save never does; "
                + REMEDY);
      }
      total += Math.min(entry.getSize(), fileBytes + 1);
    }
    if (names.stream().distinct().count() != names.size()) {
      throw new IOException(file + ": two entries have the same name; " + REMEDY);
    }
    if (total > fileBytes) {
      throw new IOException(file + ": its entries are larger than the file; " + REMEDY);
    }
    if (names.contains(prefix + "byteorder")) {
      String order = new String(bytes("byteorder", 16), StandardCharsets.US_ASCII);
      if (!order.equals("little")) {
        throw new IOException(
            file
                + ": byte order must be little, but was "
                + order
                + ": save it on a little-endian machine");
      }
    }
  }

  private byte[] bytes(String name, long max) throws IOException {
    ZipEntry entry = zip.getEntry(prefix + name);
    if (entry == null) {
      throw new IOException(file + ": entry " + prefix + name + " is missing: the file is damaged");
    }
    if (entry.getSize() > max) {
      throw new IOException(
          file
              + ": entry "
              + prefix
              + name
              + " may have at most "
              + max
              + " bytes, but has "
              + entry.getSize());
    }
    byte[] bytes = new byte[(int) entry.getSize()];
    int read;
    try (InputStream in = Objects.requireNonNull(zip.getInputStream(entry))) {
      read = in.readNBytes(bytes, 0, bytes.length);
    }
    CRC32 crc = new CRC32();
    crc.update(bytes);
    if (read != bytes.length || crc.getValue() != entry.getCrc()) {
      throw new IOException(
          file
              + ": the checksum of entry "
              + prefix
              + name
              + " is wrong: the file is damaged, or was saved after torch.serialization.set_crc32_options(False)");
    }
    return bytes;
  }

  /** The directory that all entries lie in, named after the file when it was saved. */
  private static String prefix(Path file, ZipFile zip) throws IOException {
    List<String> found =
        zip.stream()
            .map(ZipEntry::getName)
            .filter(name -> name.matches("[^/]+/data\\.pkl"))
            .toList();
    if (found.size() != 1) {
      throw new IOException(
          file
              + ": a zip archive, but not one of torch.save: it must hold one data.pkl; "
              + REMEDY);
    }
    return found.get(0).substring(0, found.get(0).length() - "data.pkl".length());
  }

  private static void checkBeginning(Path file) throws IOException {
    byte[] start;
    try (InputStream in = Files.newInputStream(file)) {
      start = in.readNBytes(LEGACY.length);
    }
    if (Arrays.equals(start, LEGACY)) {
      throw new IOException(
          file
              + ": saved in the format from before torch 1.6; "
              + "save it again in Python: torch.save(torch.load(path, weights_only=True), path)");
    }
    if (!Arrays.equals(start, 0, Math.min(4, start.length), ZIP, 0, 4)) {
      throw new IOException(
          file + ": not a file of torch.save, which begins as a zip archive; " + REMEDY);
    }
  }
}
