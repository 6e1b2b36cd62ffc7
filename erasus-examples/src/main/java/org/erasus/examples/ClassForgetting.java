package org.erasus.examples;

import java.io.IOException;
import java.util.Locale;
import java.util.Set;
import java.util.StringJoiner;
import org.erasus.Network;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningTask;
import org.erasus.engine.EngineRuntime;
import org.erasus.strategies.Retrain;
import org.erasus.strategies.Ssd;
import org.erasus.train.LearningRate;
import org.erasus.train.Supervised;
import org.erasus.train.Training;
import org.erasus.zoo.SmallCnn;
import org.erasus.zoo.data.DrawnDigits;
import org.erasus.zoo.data.TrainTest;

/** Forgets a whole class, and shows class by class what is left, next to a network that never saw it. */
public final class ClassForgetting {
  private ClassForgetting() {}

  /** Forgets the sevens of 6,000 drawn digits. */
  public static void main(String[] args) throws IOException {
    EngineRuntime.start();
    TrainTest digits =
        new TrainTest(DrawnDigits.DEFAULTS.train(6_000), DrawnDigits.DEFAULTS.test(2_000));
    System.out.println(run(digits, 7, 8));
  }

  static String run(TrainTest images, int forgotten, int epochs) {
    Training recipe =
        Training.DEFAULTS.withMaxEpochs(epochs).withLearningRate(new LearningRate.Cosine(0.05, 0));
    try (UnlearningDataset rows = Request.ofClass(images, forgotten, 1);
        Network original =
            Network.of(SmallCnn.DEFAULTS.block(rows.classes()), rows.rowShape(), 1)) {
      new Supervised(recipe).train(original, rows.markRetain(rows.trained()), 1);
      UnlearningTask task = UnlearningTask.of(original, rows).withSeed(2);
      try (Unlearned dampened = Ssd.DEFAULTS.unlearn(task);
          Unlearned retrained = new Retrain(recipe).unlearn(task)) {
        return String.join(
            "\n",
            line("original", original, rows),
            line("ssd", dampened.network(), rows),
            line("retrained", retrained.network(), rows));
      }
    }
  }

  /** Accuracy on unseen rows of each class. */
  private static String line(String name, Network network, UnlearningDataset rows) {
    StringJoiner cells = new StringJoiner(" ");
    for (int c : rows.unseen().classes()) {
      double accuracy = network.accuracy(rows.unseen().ofClasses(Set.of(c)));
      cells.add(String.format(Locale.ROOT, "%d:%.2f", c, accuracy));
    }
    return String.format(Locale.ROOT, "%-10s %s", name, cells);
  }
}
