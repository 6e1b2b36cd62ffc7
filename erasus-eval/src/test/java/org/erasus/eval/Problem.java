package org.erasus.eval;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.erasus.Network;
import org.erasus.RunRecord;
import org.erasus.Seeds;
import org.erasus.UnlearningDataset;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.erasus.train.LearningRate;
import org.erasus.train.Optimizer;
import org.erasus.train.Supervised;
import org.erasus.train.Training;

/** Clouds of which the forget rows carry wrong labels, so a network that learned them shows it. */
public final class Problem {
  private static final int CLASSES = 3;
  private static final int WIDTH = 8;

  private Problem() {}

  /** {@code forget} wrongly labelled rows to forget, {@code retain} rows to keep, {@code unseen} others. */
  public static UnlearningDataset mislabelled(int forget, int retain, int unseen, long seed) {
    SplittableRandom random = new Seeds(seed).stream("clouds");
    int[] labels = labels(forget + retain);
    float[] inputs = inputs(labels, random);
    for (int i = 0; i < forget; i++) {
      labels[i] = (labels[i] + 1) % CLASSES;
    }
    int[] others = labels(unseen);
    UnlearningDataset all =
        UnlearningDataset.of(inputs, new Shape(WIDTH), labels, CLASSES)
            .withUnseen(inputs(others, random), others);
    return all.markForget(IntStream.range(0, forget).mapToLong(i -> i).toArray());
  }

  /** As {@link #mislabelled}, the forget rows of all other classes bearing the label 0. */
  public static UnlearningDataset allCalledZero(int forget, int retain, int unseen, long seed) {
    SplittableRandom random = new Seeds(seed).stream("clouds");
    int[] labels = labels(forget + retain);
    for (int i = 0; i < forget; i++) {
      labels[i] = 1 + i % (CLASSES - 1);
    }
    float[] inputs = inputs(labels, random);
    Arrays.fill(labels, 0, forget, 0);
    int[] others = labels(unseen);
    return UnlearningDataset.of(inputs, new Shape(WIDTH), labels, CLASSES)
        .withUnseen(inputs(others, random), others)
        .markForget(LongStream.range(0, forget).toArray());
  }

  /** Rows whose labels mean nothing, so that they can only be learned by heart, and unseen ones are like them in everything. */
  public static UnlearningDataset randomLabels(int forget, int retain, int unseen, long seed) {
    SplittableRandom random = new Seeds(seed).stream("labels");
    int trained = forget + retain;
    return UnlearningDataset.of(
            noise(trained, random),
            new Shape(WIDTH),
            random.ints(trained, 0, CLASSES).toArray(),
            CLASSES)
        .withUnseen(noise(unseen, random), random.ints(unseen, 0, CLASSES).toArray())
        .markForget(LongStream.range(0, forget).toArray());
  }

  private static float[] noise(int rows, SplittableRandom random) {
    float[] inputs = new float[rows * WIDTH];
    for (int i = 0; i < inputs.length; i++) {
      inputs[i] = (float) random.nextGaussian();
    }
    return inputs;
  }

  private static int[] labels(int n) {
    return IntStream.range(0, n).map(i -> i % CLASSES).toArray();
  }

  private static float[] inputs(int[] labels, SplittableRandom random) {
    float[] inputs = new float[labels.length * WIDTH];
    for (int i = 0; i < inputs.length; i++) {
      int centre = i % WIDTH % CLASSES == labels[i / WIDTH] ? 1 : 0;
      double noise = random.nextDouble() + random.nextDouble() + random.nextDouble() - 1.5;
      inputs[i] = (float) (centre + 0.8 * noise);
    }
    return inputs;
  }

  /** A perceptron large enough to learn rows by heart, untrained. */
  public static Network perceptron(long seed) {
    return Network.of(
        new Sequential()
            .add("hidden", new Linear(96))
            .apply(Activation::relu)
            .add("head", new Linear(CLASSES)),
        new Shape(WIDTH),
        seed);
  }

  /** Trains on the retain rows of a data set, long enough to show on wrong labels. */
  public static RunRecord train(Network network, UnlearningDataset data, long seed) {
    return train(network, data, seed, 30);
  }

  /** Trains on the retain rows of a data set. */
  public static RunRecord train(Network network, UnlearningDataset data, long seed, int epochs) {
    Training training =
        Training.DEFAULTS
            .withMaxEpochs(epochs)
            .withBatchSize(64)
            .withOptimizer(new Optimizer.Sgd(0.9, 0, false))
            .withLearningRate(new LearningRate.Cosine(0.2, 0))
            .withValidateEvery(1000);
    return new Supervised(training).train(network, data, seed);
  }
}
