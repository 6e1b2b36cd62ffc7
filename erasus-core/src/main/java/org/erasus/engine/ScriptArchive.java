package org.erasus.engine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The file of a TorchScript module as text and bytes: finds the buffers in the code of its classes, and adds a method that
 * hands them out.
 *
 * <p>The archive is a zip of stored entries below one folder: {@code data.pkl} names the class of the root object, {@code
 * code/__torch__….py} hold the classes. A class lists its buffers in {@code __buffers__} and declares its sub-modules as
 * attributes with a class for a type.
 */
final class ScriptArchive {
  /** The method that is added. */
  static final String BUFFERS = "erasus_buffers";

  private static final Pattern CLASS =
      Pattern.compile("(?m)^class (\\w+)\\(Module\\):\\n((?:  .*\\n|\\n)*)");
  private static final Pattern BUFFER_LIST = Pattern.compile("__buffers__ = \\[(.*?)\\]");
  private static final Pattern QUOTED = Pattern.compile("\"([^\"]+)\"");
  private static final Pattern ATTRIBUTE =
      Pattern.compile(
          "(?m)^  (?:(\\w+) :|__annotations__\\[\"([^\"]+)\"\\] =) (__torch__[\\w.]+)$");
  private static final Pattern TORCH_LAYER =
      Pattern.compile(
          "__torch__\\.torch\\.nn\\.modules\\.\\w+\\.(?:___torch_mangle_\\d+\\.)?(\\w+)");
  private static final Pattern METHOD =
      Pattern.compile("(?m)^  def " + BUFFERS + "\\(.*\\n(?:(?:    .*)?\\n)*");

  private final Map<String, byte[]> entries;
  private final List<String> bufferNames;
  private final Map<String, String> layers;

  private ScriptArchive(
      Map<String, byte[]> entries, List<String> bufferNames, Map<String, String> layers) {
    this.entries = entries;
    this.bufferNames = bufferNames;
    this.layers = layers;
  }

  /** Reads an archive and adds the method. */
  static ScriptArchive of(byte[] archive) throws IOException {
    Map<String, byte[]> entries = StoredZip.read(archive);
    String folder = folder(entries);
    String root = rootClass(bytes(entries, folder + "data.pkl"));
    List<String> names = new ArrayList<>();
    List<String> expressions = new ArrayList<>();
    Map<String, String> layers = new LinkedHashMap<>();
    collect(entries, folder, root, "", "self", names, expressions, layers);
    StringBuilder method =
        new StringBuilder("  def " + BUFFERS + "(self) -> List[Tensor]:\n")
            .append("    found = annotate(List[Tensor], [])\n");
    for (String expression : expressions) {
      method.append("    _ = torch.append(found, ").append(expression).append(")\n");
    }
    method.append("    return found\n");
    String file = codeFile(folder, root);
    String code = text(entries, file);
    Matcher declared = classOf(code, root);
    String changed =
        code.substring(0, declared.end()).stripTrailing()
            + "\n"
            + method
            + code.substring(declared.end());
    entries.put(file, changed.getBytes(StandardCharsets.UTF_8));
    return new ScriptArchive(entries, names, layers);
  }

  /** The archive with the method. */
  byte[] bytes() throws IOException {
    return StoredZip.write(entries);
  }

  /** Names of the buffers in the order in which the method returns them. */
  List<String> bufferNames() {
    return bufferNames;
  }

  /** Classes of the layers that are PyTorch's own, by their paths with a dot at the end; that of the root is empty. */
  Map<String, String> layers() {
    return layers;
  }

  /** An archive as it was before the method was added. */
  static byte[] withoutBuffersMethod(byte[] archive) throws IOException {
    Map<String, byte[]> entries = StoredZip.read(archive);
    String folder = folder(entries);
    String file = codeFile(folder, rootClass(bytes(entries, folder + "data.pkl")));
    String without = METHOD.matcher(text(entries, file)).replaceAll("");
    entries.put(file, without.getBytes(StandardCharsets.UTF_8));
    return StoredZip.write(entries);
  }

  /** Walks the modules as the attributes of their classes say. */
  private static void collect(
      Map<String, byte[]> entries,
      String folder,
      String type,
      String path,
      String expression,
      List<String> names,
      List<String> expressions,
      Map<String, String> layers)
      throws IOException {
    Matcher layer = TORCH_LAYER.matcher(type);
    if (layer.matches()) {
      layers.put(path, layer.group(1));
    }
    Matcher declared = classOf(text(entries, codeFile(folder, type)), type);
    String body = declared.group(2);
    Matcher list = BUFFER_LIST.matcher(body);
    if (list.find()) {
      Matcher quoted = QUOTED.matcher(list.group(1));
      while (quoted.find()) {
        String name = quoted.group(1);
        // counts batches in whole numbers; not part of what the network computes
        if (!name.equals("num_batches_tracked")) {
          names.add(path + name);
          expressions.add(expression + "." + name);
        }
      }
    }
    Matcher attribute = ATTRIBUTE.matcher(body);
    while (attribute.find()) {
      String plain = attribute.group(1);
      String name = plain == null ? attribute.group(2) : plain;
      collect(
          entries,
          folder,
          attribute.group(3),
          path + name + ".",
          plain == null ? "getattr(" + expression + ", \"" + name + "\")" : expression + "." + name,
          names,
          expressions,
          layers);
    }
  }

  private static Matcher classOf(String code, String type) throws IOException {
    String name = type.substring(type.lastIndexOf('.') + 1);
    Matcher declared = CLASS.matcher(code.endsWith("\n") ? code : code + "\n");
    while (declared.find()) {
      if (declared.group(1).equals(name)) {
        return declared;
      }
    }
    throw new IOException("the TorchScript file has no class " + type);
  }

  private static String codeFile(String folder, String type) {
    return folder + "code/" + type.substring(0, type.lastIndexOf('.')).replace('.', '/') + ".py";
  }

  private static String text(Map<String, byte[]> entries, String name) throws IOException {
    return new String(bytes(entries, name), StandardCharsets.UTF_8);
  }

  private static byte[] bytes(Map<String, byte[]> entries, String name) throws IOException {
    byte[] bytes = entries.get(name);
    if (bytes == null) {
      throw new IOException("the TorchScript file has no entry " + name);
    }
    return bytes;
  }

  private static String folder(Map<String, byte[]> entries) throws IOException {
    return entries.keySet().stream()
        .filter(name -> name.indexOf('/') > 0 && name.endsWith("/data.pkl"))
        .map(name -> name.substring(0, name.indexOf('/') + 1))
        .findFirst()
        .orElseThrow(
            () ->
                new IOException(
                    "not a TorchScript file: it has no data.pkl. Write it with torch.jit.save"));
  }

  /** The first thing in the pickle is the class of the root: PROTO 2, GLOBAL module, name. */
  private static String rootClass(byte[] pickle) throws IOException {
    String start =
        new String(pickle, 0, Math.min(pickle.length, 1024), StandardCharsets.ISO_8859_1);
    String[] lines = start.split("\n", 3);
    if (lines.length < 3 || start.charAt(2) != 'c' || !start.startsWith("__torch__", 3)) {
      throw new IOException(
          "not a TorchScript module: its data do not start with a class. A state dict is read by PyTorchStateDict");
    }
    return lines[0].substring(3) + "." + lines[1];
  }
}
