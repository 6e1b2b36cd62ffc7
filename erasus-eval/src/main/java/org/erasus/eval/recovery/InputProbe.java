package org.erasus.eval.recovery;

import ai.djl.Device;
import java.util.Arrays;
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
 * may still differ in ways that no linear classifier sees.
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
   * @param difference accuracy on forget rows less that on unseen rows
   * @param unseenAccuracy on unseen rows of the forget classes, in their proportions
   * @param chance what saying the commonest of their classes would have given
   */
  public record Look(Estimate difference, double unseenAccuracy, double chance) {}

  /**
   * Looks at forget rows and at unseen rows of their classes.
   *
   * @param data with retain rows, and unseen rows of every class of a forget row
   * @param seed draws the retain rows
   */
  public Look look(UnlearningDataset data, long seed) {
    Rows retain = data.retain().sample(maxRetain, new Seeds(seed).stream("input-probe"));
    SoftmaxRegression probe =
        SoftmaxRegression.fit(inputs(retain), retain.labels(), data.classes(), lambda);
    Rows unseen = data.unseen();
    Rows like = unseen.take(Differences.inProportion(unseen.labels(), data.forget().labels()));
    double[] ofUnseen = right(probe, like);
    int commonest = Arrays.stream(like.classCounts()).max().orElse(0);
    return new Look(
        UnpairedRows.bounded(right(probe, data.forget()), ofUnseen),
        Arrays.stream(ofUnseen).average().orElse(0),
        (double) commonest / like.size());
  }

  private double[] right(SoftmaxRegression probe, Rows rows) {
    int[] said = probe.predict(inputs(rows));
    int[] labels = rows.labels();
    double[] right = new double[said.length];
    for (int i = 0; i < said.length; i++) {
      right[i] = said[i] == labels[i] ? 1 : 0;
    }
    return right;
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
