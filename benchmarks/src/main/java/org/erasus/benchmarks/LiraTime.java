package org.erasus.benchmarks;

import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.erasus.eval.attacks.Attack;
import org.erasus.eval.attacks.Lira;
import org.erasus.eval.attacks.MembershipTest;
import org.erasus.eval.attacks.References;
import org.erasus.eval.attacks.Rmia;
import org.erasus.eval.attacks.ScoredRows;

/**
 * Prints how long LiRA and RMIA take for 60,000 rows and 16 reference networks, once all outputs are there.
 *
 * <pre>{@code
 * java -cp benchmarks/target/classes:$(cat benchmarks/target/class-path.txt) org.erasus.benchmarks.LiraTime
 * }</pre>
 */
public final class LiraTime {
  private static final int MEMBERS = 50_000;
  private static final int ROWS = 60_000;
  private static final int NETWORKS = 16;
  private static final int CLASSES = 10;
  private static final int ROUNDS = 3;

  private LiraTime() {}

  /** Times the attacks, the first round cold. */
  public static void main(String[] args) {
    SplittableRandom random = new SplittableRandom(1);
    double[][] confidences = new double[NETWORKS][ROWS];
    boolean[][] in = new boolean[NETWORKS][ROWS];
    for (int k = 0; k < NETWORKS; k++) {
      for (int i = 0; i < ROWS; i++) {
        in[k][i] = (i + k) % 2 == 0;
        confidences[k][i] = random.nextGaussian() * 3 + (in[k][i] ? 1 : 0);
      }
    }
    long[] ids = LongStream.range(0, ROWS).toArray();
    float[][] logits = new float[ROWS][CLASSES];
    int[] labels = new int[ROWS];
    for (int i = 0; i < ROWS; i++) {
      labels[i] = random.nextInt(CLASSES);
      for (int c = 0; c < CLASSES; c++) {
        logits[i][c] = (float) (random.nextGaussian() + (c == labels[i] ? 3 : 0));
      }
    }
    for (int round = 1; round <= ROUNDS; round++) {
      long start = System.nanoTime();
      ScoredRows all = ScoredRows.ofLogits("all", ids, logits, labels);
      References references = References.of(ids, confidences, in);
      print(round, "reading outputs", start);
      ScoredRows members = all.subset(range(0, MEMBERS));
      ScoredRows others = all.subset(range(MEMBERS, ROWS));
      for (Attack attack :
          new Attack[] {
            Lira.online(references), Lira.offline(references), Rmia.online(references)
          }) {
        start = System.nanoTime();
        MembershipTest.DEFAULTS.run(attack, members, others, new SplittableRandom(1));
        print(round, attack.name() + " with all figures", start);
      }
    }
  }

  private static int[] range(int from, int to) {
    return IntStream.range(from, to).toArray();
  }

  private static void print(int round, String what, long start) {
    System.out.printf("round %d: %s %.3f s%n", round, what, (System.nanoTime() - start) / 1e9);
  }
}
