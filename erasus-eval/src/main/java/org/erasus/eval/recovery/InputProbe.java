package org.erasus.eval.recovery;

import ai.djl.Device;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import org.erasus.Batch;
import org.erasus.Check;
import org.erasus.Rows;
import org.erasus.Seeds;
import org.erasus.UnlearningDataset;
import org.erasus.eval.metrics.Differences;
import org.erasus.eval.stats.Estimate;
import org.erasus.eval.stats.UnpairedRows;

/**
 * Asks a classifier that saw neither whether forget rows are like unseen ones: a linear one of the inputs, fitted on retain
 * rows, which is retraining at its simplest.
 *
 * <pre>{@code
 * W          = softmax regression of the class on the inputs of D_r
 * difference = accuracy of W on D_f − accuracy of W on unseen rows, their classes in the proportions of D_f
 * }</pre>
 *
 * <p>Far from 0, as for wrong labels, unseen rows say nothing about what a retrained network would answer on D_f. Near 0 they
 * may still differ in ways that no linear classifier sees. Rows of a class of which no row is kept are not asked about: to what
 * was fitted on D_r they are unlike anything, forgotten or unseen.
 *
 * @param maxRetain rows it is fitted on at most, drawn at random; 1 or more
 * @param maxInputs numbers of a row it looks at most, spread evenly; 1 or more
 * @param lambda weight of (λ/2)‖W‖² beside the mean loss, above 0
 */
public record InputProbe(int maxRetain, int maxInputs, double lambda) {
  /** 2000 rows, 1024 inputs, λ = 0.01. */
  public static final InputProbe DEFAULTS = new InputProbe(2000, 1024, 0.01);

  private static final int ROWS_AT_ONCE = 512;

  /** Checks the ranges. */
  public InputProbe {
    Check.atLeast(1, maxRetain, "maxRetain");
    Check.atLeast(1, maxInputs, "maxInputs");
    Check.positive(lambda, "lambda");
  }

  /** The same with another number of retain rows. */
  public InputProbe withMaxRetain(int rows) {
    return new InputProbe(rows, maxInputs, lambda);
  }

  /** The same with another number of inputs. */
  public InputProbe withMaxInputs(int inputs) {
    return new InputProbe(maxRetain, inputs, lambda);
  }

  /** The same held back otherwise. */
  public InputProbe withLambda(double weight) {
    return new InputProbe(maxRetain, maxInputs, weight);
  }

  /**
   * What the classifier saw.
   *
   * @param difference accuracy on forget rows of kept classes less that on unseen rows
   * @param knows how far it tells these classes from the other kept ones on unseen rows, see {@link #knows}
   */
  public record Look(Estimate difference, double knows) {}

  /**
   * Looks at forget rows and at unseen rows of their classes.
   *
   * @param data with retain rows, and unseen rows of every class of a forget row
   * @param seed draws the retain rows
   * @return empty when fewer than two forget rows, or unseen ones like them, are of classes that are kept
   */
  public Optional<Look> look(UnlearningDataset data, long seed) {
    Set<Integer> kept = data.retain().classes();
    Rows forget = data.forget().ofClasses(kept);
    Rows unseen = data.unseen().ofClasses(kept);
    Rows like =
        forget.isEmpty()
            ? forget
            : unseen.take(Differences.inProportion(unseen.labels(), forget.labels()));
    if (forget.size() < 2 || like.size() < 2) {
      return Optional.empty();
    }
    Rows retain = data.retain().sample(maxRetain, new Seeds(seed).stream("input-probe"));
    SoftmaxRegression probe =
        SoftmaxRegression.fit(inputs(retain), retain.labels(), data.classes(), lambda);
    return Optional.of(
        new Look(
            UnpairedRows.bounded(right(probe, forget), right(probe, like)),
            knows(probe.predict(inputs(unseen)), unseen.labels(), forget.labels())));
  }

  /**
   * How far answers depend on the class, whatever the classes' shares are: 0 for answers that have nothing to do with it, 1 for
   * right ones.
   *
   * <pre>{@code
   * knows = Σ_c share of c in D_f · (share of rows of c answered c − share of the other rows answered c)
   * }</pre>
   *
   * @param said answers about some rows
   * @param labels their classes
   * @param forget classes of the forget rows; where there are rows of no other class, nothing is known of it
   */
  public static double knows(int[] said, int[] labels, int[] forget) {
    double sum = 0;
    for (int c : Arrays.stream(forget).distinct().toArray()) {
      int of = 0;
      int right = 0;
      int wrong = 0;
      for (int i = 0; i < said.length; i++) {
        of += labels[i] == c ? 1 : 0;
        right += labels[i] == c && said[i] == c ? 1 : 0;
        wrong += labels[i] != c && said[i] == c ? 1 : 0;
      }
      if (of > 0 && of < said.length) {
        double told = (double) right / of - (double) wrong / (said.length - of);
        sum += told * Arrays.stream(forget).filter(f -> f == c).count() / forget.length;
      }
    }
    return sum;
  }

  private double[] right(SoftmaxRegression probe, Rows rows) {
    return Differences.right(probe.predict(inputs(rows)), rows.labels());
  }

  private float[][] inputs(Rows rows) {
    int width = Math.toIntExact(rows.data().rowShape().size());
    int looked = Math.min(width, maxInputs);
    float[][] inputs = new float[rows.size()][looked];
    int at = 0;
    for (Rows piece : rows.batches(ROWS_AT_ONCE)) {
      try (Batch batch = piece.load(Device.cpu())) {
        float[] values = batch.inputs().singletonOrThrow().toFloatArray();
        for (int i = 0; i < piece.size(); i++, at++) {
          for (int d = 0; d < looked; d++) {
            inputs[at][d] = values[i * width + (int) ((long) d * width / looked)];
          }
        }
      }
    }
    return inputs;
  }
}
