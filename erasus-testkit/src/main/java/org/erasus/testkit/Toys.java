package org.erasus.testkit;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import java.util.stream.IntStream;
import org.erasus.Network;
import org.erasus.Seeds;
import org.erasus.UnlearningDataset;
import org.erasus.engine.TorchOps;
import org.erasus.nn.BatchNorm2d;
import org.erasus.nn.Conv2d;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.erasus.train.LearningRate;
import org.erasus.train.Optimizer;
import org.erasus.train.Supervised;
import org.erasus.train.Training;

/** Small problems that train in a fraction of a second. */
public final class Toys {
  /** Classes of the toy data. */
  public static final int CLASSES = 3;

  /** Values of a row of the toy data. */
  public static final int WIDTH = 8;

  private Toys() {}

  /**
   * Overlapping Gaussian clouds: 180 trained rows, 30 for validation, 60 unseen, three classes in equal parts. Of the
   * trained rows every tenth is marked forget.
   */
  public static UnlearningDataset clouds(long seed) {
    return clouds(seed, new Shape(WIDTH));
  }

  /** The same clouds as pictures of shape (2, 2, 2), for convolutions. */
  public static UnlearningDataset pictures(long seed) {
    return clouds(seed, new Shape(2, 2, 2));
  }

  private static UnlearningDataset clouds(long seed, Shape rowShape) {
    UnlearningDataset all =
        UnlearningDataset.of(
                inputs(180, new Seeds(seed).of("trained")), rowShape, labels(180), CLASSES)
            .withUnseen(inputs(90, new Seeds(seed).of("unseen")), labels(90))
            .cutValidation(1 / 3.0, seed);
    return all.markForget(all.trained().where(i -> i % 10 == 0));
  }

  private static int[] labels(int n) {
    return IntStream.range(0, n).map(i -> i % CLASSES).toArray();
  }

  private static float[] inputs(int n, long seed) {
    var random = new Seeds(seed).stream("clouds");
    float[] inputs = new float[n * WIDTH];
    for (int i = 0; i < inputs.length; i++) {
      int label = i / WIDTH % CLASSES;
      int centre = i % WIDTH % CLASSES == label ? 1 : 0;
      double noise = random.nextDouble() + random.nextDouble() + random.nextDouble() - 1.5;
      inputs[i] = (float) (centre + 1.2 * noise);
    }
    return inputs;
  }

  /** A perceptron with one hidden layer for {@link #clouds}, untrained. */
  public static Network perceptron(long seed) {
    Block block =
        new Sequential()
            .add("hidden", new Linear(16))
            .apply(Activation::relu)
            .add("head", new Linear(CLASSES));
    return Network.of(block, new Shape(WIDTH), seed);
  }

  /** A convolution with batch normalisation for {@link #pictures}, untrained. */
  public static Network convolution(long seed) {
    Block block =
        new Sequential()
            .add("conv", Conv2d.of(6, 3, 1, 1))
            .add("bn", new BatchNorm2d())
            .apply(Activation::relu)
            .apply(TorchOps::globalAverage)
            .add("head", new Linear(CLASSES));
    return Network.of(block, new Shape(2, 2, 2), seed);
  }

  /** Twenty short epochs, enough to fit the clouds. */
  public static Training training() {
    return Training.DEFAULTS
        .withMaxEpochs(20)
        .withBatchSize(32)
        .withOptimizer(Optimizer.Sgd.DEFAULTS)
        .withLearningRate(LearningRate.of(0.05));
  }

  /** Trains a network on all trained rows, forget rows included. */
  public static Network train(Network network, UnlearningDataset data, long seed) {
    new Supervised(training()).train(network, data.markRetain(data.trained()), seed);
    return network;
  }
}
