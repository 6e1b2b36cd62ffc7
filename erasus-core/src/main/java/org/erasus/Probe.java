package org.erasus;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.List;
import org.erasus.engine.GradMode;
import org.erasus.nn.ForwardPass;
import org.erasus.nn.Precision;
import org.jspecify.annotations.Nullable;

/**
 * What a network, as it is now, says about some rows, as plain arrays. Each quantity is computed at most once, those with
 * an argument at every call, in evaluation mode; the network must not change while the probe is asked.
 *
 * <p>Within a run, give the run's log, which takes down what the probe costs.
 *
 * <p>Shapes: N rows, C classes, D features.
 */
public final class Probe {
  private static final int FORWARD_BATCH = 256;
  private static final int GRADIENT_BATCH = 64;

  private final Network network;
  private final Rows rows;
  private final @Nullable RunLog log;
  private final Reporter reporter;
  private final Seeds seeds;
  private final Known known;

  /** What has been computed so far. */
  private static final class Known {
    private float @Nullable [][] logits;
    private float @Nullable [][] features;
    private double @Nullable [] gradientNorms;
  }

  /** Is told how far a pass over the rows is. */
  interface Reporter {
    void progressed(String what, long done, long total);
  }

  Probe(Network network, Rows rows, @Nullable RunLog log, Reporter reporter, Seeds seeds) {
    this(network, rows, log, reporter, seeds, new Known());
  }

  private Probe(
      Network network,
      Rows rows,
      @Nullable RunLog log,
      Reporter reporter,
      Seeds seeds,
      Known known) {
    network.requireFit(rows.data());
    this.network = network;
    this.rows = rows;
    this.log = log;
    this.reporter = reporter;
    this.seeds = seeds;
    this.known = known;
  }

  /** A probe of rows; nothing is computed yet. */
  public static Probe of(Network network, Rows rows) {
    return new Probe(network, rows, null, (what, done, total) -> {}, new Seeds(0));
  }

  /** A probe of rows in the course of a run: each pass over them, when there is one, is counted. */
  public static Probe of(Network network, Rows rows, RunLog log) {
    return new Probe(network, rows, log, (what, done, total) -> {}, new Seeds(0));
  }

  /** A probe of the same rows on another network, counted and told of like this one. */
  public Probe on(Network other) {
    return new Probe(other, rows, log, reporter, seeds);
  }

  /** This probe with other random streams; whatever one of the two has computed, the other knows. */
  Probe withSeeds(Seeds other) {
    return new Probe(network, rows, log, reporter, other, known);
  }

  /** The network as it is now, borrowed. */
  public Network network() {
    return network;
  }

  /** The rows. */
  public Rows rows() {
    return rows;
  }

  /** Their classes (N). */
  public int[] labels() {
    return rows.labels();
  }

  /** The random streams for what is drawn about the rows: those of the selection, of seed 0 elsewhere. */
  public Seeds seeds() {
    return seeds;
  }

  /**
   * Tells whoever listens to the selection how far a pass over the rows is.
   *
   * @throws org.erasus.train.CancelledRunException within a selection whose thread is interrupted
   */
  public void progressed(String what, long done, long total) {
    reporter.progressed(what, done, total);
  }

  /** z, (N, C). */
  public float[][] logits() {
    if (known.logits == null) {
      float[][] found = new float[rows.size()][];
      int at = 0;
      for (Rows piece : rows.batches(FORWARD_BATCH)) {
        for (float[] z : network.logits(piece)) {
          found[at++] = z;
        }
        reporter.progressed("logits", at, rows.size());
      }
      known.logits = found;
      countForward();
    }
    return known.logits;
  }

  /** p(c|x), (N, C), rows summing to 1. */
  public double[][] probabilities() {
    return Arrays.stream(logits()).map(Softmax::of).toArray(double[][]::new);
  }

  /** Cross entropy −log p(y|x) of each row, natural log (N). */
  public double[] losses() {
    float[][] z = logits();
    int[] y = labels();
    double[] losses = new double[z.length];
    for (int i = 0; i < losses.length; i++) {
      losses[i] = Softmax.logNormaliser(z[i]) - z[i][y[i]];
    }
    return losses;
  }

