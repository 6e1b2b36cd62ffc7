package org.erasus.benchmarks;

import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.erasus.eval.attacks.Attack;
import org.erasus.eval.attacks.Lira;
import org.erasus.eval.attacks.MembershipTest;
import org.erasus.eval.attacks.References;
import org.erasus.eval.attacks.Rmia;
import org.erasus.eval.attacks.ScoredRows;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Times LiRA and RMIA once the outputs of the network and its references are there: reading them, and each attack with all its
 * figures. One JSON line a round, the first cold.
 */
@Command(name = "lira-time", mixinStandardHelpOptions = true)
public final class LiraTime implements Callable<Integer> {
  private static final int CLASSES = 10;

  @Option(names = "--rows", defaultValue = "60000", description = "five of six are members")
  private int rows;

  @Option(names = "--networks", defaultValue = "16", description = "reference networks")
  private int networks;

  @Option(names = "--rounds", defaultValue = "5", description = "how often")
  private int rounds;

  /** Runs with options from the command line. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new LiraTime()).execute(args));
  }

  @Override
  public Integer call() {
    SplittableRandom random = new SplittableRandom(1);
    double[][] confidences = new double[networks][rows];
    boolean[][] in = new boolean[networks][rows];
    for (int k = 0; k < networks; k++) {
      for (int i = 0; i < rows; i++) {
        in[k][i] = (i + k) % 2 == 0;
        confidences[k][i] = random.nextGaussian() * 3 + (in[k][i] ? 1 : 0);
      }
    }
    long[] ids = LongStream.range(0, rows).toArray();
    float[][] logits = new float[rows][CLASSES];
    int[] labels = new int[rows];
    for (int i = 0; i < rows; i++) {
      labels[i] = random.nextInt(CLASSES);
      for (int c = 0; c < CLASSES; c++) {
        logits[i][c] = (float) (random.nextGaussian() + (c == labels[i] ? 3 : 0));
      }
    }
    int members = rows / 6 * 5;
    for (int round = 0; round < rounds; round++) {
      Stages stages = new Stages();
      ScoredRows all = ScoredRows.ofLogits("all", ids, logits, labels);
      References references = References.of(ids, confidences, in);
      ScoredRows forget = all.subset(IntStream.range(0, members).toArray());
      ScoredRows unseen = all.subset(IntStream.range(members, rows).toArray());
      stages.did("reading outputs");
      for (Attack attack :
          List.of(
              Lira.online(references),
              Lira.offline(references),
              Rmia.online(references),
              Rmia.offline(references))) {
        MembershipTest.DEFAULTS.run(attack, forget, unseen, new SplittableRandom(1));
        stages.did(attack.name());
      }
      System.out.println("{\"stages\": " + stages.json() + "}");
    }
    return 0;
  }
}
