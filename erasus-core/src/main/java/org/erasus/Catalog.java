package org.erasus;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;

/**
 * What there is, by name: the strategies and the selectors of every module on the path.
 *
 * <p>Names are kebab case, chosen by hand and never changed. A module offers its own through one {@link ServiceLoader} line
 * for {@link Provider}.
 *
 * @param <T> what is listed
 */
public final class Catalog<T> {
  /** Offers the strategies and selectors of a module, each in its default settings. */
  public interface Provider {
    /** Strategies by name. */
    default Map<String, UnlearningStrategy> strategies() {
      return Map.of();
    }

    /** Selectors by name. */
    default Map<String, Selector> selectors() {
      return Map.of();
    }
  }

  private final String kind;
  private final Map<String, T> entries;

  private Catalog(String kind, Map<String, T> entries) {
    this.kind = kind;
    this.entries = Collections.unmodifiableMap(entries);
  }

  /** All strategies. */
  public static Catalog<UnlearningStrategy> strategies() {
    return Loaded.STRATEGIES;
  }

  /** All selectors. */
  public static Catalog<Selector> selectors() {
    return Loaded.SELECTORS;
  }

  /**
   * Lists entries of your own.
   *
   * @param kind what an entry is called in messages, such as {@code strategy}
   * @param offers entries by name, from one or more modules
   * @throws IllegalStateException when two offers share a name
   */
  public static <T> Catalog<T> of(String kind, List<Map<String, T>> offers) {
    Map<String, T> entries = new LinkedHashMap<>();
    for (Map<String, T> offer : offers) {
      offer.forEach(
          (name, entry) -> {
            if (entries.putIfAbsent(name, entry) != null) {
              throw new IllegalStateException(
                  "two modules offer a " + kind + " named \"" + name + "\"");
            }
          });
    }
    return new Catalog<>(kind, entries);
  }

  /** The names, in the order of the modules. */
  public List<String> names() {
    return List.copyOf(entries.keySet());
  }

  /** All entries by name. */
  public Map<String, T> entries() {
    return entries;
  }

  /**
   * The entry of a name, in its default settings.
   *
   * @throws IllegalArgumentException for an unknown name, with the nearest and all known ones
   */
  public T get(String name) {
    T entry = entries.get(name);
    if (entry == null) {
      throw new IllegalArgumentException(unknown(name));
    }
    return entry;
  }

  String unknown(String name) {
    String near =
        entries.keySet().stream()
            .min(Comparator.comparingInt(known -> distance(known, name)))
            .filter(known -> distance(known, name) <= Math.max(2, name.length() / 3))
            .map(known -> "; did you mean \"" + known + "\"?")
            .orElse(";");
    return "no "
        + kind
        + " named \""
        + name
        + "\""
        + near
        + " known: "
        + String.join(", ", names());
  }

  /** The name under which the class of an entry is listed, or the name of the class. */
  public String nameOf(T entry) {
    return entries.entrySet().stream()
        .filter(known -> known.getValue().getClass().equals(entry.getClass()))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(entry.getClass().getName());
  }

  /** Levenshtein distance: letters to insert, delete or change. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }

  /** Looked up once, when first asked for. */
  private static final class Loaded {
    static final Catalog<UnlearningStrategy> STRATEGIES;
    static final Catalog<Selector> SELECTORS;

    static {
      List<Map<String, UnlearningStrategy>> strategies = new ArrayList<>();
      List<Map<String, Selector>> selectors = new ArrayList<>();
      for (Provider provider : ServiceLoader.load(Provider.class)) {
        strategies.add(provider.strategies());
        selectors.add(provider.selectors());
      }
      STRATEGIES = of("strategy", strategies);
      SELECTORS = of("selector", selectors);
    }

    private Loaded() {}
  }
}
