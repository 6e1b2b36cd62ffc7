package org.erasus.eval;

import ai.djl.Device;
import java.util.Arrays;
import org.erasus.Batch;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.Seeds;
import org.erasus.UnlearningDataset;
import org.erasus.eval.attacks.LabelOnly;
import org.erasus.eval.attacks.RowTable;

/** What a network says about rows whose inputs were changed. */
final class ChangedRows {
  private static final int ROWS_AT_ONCE = 512;

  private ChangedRows() {}

  /**
   * Asks a network.
   *
   * @param network borrowed
   * @param rows that will be attacked
   * @param perturbation how inputs are changed
   * @param seed of the changes; those of a row do not depend on other rows
   */
  static LabelOnly ask(Network network, Rows rows, Perturbation perturbation, long seed) {
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
}