  /** Mean of the losses; NaN for no rows. */
  public double meanLoss() {
    return Arrays.stream(losses()).average().orElse(Double.NaN);
  }

  /** Share of rows whose most likely class is theirs; NaN for no rows. */
  public double accuracy() {
    float[][] z = logits();
    int[] y = labels();
    int right = 0;
    for (int i = 0; i < y.length; i++) {
      if (Network.largest(z[i]) == y[i]) {
        right++;
      }
    }
    return (double) right / y.length;
  }

  /**
   * What goes into the last linear layer, (N, D). Where the network computes in 32 bits the same pass gives the logits, so
   * ask for the features first.
   *
   * @throws UnsupportedOperationException when the network's layers cannot be looked into
   */
  public float[][] features() {
    if (known.features == null) {
      float[][] found = new float[rows.size()][];
      float[][] z = new float[rows.size()][];
      int at = 0;
      for (Rows piece : rows.batches(GRADIENT_BATCH)) {
        try (GradMode off = GradMode.off();
            Batch batch = piece.load(network.device())) {
          Network.Recorded recorded = network.record(batch);
          put(lastLinearInput(recorded), found, at);
          at = put(recorded.logits(), z, at);
        }
        reporter.progressed("features", at, rows.size());
      }
      known.features = found;
      if (known.logits == null && network.compute().precision() == Precision.FP32) {
        known.logits = z;
      }
      countForward();
    }
    return known.features;
  }

  /** Copies the rows of a matrix to their places, and tells the place after them. */
  private static int put(NDArray matrix, float[][] into, int at) {
    float[] values = matrix.toFloatArray();
    int n = Math.toIntExact(matrix.getShape().get(0));
    int width = values.length / n;
    for (int i = 0; i < n; i++) {
      into[at + i] = Arrays.copyOfRange(values, i * width, (i + 1) * width);
    }
    return at + n;
  }

  private static NDArray lastLinearInput(Network.Recorded recorded) {
    ForwardPass.Visit last = recorded.visits().get(recorded.visits().size() - 1);
    if (last.output().getShape().dimension() != 2) {
      throw new UnsupportedOperationException(
          "the network does not end in a linear layer, whose inputs are its features: use a selector that looks at outputs alone");
    }
    return last.input();
  }

  /**
   * ‖∇_θ loss_i‖₂ of each row over all trainable parameters (N), with one backward pass a batch: every layer tells each row's
   * share from what went in and the gradient of what came out.
   *
   * @throws UnsupportedOperationException for parameters outside the layers that can tell, naming the layer
   */
  public double[] gradientNorms() {
    if (known.gradientNorms == null) {
      known.gradientNorms = norms(network.layout().trainable());
    }
    return known.gradientNorms;
  }

  /**
   * The same over the parameters of some layers, to the first of which alone the backward pass runs.
   *
   * @param layers paths as {@link WeightLayout#trainableIn}
   * @throws IllegalArgumentException for a path that holds no trainable parameters, listing those that do
   * @throws UnsupportedOperationException for parameters outside the layers that can tell, naming the layer
   */
  public double[] gradientNorms(List<String> layers) {
    return norms(network.layout().trainableIn(layers));
  }

  private double[] norms(List<WeightLayout.Tensor> over) {
    double[] norms =
        RowGradients.norms(
            network,
            rows,
            over,
            GRADIENT_BATCH,
            done -> reporter.progressed("gradient norms", done, rows.size()));
    if (log != null) {
      log.forwardBackward(rows.size());
    }
    return norms;
  }

  /**
   * ⟨∇_θ loss_i, v⟩ of each row (N), without the gradient of any row: see {@link RowGradients#dots}.
   *
   * @param v (P), in the order of the network's parameters
   * @throws UnsupportedOperationException for parameters outside the layers that can tell, naming the layer
   */
  public double[] gradientDots(NDArray v) {
    double[] dots =
        RowGradients.dots(
            network,
            rows,
            v,
            GRADIENT_BATCH,
            done -> reporter.progressed("products with gradients", done, rows.size()));
    if (log != null) {
      log.forwardBackward(rows.size());
    }
    return dots;
  }

  private void countForward() {
    if (log != null) {
      log.forward(rows.size());
    }
  }
}
