package org.erasus;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;
import org.erasus.nn.BatchNorm2d;
import org.erasus.nn.Compute;
import org.erasus.nn.Conv2d;
import org.erasus.nn.Linear;
import org.erasus.nn.MemoryLayout;
import org.erasus.nn.Precision;
import org.erasus.nn.Residual;
import org.erasus.nn.Sequential;
import org.junit.jupiter.api.Test;

class NetworkTest {
  private static Block block() {
    return new Sequential()
        .add("conv", Conv2d.withBias(4, 3, 1, 1))
        .add("bn", new BatchNorm2d())
        .apply(Activation::relu)
        .add("block", Residual.of(new Sequential().add("conv", Conv2d.of(4, 3, 1, 1))))
        .apply(TorchOps::globalAverage)
        .add("fc", new Linear(3));
  }

  private static UnlearningDataset data() {
    float[] x = new float[12 * 2 * 25];
    int[] y = new int[12];
    var random = new Seeds(3).stream("data");
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.nextDouble(-1, 1);
    }
    for (int i = 0; i < 12; i++) {
      y[i] = i % 3;
    }
    return UnlearningDataset.of(x, new Shape(2, 5, 5), y, 3);
  }

  @Test
  void tensorsByNameGoIntoACopyBitForBit() {
    try (Network network = Network.of(block(), new Shape(2, 5, 5), 1);
        Network other = network.fresh(2);
        Weights expected = network.weights()) {
      other.load(network.tensors());
      try (Weights loaded = other.weights()) {
        assertThat(loaded.fingerprint()).isEqualTo(expected.fingerprint());
      }
    }
  }

  @Test
  void namesAreThePathsOfTheBlocks() {
    try (Network network = Network.of(block(), new Shape(2, 5, 5), 1)) {
      assertThat(network.layout().tensors().stream().map(WeightLayout.Tensor::name))
          .containsExactly(
              "conv.weight",
              "conv.bias",
              "bn.weight",
              "bn.bias",
              "bn.running_mean",
              "bn.running_var",
              "block.conv.weight",
              "fc.weight",
              "fc.bias");
    }
  }

  @Test
  void copiesAreEqualAndIndependent() {
    try (UnlearningDataset data = data();
        Network network = Network.of(block(), new Shape(2, 5, 5), 1);
        Network copy = network.copy();
        Network other = network.fresh(2);
        Weights start = network.weights()) {
      assertThat(copy.logits(data.rows())).isDeepEqualTo(network.logits(data.rows()));
      assertThat(other.logits(data.rows())).isNotEqualTo(network.logits(data.rows()));
      copy.parameters().addi(1);
      try (Weights now = network.weights();
          Weights moved = copy.weights()) {
        assertThat(now.fingerprint()).isEqualTo(start.fingerprint());
        assertThat(moved.distance(now))
            .isCloseTo(
                Math.sqrt(now.layout().parameters()), org.assertj.core.data.Offset.offset(1e-3));
      }
      try (Batch batch = data.rows().load(copy.device());
          GradMode on = GradMode.on()) {
        NDArray loss =
            TorchOps.crossEntropy(copy.forward(batch, Network.Mode.TRAIN, 0), batch.labels());
        NDArray gradient = TorchOps.flatGradient(loss, copy.trainable());
        assertThat(gradient.size()).isEqualTo(copy.layout().parameters());
        assertThat(gradient.norm().getFloat()).isPositive();
      }
    }
  }

  /** bf16 has 8 significant bits, so a logit that is a sum of some products of size 1 is right to a few hundredths. */
  @Test
  void layoutAndPrecisionChangeLogitsByTheirRoundingOnly() {
    try (UnlearningDataset data = data();
        Network network = Network.of(block(), new Shape(2, 5, 5), 1)) {
      float[][] exact = network.logits(data.rows());
      network.compute(Compute.DEFAULTS.withLayout(MemoryLayout.CHANNELS_LAST));
      assertThat(furthest(network.logits(data.rows()), exact)).isLessThan(1e-5);
      network.compute(new Compute(Precision.BF16, MemoryLayout.CHANNELS_LAST));
      assertThat(furthest(network.logits(data.rows()), exact)).isBetween(1e-5, 0.05);
      network.compute(Compute.DEFAULTS.withPrecision(Precision.BF16));
      assertThat(furthest(network.logits(data.rows()), exact)).isBetween(1e-5, 0.05);
    }
  }

  private static double furthest(float[][] a, float[][] b) {
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      for (int c = 0; c < a[i].length; c++) {
        largest = Math.max(largest, Math.abs(a[i][c] - b[i][c]));
      }
    }
    return largest;
  }
}
