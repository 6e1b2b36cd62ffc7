package org.erasus.strategies;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.erasus.Batch;
import org.erasus.Check;
import org.erasus.Need;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.RunLog;
import org.erasus.Unlearned;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;

/**
 * Activation steering: leaves the weights as they are and pushes what a layer gives away from the forget rows.
 *
 * <pre>{@code
 * m_S  = mean over the rows x of S and over positions of h_ℓ(x)              (D)
 * v    = m_retain − m_forget                                                 (D)
 * h_ℓ(x) ← h_ℓ(x) + s·v                                  everywhere, or where
 *          ‖mean over positions of h_ℓ(x) − m_forget‖ ≤ r                    with a gate
 * r    = the q-quantile of that distance over the forget rows, and a hair: 1e-5 (r + ‖m_forget‖) more
 * }</pre>
 *
 * <p>h_ℓ is what the layer itself gives, before the function that follows it. The gate leaves all rows further away than most
 * forget rows bit for bit as they were. s·v, m_forget and r are frozen tensors beside the weights of θ₀, so a mask of the task is
 * kept, too; {@code part("base")} is the network without them.
 *
 * <p>The paper steers the answers of language models by the mean difference of pairs of contrary answers; here the contrast is
 * that of retain and forget rows, which come in no pairs. It has no gate.
 *
 * @param layer ℓ, a name of {@link Network#layerNames}; the layer before the last when absent
 * @param strength s, above 0
 * @param gate q in (0, 1], the share of the forget rows that is steered; all rows whatever are when absent
 * @see <a href="https://arxiv.org/abs/2312.06681">Rimsky et al., 2024</a>
 */
public record ActivationSteering(Optional<String> layer, double strength, Optional<Double> gate)
    implements UnlearningStrategy {
  /** The layer before the last, s 1, nineteen of twenty forget rows. */
  public static final ActivationSteering DEFAULTS =
      new ActivationSteering(Optional.empty(), 1, Optional.of(0.95));

  private static final int BATCH = 256;
  private static final double HAIR = 1e-5;

  /** Checks the ranges. */
  public ActivationSteering {
    Check.positive(strength, "strength");
    gate.ifPresent(share -> Check.inClosed(share, Double.MIN_VALUE, 1, "gate"));
  }

  /** This strategy at another layer. */
  public ActivationSteering withLayer(String layer) {
    return new ActivationSteering(Optional.of(layer), strength, gate);
  }

  /** This strategy with another s. */
  public ActivationSteering withStrength(double strength) {
    return new ActivationSteering(layer, strength, gate);
  }

  /** This strategy with another q. */
  public ActivationSteering withGate(double share) {
    return new ActivationSteering(layer, strength, Optional.of(share));
  }

  /** This strategy steering all rows. */
  public ActivationSteering withoutGate() {
    return new ActivationSteering(layer, strength, Optional.empty());
  }

  @Override
  public Set<Need> needs() {
    return EnumSet.of(Need.FORGET_ROWS, Need.RETAIN_ROWS);
  }

  @Override
  public Unlearned unlearn(UnlearningTask task) {
    task.require(this);
    String at = NamedLayers.hidden(task.network(), layer);
    RunLog log = RunLog.start(task, this);
    float[][] forget = activations(task.network(), at, task.forgetRows(), log);
    double[] centre = mean(forget);
    double[] kept = mean(activations(task.network(), at, task.retainRows(), log));
    float[] direction = new float[centre.length];
    for (int d = 0; d < direction.length; d++) {
      direction[d] = (float) (strength * (kept[d] - centre[d]));
    }
    log.remark("at layer " + at);
    if (gate.isEmpty()) {
      return new Unlearned(task.network().steered(at, direction), log.end("steered"));
    }
    float radius = radius(forget, centre, gate.get());
    log.remark("within " + radius + " of the mean forget row");
    return new Unlearned(
        task.network().steered(at, direction, floats(centre), radius), log.end("steered"));
  }

  /** Means over positions (N, D). */
  private static float[][] activations(Network network, String layer, Rows rows, RunLog log) {
    float[][] all = new float[rows.size()][];
    int at = 0;
    for (Rows piece : rows.batches(BATCH)) {
      try (GradMode off = GradMode.off();
          Batch batch = piece.load(network.device())) {
        NDArray h = network.activation(batch, Network.Mode.EVALUATE, 0, layer);
        float[] values = TorchOps.overPositions(h).toFloatArray();
        int width = values.length / piece.size();
        for (int i = 0; i < piece.size(); i++) {
          all[at++] = Arrays.copyOfRange(values, i * width, (i + 1) * width);
        }
      }
    }
    log.forward(rows.size());
    return all;
  }

  private static double[] mean(float[][] rows) {
    double[] mean = new double[rows[0].length];
    for (float[] row : rows) {
      for (int d = 0; d < mean.length; d++) {
        mean[d] += row[d] / rows.length;
      }
    }
    return mean;
  }

  /**
   * The smallest radius that holds the share of the rows, and a hair more: activations in 32 bits differ by the batch that a row is
   * asked in, by a part of their size, however near the rows lie to one another.
   */
  private static float radius(float[][] rows, double[] centre, double share) {
    double[] distances =
        Arrays.stream(rows).mapToDouble(row -> distance(row, centre)).sorted().toArray();
    double distance = distances[(int) Math.ceil(share * distances.length) - 1];
    return (float) (distance + HAIR * (distance + norm(centre)));
  }

  private static double norm(double[] values) {
    return distance(new float[values.length], values);
  }

  private static double distance(float[] row, double[] centre) {
    double sum = 0;
    for (int d = 0; d < centre.length; d++) {
      sum += (row[d] - centre[d]) * (row[d] - centre[d]);
    }
    return Math.sqrt(sum);
  }

  private static float[] floats(double[] values) {
    float[] narrow = new float[values.length];
    for (int i = 0; i < narrow.length; i++) {
      narrow[i] = (float) values[i];
    }
    return narrow;
  }
}
