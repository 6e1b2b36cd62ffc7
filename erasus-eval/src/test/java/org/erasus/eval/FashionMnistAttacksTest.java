package org.erasus.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.erasus.Network;
import org.erasus.UnlearningDataset;
import org.erasus.eval.attacks.Attack;
import org.erasus.eval.attacks.AttackResult;
import org.erasus.eval.attacks.Lira;
import org.erasus.eval.attacks.MembershipTest;
import org.erasus.eval.attacks.References;
import org.erasus.eval.attacks.ThresholdAttacks;
import org.erasus.eval.metrics.NetworkOutputs;
import org.erasus.eval.stats.Interval;
import org.erasus.train.LearningRate;
import org.erasus.train.Optimizer;
import org.erasus.train.Supervised;
import org.erasus.train.Training;
import org.erasus.zoo.Mlp;
import org.erasus.zoo.data.Idx;
import org.erasus.zoo.data.Images;
import org.erasus.zoo.data.TrainTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real pictures, few enough to be learned by heart; docs/attacks.md has the numbers that are printed. */
class FashionMnistAttacksTest {
  private static final int FORGET = 500;
  private static final int RETAIN = 250;
  private static final int UNSEEN = 500;
  private static final Shape IMAGE = new Shape(1, 28, 28);

  private static final Supervised TRAINING =
      new Supervised(
          Training.DEFAULTS
              .withMaxEpochs(40)
              .withBatchSize(50)
              .withOptimizer(new Optimizer.Sgd(0.9, 0, false))
              .withLearningRate(new LearningRate.Cosine(0.05, 0))
              .withValidateEvery(1000));

  @TempDir Path folder;

  private static UnlearningDataset pictures() throws IOException {
    String root = System.getenv("ERASUS_DATA_DIR");
    assumeTrue(root != null, "ERASUS_DATA_DIR is not set: real data are not tested");
    Path path = Path.of(root, "fashion-mnist");
    assumeTrue(Files.exists(path), path + " is not there");
    TrainTest images = Idx.readFolder(path);
    Images train = images.train().slice(0, FORGET + RETAIN);
    Images unseen = images.test().slice(0, UNSEEN);
    return UnlearningDataset.of(train.scaled(), IMAGE, train.labels(), 10)
        .withUnseen(unseen.scaled(), unseen.labels())
        .markForget(LongStream.range(0, FORGET).toArray());
  }

  private static Network network(long seed) {
    return Network.of(Mlp.DEFAULTS.block(10), IMAGE, seed);
  }

  @Test
  void lowFalseAlarmsAreWhereReferencesPay() throws IOException {
    try (UnlearningDataset data = pictures();
        Network original = network(1);
        Network retrained = network(2)) {
      TRAINING.train(original, data.markRetain(data.trained()), 1);
      TRAINING.train(retrained, data, 2);
      References references =
          ReferenceTraining.in(folder)
              .withTraining(TRAINING)
              .withNetworks(8)
              .withWorkers(2)
              .trained(original, data);
      AttackResult loss = run(ThresholdAttacks.LOSS, original, data);
      AttackResult lira = run(Lira.online(references), original, data);
      print(loss);
      print(lira);
      assertThat(original.accuracy(data.forget())).as("learned by heart").isGreaterThan(0.99);
      assertThat(lira.tprAt1PercentFpr().tpr().low())
          .isGreaterThan(loss.tprAt1PercentFpr().tpr().high());
      assertThat(lira.auc().auc()).isGreaterThan(loss.auc().auc());
      assertThat(run(Lira.online(references), retrained, data).auc().auc()).isBetween(0.44, 0.56);
    }
  }

  private static void print(AttackResult result) {
    Interval tpr = result.tprAt1PercentFpr().tpr();
    System.out.printf(
        Locale.ROOT,
        "%s: AUC %.3f, true positives at 1 %% false ones %.3f [%.3f, %.3f]%n",
        result.attack(),
        result.auc().auc(),
        tpr.estimate(),
        tpr.low(),
        tpr.high());
  }

  private static AttackResult run(Attack attack, Network network, UnlearningDataset data) {
    NetworkOutputs outputs = NetworkOutputs.of("network", network, data);
    return MembershipTest.DEFAULTS.run(
        attack, outputs.forget(), outputs.unseenOfForgetClasses(), new SplittableRandom(1));
  }
}
