package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.erasus.Json;
import org.erasus.Mask;
import org.erasus.Network;
import org.erasus.Probe;
import org.erasus.Rows;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningTask;
import org.erasus.Weights;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.erasus.testkit.Golden;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertifiedRemovalTest implements StrategyContract {
  private static final long SEED = 11;

  @TempDir private Path folder;

  @Override
  public CertifiedRemoval strategy() {
    return CertifiedRemoval.DEFAULTS.withDecay(0.5).withLedger(folder.resolve("ledger.json"));
  }

  /** Two rows to forget: the bound grows with the square of their number. */
  @Override
  public UnlearningDataset data() {
    UnlearningDataset all = Toys.clouds(1);
    return all.markRetain(all.trained()).markForget(0, 10);
  }

  @Override
  public Network network(UnlearningDataset data) {
    return trained(strategy(), data);
  }

  private static Network trained(CertifiedRemoval strategy, UnlearningDataset data) {
    return trained(strategy, data.markRetain(data.trained()), SEED);
  }

  private static Network trained(CertifiedRemoval strategy, UnlearningDataset data, long seed) {
    try (Network start = linear((int) data.rowShape().size(), data.classes())) {
      return strategy.train(start, data, seed);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Network linear(int inputs, int classes) {
    return Network.of(new Sequential().add(new Linear(classes)), new Shape(inputs), 1);
  }

  /** ‖∇J‖ by the perturbation of the training, summed over the classes: what the certificate bounds. */
  private static double gradient(CertifiedRemoval strategy, Network network, Rows rows) {
    CertifiedRemoval.Examples examples = CertifiedRemoval.Examples.of(Probe.of(network, rows));
    double[][] heads = heads(network, examples.x()[0].length);
    double sum = 0;
    for (int c = 0; c < heads.length; c++) {
      sum += LogisticObjective.norm(strategy.objective(examples, c, SEED).gradient(heads[c]));
    }
    return sum;
  }

  private static double[][] heads(Network network, int d) {
    try (Weights weights = network.weights()) {
      float[] flat = weights.toFloats();
      int classes = network.classes();
      return IntStream.range(0, classes)
          .mapToObj(
              c ->
                  IntStream.range(0, d)
                      .mapToDouble(k -> flat[k < d - 1 ? c * (d - 1) + k : classes * (d - 1) + c])
                      .toArray())
          .toArray(double[][]::new);
    }
  }

  private CertifiedRemoval.Ledger ledger() {
    try {
      return Json.load(folder.resolve("ledger.json"), CertifiedRemoval.Ledger.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private double residual() {
    List<CertifiedRemoval.State> states = ledger().states();
    return states.get(states.size() - 1).residual();
  }

  /**
   * Removes rows a request at a time. After each the gradient of J on what is left is below the bound, retraining is within
   * bound/(λ n) as J bends by λ n at least, and — the control — without the step the gradient would be above the bound.
   */
  private void assertTheBoundHolds(
      CertifiedRemoval strategy, UnlearningDataset data, int requests, int rows) {
    UnlearningDataset marked = data.markRetain(data.trained());
    Network now = trained(strategy, marked);
    try {
      for (int request = 1; request <= requests; request++) {
        marked = marked.markForget(marked.trained().first(request * rows));
        Rows kept = marked.retain();
        double without = gradient(strategy, now, kept);
        double before = residual();
        Unlearned unlearned = strategy.unlearn(UnlearningTask.of(now, marked));
        now.close();
        now = unlearned.network();
        double found = gradient(strategy, now, kept);
        assertThat(found).isGreaterThan(0).isLessThan(residual());
        assertThat(residual()).isGreaterThan(before).isLessThan(strategy.budget());
        assertThat(without).isGreaterThan(residual());
        assertThat(distanceToRetrained(strategy, now, kept))
            .isLessThan(residual() / (strategy.decay() * kept.size()));
      }
      assertThat(ledger().states()).hasSize(requests + 1);
    } finally {
      now.close();
    }
  }

  private static double distanceToRetrained(CertifiedRemoval strategy, Network network, Rows kept) {
    CertifiedRemoval.Examples examples = CertifiedRemoval.Examples.of(Probe.of(network, kept));
    double[][] heads = heads(network, examples.x()[0].length);
    double sum = 0;
    for (int c = 0; c < heads.length; c++) {
      double[] retrained = strategy.objective(examples, c, SEED).minimum();
      LogisticObjective.addScaled(retrained, heads[c], -1);
      sum += LogisticObjective.norm(retrained);
    }
    return sum;
  }

  @Test
  void theBoundHoldsOnGeneratedRows() {
    try (UnlearningDataset data = Toys.clouds(3)) {
      assertTheBoundHolds(strategy(), data, 4, 3);
    }
  }

  @Test
  void theBoundHoldsOnBreastCancer() throws IOException {
    double[][] x;
    int[] y;
    try (Stream<String> lines = Files.lines(real("uci-wdbc", "wdbc.data"))) {
      List<String[]> cells = lines.filter(l -> !l.isBlank()).map(l -> l.split(",", -1)).toList();
      x =
          cells.stream()
              .map(c -> Arrays.stream(c).skip(2).mapToDouble(Double::parseDouble).toArray())
              .toArray(double[][]::new);
      y = cells.stream().mapToInt(c -> c[1].equals("M") ? 1 : 0).toArray();
    }
    try (UnlearningDataset data = normalized(x, y)) {
      assertTheBoundHolds(strategy().withDecay(0.01), data, 5, 2);
    }
  }

  @Test
  void theBoundHoldsOnIncomes() throws IOException {
    int[] columns = {0, 4, 10, 11, 12};
    double[][] x;
    int[] y;
    try (Stream<String> lines = Files.lines(real("uci-adult", "adult.data"))) {
      List<String[]> cells =
          lines.filter(l -> !l.isBlank()).limit(10_000).map(l -> l.split(", ", -1)).toList();
      x =
          cells.stream()
              .map(c -> Arrays.stream(columns).mapToDouble(k -> Double.parseDouble(c[k])).toArray())
              .toArray(double[][]::new);
      y = cells.stream().mapToInt(c -> c[14].startsWith(">") ? 1 : 0).toArray();
    }
    try (UnlearningDataset data = normalized(x, y)) {
      assertTheBoundHolds(strategy().withDecay(1e-3), data, 3, 20);
    }
  }

  private static Path real(String name, String file) {
    String root = System.getenv("ERASUS_DATA_DIR");
    assumeTrue(root != null, "ERASUS_DATA_DIR is not set: real data are not tested");
    Path path = Path.of(root, name, file);
    assumeTrue(Files.exists(path), path + " is not there");
    return path;
  }

  /** Columns of mean 0 and variance 1, rows of norm 1 as in the paper. */
  private static UnlearningDataset normalized(double[][] x, int[] y) {
    int d = x[0].length;
    float[] flat = new float[x.length * d];
    for (int k = 0; k < d; k++) {
      int column = k;
      double mean = Arrays.stream(x).mapToDouble(r -> r[column]).average().orElseThrow();
      double variance =
          Arrays.stream(x).mapToDouble(r -> Math.pow(r[column] - mean, 2)).average().orElseThrow();
      for (double[] row : x) {
        row[k] = (row[k] - mean) / Math.sqrt(variance);
      }
    }
    for (int i = 0; i < x.length; i++) {
      double norm = LogisticObjective.norm(x[i]);
      for (int k = 0; k < d; k++) {
        flat[i * d + k] = (float) (x[i][k] / norm);
      }
    }
    return UnlearningDataset.of(flat, new Shape(d), y, 2);
  }

  /** δ = 1.5 exp(−c²/2) with c = 4 leaves σε/c = 10·0.5/4. */
  @Test
  void theBudgetIsThatOfTheTheorem() {
    assertThat(strategy().withEpsilon(0.5).withDelta(1.5 * Math.exp(-8)).budget())
        .isCloseTo(1.25, within(1e-12));
  }

  /** Fit, step and bound against SciPy, for three classes against the rest, with perturbations of a formula. */
  @Test
  void fitsStepsAndBoundsAsSciPy() {
    Golden golden = Golden.load(getClass(), "edits");
    double lambda = golden.number("/certified/lambda");
    CertifiedRemoval strategy = strategy().withDecay(lambda);
    try (UnlearningDataset data = GoldenRun.THREE_CLASSES.data();
        Network network = linear(8, 3)) {
      CertifiedRemoval.Examples all =
          CertifiedRemoval.Examples.of(Probe.of(network, data.retain().and(data.forget())));
      CertifiedRemoval.Examples rest = all.part(0, 32);
      CertifiedRemoval.Examples out = all.part(32, 40);
      assertThat(LogisticObjective.spectralNormBound(rest.x()))
          .isBetween(
              golden.number("/certified/spectral"),
              golden.number("/certified/spectral") * Math.pow(9, 1 / 64.0));
      for (int c = 0; c < 3; c++) {
        double[] b = new double[9];
        for (int k = 0; k < 9; k++) {
          b[k] = Math.sin(3 * c + k);
        }
        double[] w = new LogisticObjective(all.x(), all.signs(c), lambda, b).minimum();
        assertThat(w).containsExactly(golden.numbers("/certified/optimum/" + c), within(1e-7));
        double[] delta = strategy.delta(rest, out, c, w);
        assertThat(delta).containsExactly(golden.numbers("/certified/delta/" + c), within(1e-7));
        LogisticObjective.addScaled(w, delta, 1);
        double[] gradient = new LogisticObjective(rest.x(), rest.signs(c), lambda, b).gradient(w);
        assertThat(LogisticObjective.norm(gradient))
            .isCloseTo(golden.numbers("/certified/gradient")[c], within(1e-6))
            .isLessThan(golden.numbers("/certified/bound")[c]);
      }
    }
  }

  /**
   * What a removal spends is the bound of the paper as NumPy has it, summed over the classes, and no more than the stated
   * differences above it: ‖X‖₂ is bounded within d^(1/64), and each weight is rounded by at most 2⁻²⁴ of itself. One part in 10⁴ is
   * for the rounding of the weights it starts from.
   */
  @Test
  void aRemovalSpendsTheBoundOfThePaper() throws IOException {
    Golden golden = Golden.load(getClass(), "edits");
    double lambda = golden.number("/certified/lambda");
    CertifiedRemoval strategy = strategy().withDecay(lambda).withNoise(1e6);
    float[] optimum = new float[27];
    for (int c = 0; c < 3; c++) {
      double[] w = golden.numbers("/certified/optimum/" + c);
      for (int k = 0; k < 9; k++) {
        optimum[k < 8 ? 8 * c + k : 24 + c] = (float) w[k];
      }
    }
    try (UnlearningDataset data = GoldenRun.THREE_CLASSES.data();
        Network network = linear(8, 3);
        Weights weights = Weights.of(network.layout(), optimum, new float[0])) {
      network.restore(weights);
      CertifiedRemoval.State start =
          new CertifiedRemoval.State(
              weights.fingerprint(), data.rows().fingerprint(), 0, List.of());
      Json.save(
          folder.resolve("ledger.json"),
          new CertifiedRemoval.Ledger(
              strategy.noise(),
              lambda,
              strategy.epsilon(),
              strategy.delta(),
              List.of("given"),
              List.of(start)));
      try (Unlearned unlearned = strategy.unlearn(UnlearningTask.of(network, data));
          Weights end = unlearned.network().weights()) {
        double bound = Arrays.stream(golden.numbers("/certified/bound")).sum();
        double looser = Math.pow(9, 1 / 64.0);
        double spectral = looser * golden.number("/certified/spectral");
        double rounding =
            (spectral * spectral / 4 + lambda * 32) * Math.sqrt(3) * end.norm() * Math.pow(2, -24);
        assertThat(residual())
            .isBetween(bound * (1 - 1e-4), bound * looser * (1 + 1e-4) + rounding);
      }
    }
  }

  /**
   * The certificate rests on b ~ N(0, σ²I), drawn for every class and training on its own. Weights that minimise J₀ + bᵀw have
   * b = −∇J₀(w), with J₀ free of noise, so b is read off what was handed out. Were the N values g = b/σ normal and independent,
   * each of these would fail with a probability of at most 4e^{−t}, t = 16:
   *
   * <pre>{@code
   * |Σ g|                     ≤ √(2tN)                          the tail of N(0, N)
   * Σ g²                      in N − 2√(Nt), N + 2√(Nt) + 2t    of χ², Laurent and Massart 2000
   * |Σ u·v| over M pairs      ≤ 2√(Mt) + t                      u·v = (p² − q²)/2, p, q = (u ± v)/√2: the same twice
   * |#(|g| < 0.67449) − N/2|  ≤ √(tN/2)                         Hoeffding; half of a normal is within 0.67449
   * }</pre>
   *
   * <p>No noise fails the second, as does a tenth of it; one b for all classes, or for all trainings, fails the third.
   */
  @Test
  void theNoiseIsNormalAndDrawnForEveryClassAndTraining() {
    int trainings = 120;
    double t = 16;
    float[] x = new float[36];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) Math.sin(1.1 * i);
    }
    int[] labels = IntStream.range(0, 12).map(i -> i % 3).toArray();
    double[][][] g = new double[trainings][][];
    try (UnlearningDataset data = UnlearningDataset.of(x, new Shape(3), labels, 3)) {
      for (int s = 0; s < trainings; s++) {
        CertifiedRemoval one =
            strategy().withNoise(7).withLedger(folder.resolve("ledger-" + s + ".json"));
        try (Network network = trained(one, data, s)) {
          g[s] = noise(one, network, data.retain());
        }
      }
    }
    double[] all = flat(Arrays.stream(g).flatMap(Arrays::stream));
    double n = all.length;
    assertThat(Math.abs(Arrays.stream(all).sum())).isLessThan(Math.sqrt(2 * t * n));
    assertThat(LogisticObjective.dot(all, all))
        .isBetween(n - 2 * Math.sqrt(n * t), n + 2 * Math.sqrt(n * t) + 2 * t);
    assertThat(Math.abs(Arrays.stream(all).filter(v -> Math.abs(v) < 0.67449).count() - n / 2))
        .isLessThan(Math.sqrt(t * n / 2));
    for (int c = 0; c < 3; c++) {
      int one = c;
      int other = (c + 1) % 3;
      assertUncorrelated(
          flat(Arrays.stream(g).map(b -> b[one])), flat(Arrays.stream(g).map(b -> b[other])), t);
    }
    int pairs = trainings / 2;
    assertUncorrelated(
        flat(IntStream.range(0, pairs).mapToObj(s -> g[2 * s]).flatMap(Arrays::stream)),
        flat(IntStream.range(0, pairs).mapToObj(s -> g[2 * s + 1]).flatMap(Arrays::stream)),
        t);
    assertUncorrelated(entries(all, 0), entries(all, 1), t);
    assertUncorrelated(entries(all, 2), entries(all, 3), t);
  }

  /** −∇J₀/σ of every class, (C, d). */
  private static double[][] noise(CertifiedRemoval strategy, Network network, Rows rows) {
    CertifiedRemoval.Examples examples = CertifiedRemoval.Examples.of(Probe.of(network, rows));
    double[][] g = heads(network, examples.x()[0].length);
    for (int c = 0; c < g.length; c++) {
      g[c] = LogisticObjective.of(examples.x(), examples.signs(c), strategy.decay()).gradient(g[c]);
      for (int k = 0; k < g[c].length; k++) {
        g[c][k] /= -strategy.noise();
      }
    }
    return g;
  }

  private static double[] flat(Stream<double[]> vectors) {
    return vectors.flatMapToDouble(Arrays::stream).toArray();
  }

  /** Every fourth value: one entry of each b. */
  private static double[] entries(double[] all, int k) {
    return IntStream.range(0, all.length / 4).mapToDouble(i -> all[4 * i + k]).toArray();
  }

  private static void assertUncorrelated(double[] u, double[] v, double t) {
    assertThat(Math.abs(LogisticObjective.dot(u, v))).isLessThan(2 * Math.sqrt(u.length * t) + t);
  }

  @Test
  void refusesToTrainOnNoRows() {
    try (UnlearningDataset data = data()) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> trained(strategy(), data.markForget(data.trained()), SEED))
          .withMessageContaining("fits the head to the rows marked retain, but there are none");
      assertThat(folder).isEmptyDirectory();
    }
  }

  /** The control: what is removed is gone from the weights, the rest of the rows is still recognised. */
  @Test
  void removesRowsAndKeepsTheRest() {
    try (UnlearningDataset data = data();
        Network network = network(data);
        Unlearned unlearned = strategy().unlearn(UnlearningTask.of(network, data))) {
      assertThat(Runs.forgetLoss(unlearned.network(), data))
          .isGreaterThan(Runs.forgetLoss(network, data));
      assertThat(unlearned.network().accuracy(data.retain())).isGreaterThan(0.7);
      assertThat(unlearned.record().reason()).contains("residual bound").contains("of a budget of");
    }
  }

  @Test
  void aSpentBudgetIsRefusedAndTheLedgerStays() throws IOException {
    CertifiedRemoval strict = strategy().withEpsilon(1e-6);
    try (UnlearningDataset data = data();
        Network network = trained(strict, data)) {
      String before = Files.readString(folder.resolve("ledger.json"));
      assertThatThrownBy(() -> strict.unlearn(UnlearningTask.of(network, data)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("the budget is spent")
          .hasMessageContaining("train the head again by CertifiedRemoval.train");
      assertThat(Files.readString(folder.resolve("ledger.json"))).isEqualTo(before);
    }
  }

  /** Spent, trained again as the error says, and asked again: rows of all three stay gone, whatever their marks. */
  @Test
  void afterTrainingAgainRequestsGoOn() {
    CertifiedRemoval strategy = strategy();
    try (UnlearningDataset all = data();
        Network network = network(all)) {
      UnlearningDataset first = all.markRetain(all.trained()).markForget(0);
      strategy.unlearn(UnlearningTask.of(network, first)).close();
      UnlearningDataset second = first.markForget(1); // refused for the budget, say
      try (Network again = trained(strategy, second, SEED + 1)) {
        assertThat(ledger().states()).hasSize(1);
        assertThat(ledger().states().get(0).removed()).containsExactlyInAnyOrder(0L, 1L);
        UnlearningDataset third = second.markForget(2);
        try (Unlearned unlearned = strategy.unlearn(UnlearningTask.of(again, third))) {
          assertThat(ledger().states().get(1).removed()).containsExactly(2L);
          assertThat(unlearned.network().accuracy(third.retain())).isGreaterThan(0.7);
        }
        trained(strategy, third, SEED + 2).close();
        for (long removed = 0; removed < 3; removed++) {
          UnlearningDataset back = third.markRetain(removed);
          assertThatIllegalArgumentException()
              .isThrownBy(() -> trained(strategy, back, SEED + 3))
              .withMessageContaining("was removed before, but is marked RETAIN");
        }
      }
    }
  }

  /** One promise from training to training, and a b of its own for every one. */
  @Test
  void theLedgerKeepsThePromiseAndKnowsSeedsThatWereUsed() {
    CertifiedRemoval strategy = strategy();
    try (UnlearningDataset all = data();
        Network network = network(all)) {
      UnlearningDataset one = all.markRetain(all.trained()).markForget(0);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> strategy.withEpsilon(0.5).unlearn(UnlearningTask.of(network, one)))
          .withMessageContaining("the ledger is of a training with epsilon 1.0")
          .withMessageContaining("but they were epsilon 0.5");
      CertifiedRemoval.Ledger before = ledger();
      trained(strategy, all).close(); // the same again gives the same
      assertThat(ledger()).isEqualTo(before);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> trained(strategy, one, SEED))
          .withMessageContaining("the seed is that of an earlier training")
          .withMessageContaining("draw a new one");
      trained(strategy, one, SEED + 1).close();
      assertThat(ledger().seeds()).hasSize(2).doesNotContain(Long.toString(SEED));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> trained(strategy.withNoise(20), one, SEED + 1))
          .withMessageContaining("the seed is that of an earlier training");
    }
  }

  /** The same request again spends nothing; another one on weights that are not the last is refused. */
  @Test
  void requestsFollowOneAnother() {
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      UnlearningDataset first = data.markRetain(data.forget()).markForget(0, 1);
      UnlearningDataset second = first.markForget(2);
      UnlearningTask task = UnlearningTask.of(network, first);
      try (Unlearned once = strategy().unlearn(task)) {
        CertifiedRemoval.Ledger known = ledger();
        strategy().unlearn(task).close();
        assertThat(ledger()).isEqualTo(known);
        assertThatThrownBy(() -> strategy().unlearn(UnlearningTask.of(network, second)))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("go on from the weights of the last removal");
        UnlearningTask next = UnlearningTask.of(once.network(), second);
        strategy().unlearn(next).close();
        assertThat(ledger().states()).hasSize(3);
        assertThat(ledger().states().get(2).removed()).containsExactly(2L);
        assertThatThrownBy(() -> strategy().unlearn(UnlearningTask.of(once.network(), first)))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("all forget rows were removed before");
        assertThatThrownBy(
                () -> strategy().unlearn(UnlearningTask.of(once.network(), second.markRetain(0))))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("row 0 was removed before, but is marked RETAIN");
      }
    }
  }

  /** Two requests at a time on the same weights: one is carried out, and nothing of the other. */
  @RepeatedTest(5)
  void threadsDoNotSpendTheSameBudget() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try (UnlearningDataset data = data();
        Network network = network(data);
        Network copy = network.copy()) {
      UnlearningDataset rows = data.markRetain(data.forget());
      CyclicBarrier start = new CyclicBarrier(2);
      List<Future<Boolean>> requests =
          List.of(
              threads.submit(() -> removes(start, network, rows.markForget(0))),
              threads.submit(() -> removes(start, copy, rows.markForget(1))));
      int carriedOut = 0;
      for (Future<Boolean> request : requests) {
        carriedOut += request.get(60, TimeUnit.SECONDS) ? 1 : 0;
      }
      assertThat(carriedOut).isEqualTo(1);
      assertThat(ledger().states()).hasSize(2);
      assertThat(ledger().states().get(1).removed()).hasSize(1);
    } finally {
      threads.shutdown();
    }
  }

  private boolean removes(CyclicBarrier start, Network network, UnlearningDataset rows)
      throws Exception {
    start.await(60, TimeUnit.SECONDS);
    try (Unlearned unlearned = strategy().unlearn(UnlearningTask.of(network, rows))) {
      return unlearned.network().classes() == network.classes();
    } catch (IllegalStateException e) {
      assertThat(e).hasMessageContaining("is in use: wait until that removal or training");
      return false;
    } catch (IllegalArgumentException e) {
      assertThat(e).hasMessageContaining("go on from the weights of the last removal");
      return false;
    }
  }

  /** The process that holds the ledger. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] args) throws IOException {
      try (HeldFile held = HeldFile.of(Path.of(args[0]), "held")) {
        System.out.println("held");
        System.in.read();
      }
    }
  }

  /** A refusal in this process takes nothing from the other; its end, however it comes, lets go. */
  @Test
  void anotherProcessKeepsTheLedgerToItself() throws Exception {
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      UnlearningTask task = UnlearningTask.of(network, data);
      String before = Files.readString(folder.resolve("ledger.json"));
      Process other = hold(folder.resolve("ledger.json.lock"));
      try (var says = other.inputReader(StandardCharsets.UTF_8)) {
        assertThat(says.readLine()).isEqualTo("held");
        for (int i = 0; i < 2; i++) {
          assertThatThrownBy(() -> strategy().unlearn(task))
              .isInstanceOf(IllegalStateException.class)
              .hasMessageContaining("the ledger " + folder.resolve("ledger.json") + " is in use");
        }
        assertThatThrownBy(() -> trained(strategy(), data))
            .isInstanceOf(IllegalStateException.class);
      } finally {
        other.destroyForcibly().waitFor(30, TimeUnit.SECONDS);
      }
      assertThat(Files.readString(folder.resolve("ledger.json"))).isEqualTo(before);
      strategy().unlearn(task).close();
    }
  }

  /** A user in this process who is refused does not let another process in. */
  @Test
  void whoIsRefusedHereDoesNotOpenTheDoorToOthers() throws Exception {
    Path lock = folder.resolve("lock");
    try (HeldFile held = HeldFile.of(lock, "first")) {
      assertThatThrownBy(() -> HeldFile.of(folder.resolve("./lock"), "taken"))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("taken");
      Process other = hold(lock);
      assertThat(other.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(other.exitValue()).isNotZero();
      try (var says = other.inputReader(StandardCharsets.UTF_8)) {
        assertThat(says.readLine()).isNull();
      }
    }
    HeldFile.of(lock, "again").close();
  }

  @Test
  void aLockInAFolderThatIsNotThereSaysToCreateIt() {
    Path missing = folder.resolve("missing");
    assertThatThrownBy(() -> HeldFile.of(missing.resolve("lock"), "held"))
        .isInstanceOf(IOException.class)
        .hasMessage(
            missing.resolve("lock") + ": directory " + missing + " does not exist: create it");
  }

  /** What was done under a lock is done, even when the lock does not close. */
  @Test
  void aLockThatDoesNotCloseLosesNothing() {
    new HeldFile(
            folder.resolve("lock"),
            () -> {
              throw new IOException("no");
            })
        .close();
  }

  private static Process hold(Path file) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx64m",
            "-XX:-UsePerfData",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            Holder.class.getName(),
            file.toString())
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  @Test
  void refusesWhatTheLedgerDoesNotKnow() {
    try (UnlearningDataset data = data();
        UnlearningDataset others = Toys.clouds(2);
        Network stranger = linear(Toys.WIDTH, Toys.CLASSES)) {
      assertThatThrownBy(() -> strategy().unlearn(UnlearningTask.of(stranger, data)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("train the head with CertifiedRemoval.train");
      try (Network network = network(data)) {
        assertThatThrownBy(() -> strategy().unlearn(UnlearningTask.of(stranger, data)))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("weights are none the ledger knows");
        assertThatThrownBy(() -> strategy().unlearn(UnlearningTask.of(network, others)))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("the rows are not those that the weights are of");
        assertThatThrownBy(() -> strategy().withNoise(20).unlearn(UnlearningTask.of(network, data)))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("a training with epsilon 1.0, delta 1.0E-4, noise 10.0");
        try (Mask mask = LastLayers.mask(network, 1)) {
          assertThatThrownBy(
                  () -> strategy().unlearn(UnlearningTask.of(network, data).withMask(mask)))
              .isInstanceOf(IllegalArgumentException.class)
              .hasMessageContaining("masked weights");
        }
      }
    }
  }

  /** A hidden layer that is trained makes the loss not convex; frozen it is a fixed feature. */
  @Test
  void aTrainedHiddenLayerIsRefusedAndAFrozenOneIsNot() throws IOException {
    try (UnlearningDataset data = data();
        Network network = Toys.perceptron(1)) {
      assertThatThrownBy(() -> strategy().train(network, data, SEED))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("convex in all that is trained")
          .hasMessageContaining("freeze every layer but the last");
    }
    Linear hidden = new Linear(16);
    hidden.freezeParameters(true);
    Sequential block =
        new Sequential()
            .add("hidden", hidden)
            .apply(Activation::relu)
            .add("head", new Linear(Toys.CLASSES));
    try (UnlearningDataset data = data();
        Network start = Network.of(block, new Shape(Toys.WIDTH), 1);
        Network network = strategy().train(start, data.markRetain(data.trained()), SEED);
        Unlearned unlearned = strategy().unlearn(UnlearningTask.of(network, data));
        Weights before = start.weights();
        Weights after = unlearned.network().weights()) {
      assertThat(after.values("hidden.weight")).isEqualTo(before.values("hidden.weight"));
      assertThat(gradient(strategy(), unlearned.network(), data.retain())).isLessThan(residual());
    }
  }

  @Test
  void aRemovedRowDoesNotComeBackByTrainingAgain() throws IOException {
    try (UnlearningDataset data = data();
        Network network = trained(strategy(), data);
        Unlearned unlearned = strategy().unlearn(UnlearningTask.of(network, data))) {
      assertThatThrownBy(() -> trained(strategy(), data))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("was removed before");
    }
  }

  @Test
  void trainingReadsTheRetainRowsAlone() throws IOException {
    CertifiedRemoval other = strategy().withLedger(folder.resolve("other.json"));
    try (UnlearningDataset data = data();
        Network start = linear((int) data.rowShape().size(), data.classes());
        Network trained = other.train(start, data, SEED)) {
      assertThat(gradient(other, trained, data.retain())).isLessThan(1e-2);
      assertThat(gradient(other, trained, data.trained())).isGreaterThan(0.1);
    }
  }

  @Test
  void refusesSettingsOutOfRange() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CertifiedRemoval.DEFAULTS.withDecay(0))
        .withMessage("decay must be > 0 and finite, but was 0.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CertifiedRemoval.DEFAULTS.withDelta(1))
        .withMessage("delta must be in (0.0, 1.0), but was 1.0");
  }
}
