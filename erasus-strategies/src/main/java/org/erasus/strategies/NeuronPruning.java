package org.erasus.strategies;

import static java.util.Objects.requireNonNull;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.erasus.Batch;
import org.erasus.Check;
import org.erasus.Need;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.RunLog;
import org.erasus.UnlearningTask;
import org.erasus.WeightEdit;
import org.erasus.WeightLayout;
import org.erasus.Weights;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;
import org.erasus.nn.ForwardPass;

/**
 * Selective neuron pruning: silences the units that are much more active for forget rows than for retain rows.
 *
 * <pre>{@code
 * I(S, j) = mean over the rows of S and over positions of |a_j(x)|           a unit's activation
 * score_j = I(D_f, j) / (I(D_r, j) + ε)
 * W[:, j] = 0 of the layer that reads unit j, for the share of units with the highest scores
 * }</pre>
 *
 * <p>A unit is what a linear layer or a convolution reads from the layers before it, after the function between them: a feature,
 * or a channel; a linear layer that reads several positions of a row is refused. So outputs of the network are never pruned, nor
 * are its inputs. Silenced is a unit for the layer that reads it; where a shortcut carries it past that layer it stays. Units of
 * all layers are ranked together, ties at the threshold are pruned with the rest. The paper prunes a little many times, scoring
 * again each time; put several in sequence for that, with a smaller share each — what is silenced already changes nothing, and
 * counts. The paper offers other measures of importance; this is its mean absolute one.
 *
 * @param share of all units that is silenced, in (0, 1)
 * @param epsilon ε, above 0
 * @see <a href="https://arxiv.org/abs/2403.01267">Pochinkov and Schoots, 2024</a>
 */
public record NeuronPruning(double share, double epsilon) implements WeightEdit {
  /** One unit of twenty, ε 0.01. */
  public static final NeuronPruning DEFAULTS = new NeuronPruning(0.05, 0.01);

  private static final int BATCH = 256;

  /** Checks the ranges. */
  public NeuronPruning {
    Check.inOpen(share, 0, 1, "share");
    Check.positive(epsilon, "epsilon");
  }

  /** This strategy with another share. */
  public NeuronPruning withShare(double share) {
    return new NeuronPruning(share, epsilon);
  }

  /** This strategy with another ε. */
  public NeuronPruning withEpsilon(double epsilon) {
    return new NeuronPruning(share, epsilon);
  }

  @Override
  public Set<Need> needs() {
    return EnumSet.of(Need.FORGET_ROWS, Need.RETAIN_ROWS);
  }

  /**
   * Silences units.
   *
   * @throws IllegalArgumentException when there are no units, before all but a look at one row, or when none stands out
   * @throws UnsupportedOperationException as early, for layers that are used twice, that cannot be looked into, such as
   *     convolutions in groups, or that read units at several positions without being convolutions
   */
  @Override
  public Weights edit(UnlearningTask task, RunLog log) {
    requireUnits(task);
    Map<String, double[]> ofForget = activity(task.network(), task.forgetRows(), log);
    Map<String, double[]> ofRetain = activity(task.network(), task.retainRows(), log);
    List<Unit> units = new ArrayList<>();
    ofForget.forEach(
        (layer, active) -> {
          double[] other = requireNonNull(ofRetain.get(layer));
          for (int j = 0; j < active.length; j++) {
            units.add(new Unit(layer, j, active[j] / (other[j] + epsilon)));
          }
        });
    double[] scores = units.stream().mapToDouble(Unit::score).sorted().toArray();
    if (scores[0] == scores[scores.length - 1]) {
      throw new IllegalArgumentException(
          "all " + scores.length + " units score " + scores[0] + ": none stands out");
    }
    int pruned = Math.max(1, (int) Math.round(share * scores.length));
    // units that are silent on forget rows are not what is looked for, however many they are
    double threshold = Math.max(scores[scores.length - pruned], Double.MIN_VALUE);
    try (Weights original = task.network().weights()) {
      float[] parameters = original.toFloats();
      units.stream()
          .filter(unit -> unit.score >= threshold)
          .forEach(unit -> silence(original.layout(), parameters, unit, ofForget));
      log.remark(
          units.stream().filter(unit -> unit.score >= threshold).count()
              + " of "
              + units.size()
              + " units were silenced");
      return Weights.of(original.layout(), parameters, original.statistics().toFloatArray());
    }
  }

