package org.erasus.selectors;

import org.erasus.Coreset;
import org.erasus.Network;
import org.erasus.Probe;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.testkit.Toys;

/** Gradients by the last layer written out, for tests of selectors that match them. */
final class Matching {
  private Matching() {}

  /** (p − onehot(y)) ⊗ [h, 1], one row each. */
  static double[][] gradients(Probe probe) {
    float[][] h = probe.features();
    double[][] p = probe.probabilities();
    int[] y = probe.labels();
    double[][] g = new double[h.length][];
    for (int i = 0; i < g.length; i++) {
      int width = h[i].length + 1;
      g[i] = new double[p[i].length * width];
      for (int c = 0; c < p[i].length; c++) {
        double residual = p[i][c] - (c == y[i] ? 1 : 0);
        for (int d = 0; d < width; d++) {
          g[i][c * width + d] = residual * (d < width - 1 ? h[i][d] : 1);
        }
      }
    }
    return g;
  }

  static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  static double norm(double[] a) {
    return Math.sqrt(dot(a, a));
  }

  static double distance(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return Math.sqrt(sum);
  }

  /** ‖Σ_S w g − Σ g‖ of a choice among the retain rows, weights scaled to the number of rows; the mean of five seeds. */
  static double errorOf(Selector selector, int k) {
    double mean = 0;
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.train(Toys.perceptron(1), data, 1)) {
      double[][] g = gradients(Probe.of(network, data.retain()));
      long[] ids = data.retain().ids();
      for (int seed = 0; seed < 5; seed++) {
        Coreset chosen = selector.select(new SelectionTask(network, data.retain(), k, seed));
        double sum = 0;
        for (int place = 0; place < chosen.size(); place++) {
          sum += chosen.weight(place);
        }
        double[] rest = new double[g[0].length];
        for (int i = 0; i < g.length; i++) {
          double weight = -1;
          for (int place = 0; place < chosen.size(); place++) {
            if (chosen.id(place) == ids[i]) {
              weight += chosen.weight(place) * g.length / sum;
            }
          }
          for (int d = 0; d < rest.length; d++) {
            rest[d] += weight * g[i][d];
          }
        }
        mean += norm(rest) / 5;
      }
    }
    return mean;
  }
}
