package org.erasus.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import ai.djl.Device;
import java.util.ArrayList;
import java.util.List;
import org.erasus.Network;
import org.erasus.WeightLayout;
import org.erasus.Weights;
import org.erasus.engine.EngineRuntime;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class Nd4jWeightsTest {
  @Test
  void everyTensorHasItsNameShapeAndValues() {
    try (Network network = Toys.convolution(1);
        Weights expected = network.weights();
        Nd4jWeights weights = Nd4jWeights.of(network)) {
      assertThat(weights.parameters().toFloatVector()).containsExactly(expected.toFloats());
      assertThat(weights.tensors().keySet())
          .containsExactlyElementsOf(
              network.layout().tensors().stream().map(WeightLayout.Tensor::name).toList());
      assertThat(network.layout().statistics()).isPositive();
      for (WeightLayout.Tensor tensor : network.layout().tensors()) {
        INDArray array = weights.tensor(tensor.name());
        assertThat(array.shape()).containsExactly(tensor.shape().getShape());
        assertThat(array.dup().data().asFloat()).containsExactly(expected.values(tensor.name()));
      }
    }
  }

  /** Doubling the head in ND4J doubles every logit, once the snapshot is taken over; until then the network is as it was. */
  @Test
  void whatNd4jWritesIsInTheSnapshot() {
    try (Network network = Toys.perceptron(1);
        var data = Toys.clouds(1);
        Nd4jWeights weights = Nd4jWeights.of(network)) {
      float[][] before = network.logits(data.forget());
      weights.tensor("head.weight").muli(2);
      weights.tensor("head.bias").muli(2);
      assertThat(network.logits(data.forget())).isDeepEqualTo(before);
      network.restore(weights.weights());
      float[][] after = network.logits(data.forget());
      for (int i = 0; i < before.length; i++) {
        for (int c = 0; c < before[i].length; c++) {
          assertThat(after[i][c])
              .isCloseTo(2 * before[i][c], org.assertj.core.data.Offset.offset(1e-5f));
        }
      }
    }
  }

  /** There is no other device here; MPS is none of DJL's GPUs. */
  @Test
  void onlyWhatLiesOnTheCpuIsReadInPlace() {
    assertThat(Memory.holds(Device.cpu())).isTrue();
    assertThat(Memory.holds(Device.gpu(1))).isFalse();
    assertThat(Memory.holds(Device.fromName("mps"))).isFalse();
  }

  @Test
  void anUnknownNameIsAnsweredWithTheKnownOnes() {
    try (Network network = Toys.perceptron(1);
        Nd4jWeights weights = Nd4jWeights.of(network)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> weights.tensor("fc1.weight"))
          .withMessageStartingWith("no tensor is named \"fc1.weight\"; known: [hidden.weight, ");
    }
  }

  @Test
  void noCopyIsMadeBesideTheSnapshot() {
    try (Network network = Toys.perceptron(1)) {
      int open = EngineRuntime.openArrays();
      try (Nd4jWeights weights = Nd4jWeights.of(network)) {
        assertThat(EngineRuntime.openArrays() - open).as("θ and the statistics").isEqualTo(2);
        weights.parameters().putScalar(0, 42);
        assertThat(weights.weights().toFloats()[0]).isEqualTo(42);
      }
    }
  }

  @Test
  void arraysEndWithTheSnapshot() {
    try (Network network = Toys.convolution(1)) {
      Nd4jWeights weights = Nd4jWeights.of(network);
      INDArray flat = weights.parameters();
      INDArray head = weights.tensor("head.weight");
      INDArray mine = head.dup();
      weights.close();
      weights.close();
      assertThat(flat.wasClosed()).isTrue();
      assertThatIllegalStateException().isThrownBy(() -> flat.getFloat(0));
      assertThatIllegalStateException().isThrownBy(() -> head.getFloat(0, 0));
      assertThat(mine.sumNumber().floatValue()).isFinite();
    }
  }

  /** The memory is libtorch's: ND4J must not free it, neither when its arrays are collected nor when they are closed. */
  @Test
  void collectingTheArraysLeavesTheMemoryAlone() throws InterruptedException {
    try (Network network = Toys.perceptron(1);
        Weights expected = network.weights();
        Nd4jWeights weights = Nd4jWeights.of(network)) {
      List<INDArray> others = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 1_000; j++) {
          Memory.over(
              weights.weights().parameters().toByteBuffer(true), expected.toFloats().length);
        }
        System.gc();
        Thread.sleep(50);
        others.add(Nd4j.valueArrayOf(new long[] {expected.toFloats().length}, -1f, DataType.FLOAT));
      }
      assertThat(weights.parameters().toFloatVector()).containsExactly(expected.toFloats());
      others.forEach(INDArray::close);
    }
  }
}