  /** Looks at one row, before the passes over all. */
  private void requireUnits(UnlearningTask task) {
    try (GradMode off = GradMode.off();
        Batch one = task.forgetRows().first(1).load(task.network().device())) {
      Map<String, NDArray> read = read(task.network(), one);
      if (read.isEmpty()) {
        throw new IllegalArgumentException(
            displayName() + " needs a network with hidden units, but this one has a single layer");
      }
      read.forEach(
          (layer, input) ->
              requireColumns(
                  layer,
                  input.getShape(),
                  weight(task.network().layout(), layer).orElseThrow().shape()));
    }
  }

  /** A layer has a column for each unit, or a row in a convolution channel by channel; units are along axis 1. */
  private static void requireColumns(String layer, Shape input, Shape weight) {
    if (input.dimension() != weight.dimension()
        || (weight.get(1) != input.get(1) && !isChannelwise(weight, input.get(1)))) {
      throw new UnsupportedOperationException(
          "layer "
              + layer
              + " takes "
              + input
              + " and has weights "
              + weight
              + ", which have no column for each unit: it cannot be pruned");
    }
  }

  private static boolean isChannelwise(Shape weight, long units) {
    return weight.get(1) == 1 && weight.get(0) == units;
  }

  /** A unit as a layer reads it. */
  private record Unit(String reader, int index, double score) {}

  /** I of every unit, by the layer that reads it. */
  private static Map<String, double[]> activity(Network network, Rows rows, RunLog log) {
    Map<String, double[]> sums = new LinkedHashMap<>();
    for (Rows piece : rows.batches(BATCH)) {
      try (GradMode off = GradMode.off();
          Batch batch = piece.load(network.device())) {
        Map<String, NDArray> read = read(network, batch);
        read.forEach(
            (layer, input) -> {
              float[] sizes = TorchOps.unitSizes(input).toFloatArray();
              double[] sum = sums.computeIfAbsent(layer, name -> new double[sizes.length]);
              for (int j = 0; j < sizes.length; j++) {
                sum[j] += sizes[j] / rows.size();
              }
            });
      }
    }
    log.forward(rows.size());
    return sums;
  }

  /** What the layers with weights read from other layers. */
  private static Map<String, NDArray> read(Network network, Batch batch) {
    List<ForwardPass.Visit> visits = network.record(batch).visits();
    Map<String, NDArray> read = new LinkedHashMap<>();
    Map<String, Integer> uses = new HashMap<>();
    for (ForwardPass.Visit visit : visits) {
      String layer = network.layerName(visit.layer());
      boolean first = visit.input().getUid().equals(visits.get(0).input().getUid());
      if (!first && weight(network.layout(), layer).isPresent()) {
        read.put(layer, visit.input());
        if (uses.merge(layer, 1, Integer::sum) > 1) {
          throw new UnsupportedOperationException("layer " + layer + " is used twice in a pass");
        }
      }
    }
    return read;
  }

  private static Optional<WeightLayout.Tensor> weight(WeightLayout layout, String layer) {
    return layout.trainable().stream()
        .filter(tensor -> tensor.path().equals(layer) && tensor.shape().dimension() > 1)
        .findFirst();
  }

  private static void silence(
      WeightLayout layout, float[] parameters, Unit unit, Map<String, double[]> activity) {
    WeightLayout.Tensor weight = weight(layout, unit.reader).orElseThrow();
    int units = requireNonNull(activity.get(unit.reader)).length;
    long outputs = weight.shape().get(0);
    long columns = weight.shape().get(1);
    long size = weight.size() / (outputs * columns);
    boolean channelwise = isChannelwise(weight.shape(), units);
    for (long o = channelwise ? unit.index : 0; o < (channelwise ? unit.index + 1 : outputs); o++) {
      long from = weight.offset() + (o * columns + (channelwise ? 0 : unit.index)) * size;
      Arrays.fill(parameters, (int) from, (int) (from + size), 0);
    }
  }
}
