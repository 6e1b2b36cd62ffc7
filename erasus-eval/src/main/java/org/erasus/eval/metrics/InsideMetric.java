package org.erasus.eval.metrics;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.erasus.Network;
import org.erasus.UnlearningDataset;

/**
 * Metrics of weights, features and gradients: {@link #look} takes them while networks are open, {@link #measure} tells what it
 * found. A protocol that names one gets it; none of ours does, since they take longer than metrics of outputs.
 */
public enum InsideMetric implements Metric {
  /** {@link LayerDistance} from the original, over all tensors: {@code layer-distance} and {@code relative-layer-distance}. */
  LAYER_DISTANCE("layer-distance") {
    @Override
    Map<String, Measure> look(Open networks) {
      LayerDistance.Distance all =
          LayerDistance.between(networks.network(), networks.original()).total();
      Map<String, Measure> found = new LinkedHashMap<>();
      found.put(id(), new Measure.Single(all.distance()));
      found.put("relative-" + id(), new Measure.Single(all.relative()));
      return found;
    }
  },

  /** {@link LinearCka} with a retrained network on the forget rows; with several, the mean, which has no interval. */
  CKA("cka") {
    @Override
    Map<String, Measure> look(Open networks) {
      if (networks.references().isEmpty()) {
        return none("there is no other retrained network");
      }
      List<Measure.Estimated> each =
          networks.references().stream()
              .map(
                  r ->
                      LinearCka.of(
                          networks.network(), r, networks.data().forget(), networks.level()))
              .map(Measure.Estimated::new)
              .toList();
      return Map.of(
          id(),
          each.size() == 1
              ? each.get(0)
              : new Measure.Single(
                  each.stream().mapToDouble(e -> e.interval().estimate()).average().orElseThrow()));
    }
  },

  /** {@link GradientCosine} of all retain and forget rows, over all parameters. */
  GRADIENT_COSINE("gradient-cosine") {
    @Override
    Map<String, Measure> look(Open networks) {
      return GradientCosine.of(networks.network(), networks.data())
          .global()
          .<Map<String, Measure>>map(cosine -> Map.of(id(), new Measure.Single(cosine)))
          .orElseGet(() -> none("a gradient is 0, which has no direction"));
    }
  };

  private final String id;

  InsideMetric(String id) {
    this.id = id;
  }

  /**
   * Networks that are open; all are borrowed.
   *
   * @param network to look into
   * @param original before unlearning
   * @param references trained without the forget rows; the network itself is not among them
   * @param data rows with marks
   * @param level of intervals
   */
  public record Open(
      Network network,
      Network original,
      List<Network> references,
      UnlearningDataset data,
      double level) {
    /** Copies the list. */
    public Open {
      references = List.copyOf(references);
    }
  }

  /** Its name in the catalogue. */
  public String id() {
    return id;
  }

  abstract Map<String, Measure> look(Open networks);

  /**
   * Takes those of some metrics that are of the inside.
   *
   * @param names of the catalogue
   * @return by name what was found, for {@link NetworkOutputs#withInside}; a network that cannot be looked into gives the reason
   */
  public static Map<String, Map<String, Measure>> look(List<String> names, Open networks) {
    Map<String, Map<String, Measure>> found = new LinkedHashMap<>();
    for (InsideMetric metric : values()) {
      if (names.contains(metric.id)) {
        try {
          found.put(metric.id, metric.look(networks));
        } catch (IllegalArgumentException | UnsupportedOperationException e) {
          found.put(metric.id, metric.none(String.valueOf(e.getMessage())));
        }
      }
    }
    return found;
  }

  @Override
  public Map<String, Measure> measure(Evidence evidence) {
    Map<String, Measure> found = evidence.network().inside().get(id);
    return found == null ? none("the network was not looked into while it was open") : found;
  }

  Map<String, Measure> none(String reason) {
    return Map.of(id, new Measure.Unavailable(reason));
  }
}
