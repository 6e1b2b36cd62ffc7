package org.erasus.eval.attacks;

import ai.djl.Device;
import java.util.Arrays;
import org.erasus.Batch;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.Seeds;
import org.erasus.UnlearningDataset;

/**
 * Sees only which class a network says: asks it about changed inputs, as it stays right about rows it was trained on for
 * longer.
 *
 * <pre>{@code
 * score(x, y) = share of the changed inputs x' of which the network says y
 * }</pre>
 *
 * <p>With {@link Perturbation.Noise} that is the paper's estimate of how far away the boundary is. With
 * {@link Perturbation.Shifts} the paper fits a classifier on which of the answers were right; here they are counted. A score
 * is one of as many numbers as there are changes, and one: ties count as ties.
 *
 * @param perturbation name of the change
 * @param answers one number a changed input, 1 for the right class and 0 for another
 * @see <a href="https://arxiv.org/abs/2007.14321">Choquette-Choo et al., 2021</a>
 */
public record LabelOnly(String perturbation, RowTable answers) implements Attack {
  private static final int ROWS_AT_ONCE = 512;

  /**
   * Asks a network.
   *
   * @param network borrowed
   * @param rows that will be attacked
   * @param perturbation how inputs are changed
   * @param seed of the changes; those of a row do not depend on other rows
   */
  public static LabelOnly ask(Network network, Rows rows, Perturbation perturbation, long seed) {
    perturbation.requireFit(rows.data().rowShape());
    network.requireFit(rows.data());
    double[][] right = new double[rows.size()][perturbation.count()];
    int from = 0;
    for (Rows piece : rows.batches(ROWS_AT_ONCE)) {
      float[] inputs = inputs(piece);
      for (int k = 0; k < perturbation.count(); k++) {
        int[] said = predict(network, piece, changed(piece, inputs, perturbation, k, seed));
        int[] labels = piece.labels();
        for (int i = 0; i < said.length; i++) {
          right[from + i][k] = said[i] == labels[i] ? 1 : 0;
        }
      }
      from += piece.size();
    }
    return new LabelOnly(perturbation.name(), RowTable.of(rows.ids(), right));
  }

  private static float[] inputs(Rows rows) {
    try (Batch batch = rows.load(Device.cpu())) {
      return batch.inputs().singletonOrThrow().toFloatArray();
    }
  }

  private static float[] changed(
      Rows rows, float[] inputs, Perturbation perturbation, int change, long seed) {
    int width = inputs.length / rows.size();
    long[] ids = rows.ids();
    float[] all = new float[inputs.length];
    for (int i = 0; i < ids.length; i++) {
      float[] one =
          perturbation.apply(
              Arrays.copyOfRange(inputs, i * width, (i + 1) * width),
              rows.data().rowShape(),
              change,
              new Seeds(seed).stream("perturbation", ids[i], change));
      System.arraycopy(one, 0, all, i * width, width);
    }
    return all;
  }

  private static int[] predict(Network network, Rows like, float[] inputs) {
    UnlearningDataset data = like.data();
    try (UnlearningDataset changed =
        UnlearningDataset.of(inputs, data.rowShape(), like.labels(), data.classes())) {
      return network.predict(changed.rows());
    }
  }

  @Override
  public String name() {
    return "label-only-" + perturbation;
  }

  @Override
  public boolean isFitted() {
    return false;
  }

  @Override
  public Scorer calibrate(ScoredRows members, ScoredRows nonMembers) {
    return rows ->
        Arrays.stream(answers.of(rows, name()))
            .mapToDouble(row -> Arrays.stream(row).average().orElseThrow())
            .toArray();
  }
}
