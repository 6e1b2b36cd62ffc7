package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.erasus.Coreset;
import org.erasus.Network;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.train.LearningRate;
import org.erasus.train.Supervised;
import org.erasus.train.Training;
import org.erasus.zoo.Mlp;
import org.erasus.zoo.data.Idx;
import org.erasus.zoo.data.Images;
import org.erasus.zoo.data.LabelNoise;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Real pictures, of which some have a wrong class that was put there. */
@Tag("slow")
class MislabelledPicturesTest {
  private static final int ROWS = 6000;

  private static Images pictures() throws IOException {
    String root = System.getenv("ERASUS_DATA_DIR");
    assumeTrue(root != null, "ERASUS_DATA_DIR is not set: real data are not tested");
    Path path = Path.of(root, "fashion-mnist");
    assumeTrue(Files.exists(path), path + " is not there");
    return Idx.readFolder(path).train().slice(0, ROWS);
  }

  /**
   * Trained for so few epochs that nothing is known by heart, a network is wrong about most wrong labels. By chance the AUC is
   * ½ with a standard error of √((a + b + 1)/(12ab)) for a wrong and b right labels (Mann and Whitney).
   */
  @Test
  void errorAndLossFindWrongLabelsAndChanceDoesNot() throws IOException {
    Images images = pictures();
    LabelNoise.Flips flips =
        new LabelNoise(0.05, 1).flip(images.labels(), 10, IntStream.range(0, ROWS).toArray());
    Set<Long> wrong =
        IntStream.of(flips.rows()).mapToObj(row -> (long) row).collect(Collectors.toSet());
    Shape shape = new Shape(1, 28, 28);
    try (UnlearningDataset data =
            UnlearningDataset.of(images.scaled(), shape, flips.applyTo(images.labels()), 10);
        Network network = Network.of(Mlp.DEFAULTS.block(10), shape, 1)) {
      Training short5 =
          Training.DEFAULTS.withMaxEpochs(5).withLearningRate(new LearningRate.Cosine(0.05, 0));
      new Supervised(short5).train(network, data, 1);
      assertThat(auc(El2n.DEFAULTS, network, data, wrong)).isGreaterThan(0.9);
      assertThat(auc(Loss.DEFAULTS, network, data, wrong)).isGreaterThan(0.9);
      double a = wrong.size();
      double b = ROWS - a;
      assertThat(auc(RandomRows.DEFAULTS, network, data, wrong))
          .isCloseTo(0.5, offset(3 * Math.sqrt((a + b + 1) / (12 * a * b))));
    }
  }

  /** The share of pairs in which the wrong label is chosen first: from the places of the a wrong ones, as all are chosen. */
  private static double auc(
      Selector selector, Network network, UnlearningDataset data, Set<Long> wrong) {
    Coreset ranked = selector.select(new SelectionTask(network, data.rows(), ROWS, 1));
    double places =
        IntStream.range(0, ROWS).filter(p -> wrong.contains(ranked.id(p))).asLongStream().sum();
    double a = wrong.size();
    return 1 - (places - a * (a - 1) / 2) / (a * (ROWS - a));
  }
}
