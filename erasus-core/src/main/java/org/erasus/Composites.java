package org.erasus;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.erasus.engine.TorchOps;

/** Networks made of others, whose weights are copied to their places in the buffers of the whole, and back. */
final class Composites {
  private Composites() {}

  static Network combined(Combination combination, Map<String, Network> parts, Set<String> still) {
    combination.requireParts(parts.keySet());
    if (!parts.keySet().containsAll(still)) {
      throw new IllegalArgumentException(
          "parts that stay still must be among the parts "
              + new TreeSet<>(parts.keySet())
              + ", but were "
              + new TreeSet<>(still));
    }
    SortedMap<String, Architecture> functions = new TreeMap<>();
    Network first = new TreeMap<>(parts).firstEntry().getValue();
    parts.forEach(
        (name, part) -> {
          if (!name.matches("[A-Za-z0-9-]+")) {
            throw new IllegalArgumentException(
                "the name of a part must be of letters, digits and dashes, but was \""
                    + name
                    + "\"");
          }
          requireEqual("rows of shape", name, first.rowShape(), part.rowShape());
          requireEqual("a number of classes", name, first.classes(), part.classes());
          requireEqual("a device", name, first.device(), part.device());
          functions.put(name, part.architecture());
        });
    CombinedArchitecture architecture = new CombinedArchitecture(combination, functions, still);
    Network whole =
        new Network(
            architecture,
            first.device(),
            (p, s) -> parts.forEach((name, part) -> write(part, architecture.part(name), p, s)));
    whole.computeLike(first);
    return whole;
  }

  private static void requireEqual(String what, String name, Object first, Object other) {
    if (!first.equals(other)) {
      throw new IllegalArgumentException(
          "the parts must have "
              + what
              + " in common, but part \""
              + name
              + "\" has "
              + other
              + " and the first "
              + first);
    }
  }

  static Network steered(Network base, String layer, float[] direction) {
    return steered(base, layer, direction.length, false, direction);
  }

  static Network steeredNear(
      Network base, String layer, float[] direction, float[] centre, float radius) {
    Check.nonNegative(radius, "radius");
    if (centre.length != direction.length) {
      throw new IllegalArgumentException(
          "centre must be as long as the direction, "
              + direction.length
              + ", but was "
              + centre.length);
    }
    requireFinite(centre, "centre");
    float[] gate = Arrays.copyOf(direction, 2 * direction.length + 1);
    System.arraycopy(centre, 0, gate, direction.length, centre.length);
    gate[2 * direction.length] = radius;
    return steered(base, layer, direction.length, true, gate);
  }

  private static void requireFinite(float[] values, String name) {
    for (float value : values) {
      Check.finite(value, name);
    }
  }

  private static Network steered(
      Network base, String layer, int units, boolean gated, float[] values) {
    requireFinite(values, "direction");
    int found = base.units(layer);
    if (found != units) {
      throw new IllegalArgumentException(
          "the direction must have a value for each of the "
              + found
              + " units of "
              + layer
              + ", but has "
              + units);
    }
    return extended(
        base,
        new SteeredArchitecture(base.architecture(), layer, units, gated),
        (p, s) -> {
          try (NDArray added = s.getManager().create(values);
              NDArray place =
                  TorchOps.view(s, base.layout().statistics(), new Shape(values.length))) {
            TorchOps.copyInPlace(place, added);
          }
        });
  }

  static Network widened(Network base, long seed) {
    long width =
        base.ofZeros(true, result -> WidenedArchitecture.head(result).input().getShape().get(1));
    WidenedArchitecture wide = new WidenedArchitecture(base.architecture(), width);
    return extended(base, wide, (p, s) -> wide.initializeExtra(p, seed));
  }

  static Network adapted(Network base, int rank, double scale, long seed) {
    Check.atLeast(1, rank, "rank");
    LowRankArchitecture adapted =
        new LowRankArchitecture(base.architecture(), rank, Check.positive(scale, "scale"));
    return extended(base, adapted, (p, s) -> adapted.initializeAdapters(p, seed));
  }

  static Network merged(Network whole, double factor) {
    Network base = part(whole, "base");
    try {
      whole
          .architecture()
          .merge(base.parameters(), whole.parameters(), Check.finite(factor, "factor"));
      return base;
    } catch (RuntimeException | Error e) {
      base.close();
      throw e;
    }
  }

  /** A network of an architecture whose weights begin with those of another. */
  private static Network extended(Network base, Architecture more, Network.Filler rest) {
    Network result =
        new Network(
            more,
            base.device(),
            (p, s) -> {
              write(base, new Architecture.Part(base.architecture(), 0, 0), p, s);
              rest.fill(p, s);
            });
    result.computeLike(base);
    return result;
  }

  private static void write(
      Network part, Architecture.Part place, NDArray parameters, NDArray statistics) {
    try (var own = new CombinedArchitecture.Slices(place, parameters, statistics)) {
      TorchOps.copyInPlace(own.parameters, part.parameters());
      TorchOps.copyInPlace(own.statistics, part.statistics());
    }
  }

  static Network part(Network whole, String name) {
    Architecture.Part part = whole.architecture().part(name);
    Network copy =
        new Network(
            part.architecture(),
            whole.device(),
            (p, s) -> {
              try (var own =
                  new CombinedArchitecture.Slices(part, whole.parameters(), whole.statistics())) {
                TorchOps.copyInPlace(p, own.parameters);
                TorchOps.copyInPlace(s, own.statistics);
              }
            });
    copy.computeLike(whole);
    return copy;
  }
}
