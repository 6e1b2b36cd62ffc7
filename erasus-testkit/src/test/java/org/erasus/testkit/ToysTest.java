package org.erasus.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import org.erasus.Network;
import org.erasus.UnlearningDataset;
import org.junit.jupiter.api.Test;

class ToysTest {
  @Test
  void thePerceptronFitsTheCloudsAndDoesWorseOnUnseenRows() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      double before = network.accuracy(data.trained());
      Toys.train(network, data, 1);
      double trained = network.accuracy(data.trained());
      assertThat(trained).isGreaterThan(before).isGreaterThan(0.8);
      assertThat(network.accuracy(data.unseen())).isLessThan(trained);
    }
  }

  @Test
  void theConvolutionFitsThePictures() {
    try (UnlearningDataset data = Toys.pictures(1);
        Network network = Toys.train(Toys.convolution(1), data, 1)) {
      assertThat(network.accuracy(data.trained())).isGreaterThan(0.6);
    }
  }
}
