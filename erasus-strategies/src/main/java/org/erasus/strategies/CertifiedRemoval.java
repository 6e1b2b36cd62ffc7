package org.erasus.strategies;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.erasus.Check;
import org.erasus.Cholesky;
import org.erasus.Json;
import org.erasus.Need;
import org.erasus.Network;
import org.erasus.Probe;
import org.erasus.Rows;
import org.erasus.RunLog;
import org.erasus.Seeds;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningTask;
import org.erasus.WeightEdit;
import org.erasus.WeightLayout;
import org.erasus.Weights;

/**
 * Certified removal: takes rows out of regularised logistic regression by one Newton step, with a guarantee that the result is
 * hardly to be told from one that never saw them.
 *
 * <p>The network is a linear layer on fixed features: a single {@code Linear}, or one whose other layers are all frozen. Each class
 * is a regression of its own against the rest, as in the paper, with x the features and a 1 for the bias, y = ±1, and
 *
 * <pre>{@code
 * J(w; D) = Σ_{i∈D} log(1 + exp(−y_i wᵀx_i)) + (λ n/2) ‖w‖² + bᵀw,  b ~ N(0, σ²I)   drawn once, by train
 * g = Σ_{i∈D_f} [∇ log(1 + exp(−y_i wᵀx_i)) + λ w]                                  (d)
 * Δ = ∇²J(w; D_r)⁻¹ g;   w ← w + Δ                                                  (d)
 * β ← β + ¼ max‖x‖ ‖X‖₂ ‖Δ‖ ‖XΔ‖,  X the rows of D_r                                ≥ ‖∇J(w; D_r)‖, summed over classes
 * (ε, δ)-certified while β ≤ σ ε/c,   δ = 1.5 exp(−c²/2)
 * }</pre>
 *
 * <p>{@link #train} fits the head and starts a ledger, a file that holds the promise (ε and δ), β, which rows were removed, and
 * fingerprints of weights and rows. Every removal reads it and writes it, so that the budget is spent across requests and runs;
 * the same request on the same weights gives the same result again and spends nothing. When the budget is gone, when the weights
 * are not those of the ledger, when another promise is asked for than was made or when the network is not of this kind, nothing
 * is changed and the reason is thrown. A spent budget comes back by training the head again under a new seed, which leaves the
 * forget rows out; the ledger goes on knowing which rows are gone, and takes them neither for trained on nor for new. Who knows
 * the seed of the training knows b: it has to stay secret, drawn from all 64 bits, and so do recipes that name it and the ledger,
 * which holds a digest of it by which one that is used again is found. One removal or training at a time may use a ledger: while
 * it works it holds a lock, a file of the ledger's name with {@code .lock} after it, and others are refused.
 *
 * <p>Differences from the paper and its code: a bias, counted in x and regularised; max‖x‖ for features that are not normalised to
 * 1; ‖X‖₂ is bounded from above, where power iteration comes from below; β starts at the gradient that training left, and grows
 * by what rounding to 32 bits may add. With two classes there are two regressions.
 *
 * @param epsilon ε in (0, 1]
 * @param delta δ in (0, 1)
 * @param noise σ, above 0
 * @param decay λ, above 0
 * @param ledger path of the ledger, which {@link #train} makes
 * @see <a href="https://arxiv.org/abs/1911.03030">Guo et al., 2020</a>
 */
public record CertifiedRemoval(
    double epsilon, double delta, double noise, double decay, Optional<Path> ledger)
    implements WeightEdit {
  /** ε 1, δ 1e-4, σ 10, λ 1e-3, no ledger yet. */
  public static final CertifiedRemoval DEFAULTS =
      new CertifiedRemoval(1, 1e-4, 10, 1e-3, Optional.empty());

  /** γ of the paper, how fast the second derivative of the logistic loss changes; that derivative is at most ¼, too. */
  private static final double LIPSCHITZ = 0.25;

  private static final int PROBED = 16;

  /** Checks the ranges. */
  public CertifiedRemoval {
    Check.inClosed(epsilon, Double.MIN_VALUE, 1, "epsilon");
    Check.inOpen(delta, 0, 1, "delta");
    Check.positive(noise, "noise");
    Check.positive(decay, "decay");
    ledger = ledger.map(Path::toAbsolutePath);
  }

  /** This strategy with another ε. */
  public CertifiedRemoval withEpsilon(double epsilon) {
    return new CertifiedRemoval(epsilon, delta, noise, decay, ledger);
  }

  /** This strategy with another δ. */
  public CertifiedRemoval withDelta(double delta) {
    return new CertifiedRemoval(epsilon, delta, noise, decay, ledger);
  }

  /** This strategy with another σ. */
  public CertifiedRemoval withNoise(double noise) {
    return new CertifiedRemoval(epsilon, delta, noise, decay, ledger);
  }

  /** This strategy with another λ. */
  public CertifiedRemoval withDecay(double decay) {
    return new CertifiedRemoval(epsilon, delta, noise, decay, ledger);
  }

  /** This strategy with another ledger. */
  public CertifiedRemoval withLedger(Path file) {
    return new CertifiedRemoval(epsilon, delta, noise, decay, Optional.of(file));
  }

  /**
   * What was done so far.
   *
   * @param noise σ of the training
   * @param decay λ of the training
   * @param epsilon ε that was promised at the training
   * @param delta δ that was promised at the training
   * @param seeds digests of the seeds of all trainings so far, this one last
   * @param states one after the training and one after each removal
   */
  public record Ledger(
      double noise,
      double decay,
      double epsilon,
      double delta,
      List<String> seeds,
      List<State> states) {
    /** Copies the lists. */
    public Ledger {
      seeds = List.copyOf(seeds);
      states = List.copyOf(states);
    }

    private Ledger with(State next) {
      List<State> more = new ArrayList<>(states);
      more.add(next);
      return new Ledger(noise, decay, epsilon, delta, seeds, more);
    }

    /** Whether training by a seed on some rows gives what this training gave. */
    private boolean isOf(String seed, Rows rows, CertifiedRemoval settings) {
      return seeds.get(seeds.size() - 1).equals(seed)
          && states.get(0).rows().equals(rows.fingerprint())
          && noise == settings.noise
          && decay == settings.decay;
    }

    private Set<Long> removed() {
      return removedUpTo(states.size() - 1);
    }

    private Set<Long> removedUpTo(int state) {
      Set<Long> removed = new TreeSet<>();
      states.subList(0, state + 1).forEach(s -> removed.addAll(s.removed()));
      return removed;
    }
  }

  /**
   * Weights that were handed out.
   *
   * @param weights fingerprint of the network's weights
   * @param rows fingerprint of the rows they are of
   * @param residual β, a bound on the norm of the gradient of J, summed over the classes
   * @param removed ids of the rows that this step took out; of the first state those that were removed before the
   *     training or marked forget at it
   */
  public record State(String weights, String rows, double residual, List<Long> removed) {
    /** Copies the list. */
    public State {
      removed = List.copyOf(removed);
    }
  }

  /** σ ε/c, the residual that may be reached. */
  public double budget() {
    return noise * epsilon / Math.sqrt(2 * Math.log(1.5 / delta));
  }

  @Override
  public Set<Need> needs() {
    return ledger.isPresent()
        ? EnumSet.of(Need.FORGET_ROWS, Need.RETAIN_ROWS)
        : EnumSet.of(Need.FORGET_ROWS, Need.RETAIN_ROWS, Need.TRAINING_HISTORY);
  }

  /**
   * Fits the head to the rows marked retain and starts the ledger anew: β is small again, rows that were removed stay so.
   *
   * @param network a linear layer on fixed features; left as it is
   * @param data its retain rows are trained on, and must not be rows that the ledger knows to be removed; rows marked forget
   *     count as removed from here on
   * @param seed of b; to be kept secret, and a new one for every training, as two results of one b on other rows tell what
   *     differs
   * @return a copy with the fitted head, which the caller closes
   * @throws IllegalArgumentException when the network is not of that kind, no row is marked retain, a row comes back that was
   *     removed, or the seed is that of an earlier training on other rows or with other settings
   * @throws IllegalStateException before any work when the ledger is in use
   * @throws IOException when the ledger cannot be written
   */
  public Network train(Network network, UnlearningDataset data, long seed) throws IOException {
    if (data.retain().isEmpty()) {
      throw new IllegalArgumentException(
          displayName()
              + " fits the head to the rows marked retain, but there are none: mark some");
    }
    try (HeldFile held = hold()) {
      return trainHeld(network, data, seed);
    }
  }

  private Network trainHeld(Network network, UnlearningDataset data, long seed) throws IOException {
    Path file = file();
    Rows rows = sorted(data.retain());
    List<String> seeds = new ArrayList<>();
    Set<Long> gone = new TreeSet<>();
    LongStream.of(data.forget().ids()).forEach(gone::add);
    String now = digest(seed);
    if (Files.exists(file)) {
      Ledger known = Json.load(file, Ledger.class);
      requireGone(data, known.removed());
      gone.addAll(known.removed());
      if (known.seeds().contains(now) && !known.isOf(now, rows, this)) {
        throw new IllegalArgumentException(
            displayName()
                + ": the seed is that of an earlier training of the ledger "
                + file
                + " on other rows or with other settings: draw a new one");
      }
      seeds.addAll(known.seeds());
      seeds.remove(now);
    }
    seeds.add(now);
    Examples examples = Examples.of(Probe.of(network, rows));
    requireLinearHead(network, rows, examples);
    double[][] heads = new double[network.classes()][];
    for (int c = 0; c < heads.length; c++) {
      heads[c] = objective(examples, c, seed).minimum();
    }
    Network trained = network.copy();
    try (Weights before = network.weights();
        Weights after = withHead(before, heads)) {
      trained.restore(after);
      double[][] rounded = head(after, heads[0].length);
      double residual = 0;
      for (int c = 0; c < heads.length; c++) {
        residual += LogisticObjective.norm(objective(examples, c, seed).gradient(rounded[c]));
      }
      State start = new State(after.fingerprint(), rows.fingerprint(), residual, List.copyOf(gone));
      Json.save(file, new Ledger(noise, decay, epsilon, delta, seeds, List.of(start)));
      return trained;
    } catch (IOException | RuntimeException | Error e) {
      trained.close();
      throw e;
    }
  }

  /** Tells seeds apart without naming them. */
  private static String digest(long seed) {
    try {
      byte[] bytes = ByteBuffer.allocate(Long.BYTES).putLong(seed).array();
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** J of a class, with its perturbation. */
  LogisticObjective objective(Examples examples, int c, long seed) {
    SplittableRandom random = new Seeds(seed).stream("objective-perturbation", c);
    double[] b = new double[examples.x()[0].length];
    for (int k = 0; k < b.length; k++) {
      b[k] = noise * random.nextGaussian();
    }
    return new LogisticObjective(examples.x(), examples.signs(c), decay, b);
  }

  /**
   * Removes the forget rows.
   *
   * @throws IllegalArgumentException before any work when the network, the rows or the task are not what the ledger is of
   * @throws IllegalStateException when the budget does not allow the removal, or, before any work, when the ledger is in use; it is
   *     then as before
   */
  @Override
  public Weights edit(UnlearningTask task, RunLog log) {
    requireWhole(task);
    requireLedger();
    try (HeldFile held = hold()) {
      return editHeld(task, log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Nobody else reads the ledger before what is removed here stands in it. */
  private Weights editHeld(UnlearningTask task, RunLog log) {
    Ledger known = load();
    try (Weights original = task.network().weights()) {
      int state = stateOf(known, original);
      Set<Long> gone = known.removedUpTo(state);
      long[] ids = task.data().forget().ids();
      Rows removed = sorted(task.data().forget().where(i -> !gone.contains(ids[i])));
      requireGone(task.data(), gone);
      if (removed.isEmpty()) {
        throw new IllegalArgumentException(
            displayName() + ": all forget rows were removed before: there is nothing to do");
      }
      Rows kept = sorted(task.data().retain());
      Rows rows = kept.and(removed);
      if (!sorted(rows).fingerprint().equals(known.states().get(state).rows())) {
        throw new IllegalArgumentException(
            displayName()
                + ": the rows are not those that the weights are of; ids, classes and values of all rows that were"
                + " trained on and not removed must be as the ledger knows them");
      }
      Examples all = Examples.of(Probe.of(task.network(), rows, log));
      requireLinearHead(task.network(), rows, all);
      Examples rest = all.part(0, kept.size());
      Examples out = all.part(kept.size(), all.size());
      log.forwardBackward(all.size());
      return removed(original, rest, out, new After(known, state, kept.fingerprint()), log);
    }
  }

  /**
   * Where a removal is written down.
   *
   * @param known the ledger
   * @param state that the removal starts from
   * @param rows fingerprint of the rows that stay
   */
  private record After(Ledger known, int state, String rows) {}

  private Weights removed(Weights original, Examples rest, Examples out, After after, RunLog log) {
    Ledger known = after.known;
    int state = after.state;
    double[][] heads = head(original, rest.x()[0].length);
    double spectral = LogisticObjective.spectralNormBound(rest.x());
    double widest =
        Arrays.stream(rest.x()).mapToDouble(LogisticObjective::norm).max().orElseThrow();
    double residual = known.states().get(state).residual();
    for (int c = 0; c < heads.length; c++) {
      double[] delta = delta(rest, out, c, heads[c]);
      double[] moved =
          Arrays.stream(rest.x()).mapToDouble(x -> LogisticObjective.dot(x, delta)).toArray();
      residual +=
          LIPSCHITZ
              * widest
              * spectral
              * LogisticObjective.norm(delta)
              * LogisticObjective.norm(moved);
      LogisticObjective.addScaled(heads[c], delta, 1);
    }
    Weights edited = withHead(original, heads);
    try {
      double[][] rounded = head(edited, heads[0].length);
      for (int c = 0; c < heads.length; c++) {
        LogisticObjective.addScaled(rounded[c], heads[c], -1);
        // ∇²J is at most ¼ XᵀX + λ n I
        residual +=
            (LIPSCHITZ * spectral * spectral + decay * rest.size())
                * LogisticObjective.norm(rounded[c]);
      }
      if (!(residual <= budget())) {
        throw new IllegalStateException(
            String.format(
                Locale.ROOT,
                "%s: the budget is spent: the residual would be bounded by %.4g, above sigma·epsilon/c = %.4g;"
                    + " train the head again by CertifiedRemoval.train with a new seed, which leaves the forget rows out",
                displayName(),
                residual,
                budget()));
      }
      List<Long> ids = Arrays.stream(out.ids()).boxed().toList();
      State next = new State(edited.fingerprint(), after.rows, residual, ids);
      if (state < known.states().size() - 1) {
        requireSame(known.states().get(state + 1), next);
      } else {
        save(known.with(next));
      }
      log.remark(
          String.format(
              Locale.ROOT, "residual bound %.4g of a budget of %.4g", residual, budget()));
      return edited;
    } catch (RuntimeException | Error e) {
      edited.close();
      throw e;
    }
  }

  /** ∇²J(w; D_r)⁻¹ Σ_{D_f} [∇loss + λ w]. */
  double[] delta(Examples rest, Examples out, int c, double[] w) {
    double[] gradient = LogisticObjective.of(out.x(), out.signs(c), decay).gradient(w);
    return Cholesky.solve(
        LogisticObjective.of(rest.x(), rest.signs(c), decay).hessian(w), gradient);
  }

  private Path file() {
    return ledger.orElseThrow(
        () ->
            new IllegalArgumentException(
                displayName() + " needs a file for its ledger: name one with withLedger"));
  }

  private HeldFile hold() throws IOException {
    Path file = file();
    Path real = Files.exists(file) ? file.toRealPath() : file;
    return HeldFile.of(
        real.resolveSibling(real.getFileName() + ".lock"),
        displayName()
            + ": the ledger "
            + file
            + " is in use: wait until that removal or training has ended, and go on from the weights it gave");
  }

  private void requireLedger() {
    if (!Files.exists(file())) {
      throw new IllegalArgumentException(
          displayName()
              + ": there is no ledger at "
              + file()
              + ": train the head with CertifiedRemoval.train, which starts one");
    }
  }

  private Ledger load() {
    Ledger known;
    try {
      known = Json.load(file(), Ledger.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String then = promise(known.epsilon(), known.delta(), known.noise(), known.decay());
    String now = promise(epsilon, delta, noise, decay);
    if (!then.equals(now)) {
      throw new IllegalArgumentException(
          displayName()
              + ": the ledger is of a training with "
              + then
              + ", but they were "
              + now
              + ": what was promised holds until the head is trained again");
    }
    return known;
  }

  private static String promise(double epsilon, double delta, double noise, double decay) {
    return "epsilon " + epsilon + ", delta " + delta + ", noise " + noise + " and decay " + decay;
  }

  private void save(Ledger changed) {
    try {
      Json.save(file(), changed);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private int stateOf(Ledger known, Weights weights) {
    String fingerprint = weights.fingerprint();
    return IntStream.range(0, known.states().size())
        .filter(i -> known.states().get(i).weights().equals(fingerprint))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    displayName()
                        + ": the network's weights are none the ledger knows: use those that CertifiedRemoval.train or"
                        + " the last removal gave"));
  }

  private void requireWhole(UnlearningTask task) {
    if (task.mask().isPresent()) {
      throw new IllegalArgumentException(
          displayName() + " moves the whole head and cannot leave masked weights as they are");
    }
    if (task.forgetCoreset().isPresent() || task.retainCoreset().isPresent()) {
      throw new IllegalArgumentException(
          displayName() + " needs every row: a coreset would leave others in the weights");
    }
  }

  /** By id, so that sums and fingerprints do not depend on the order of a data set. */
  private static Rows sorted(Rows rows) {
    return rows.data().withIds(LongStream.of(rows.ids()).sorted().toArray());
  }

  private void requireGone(UnlearningDataset data, Set<Long> removed) {
    for (long id : data.retain().ids()) {
      if (removed.contains(id)) {
        throw new IllegalArgumentException(
            displayName()
                + ": row "
                + id
                + " was removed before, but is marked RETAIN: take it out of the data");
      }
    }
  }

  /** What a request on weights that were not the last was answered with. */
  private void requireSame(State before, State now) {
    if (!before.equals(now)) {
      throw new IllegalArgumentException(
          displayName()
              + ": other rows were removed from these weights already: go on from the weights of the last removal");
    }
  }

  /** The last linear layer alone is free, and the logits are its. */
  private void requireLinearHead(Network network, Rows rows, Examples examples) {
    List<WeightLayout.Tensor> free = network.layout().trainable();
    int width = examples.x()[0].length - 1;
    boolean fits =
        free.size() == 2
            && Arrays.equals(free.get(0).shape().getShape(), new long[] {network.classes(), width})
            && Arrays.equals(free.get(1).shape().getShape(), new long[] {network.classes()});
    if (!fits || !givesTheLogits(network, rows, examples)) {
      throw new IllegalArgumentException(
          displayName()
              + " needs a loss that is convex in all that is trained, a linear layer on fixed features, but the"
              + " network trains "
              + free.stream().map(t -> t.name() + t.shape()).toList()
              + ": freeze every layer but the last");
    }
  }

  private static boolean givesTheLogits(Network network, Rows rows, Examples examples) {
    Rows some = rows.first(PROBED);
    float[][] logits = network.logits(some);
    try (Weights weights = network.weights()) {
      double[][] heads = head(weights, examples.x()[0].length);
      for (int i = 0; i < logits.length; i++) {
        for (int c = 0; c < heads.length; c++) {
          double expected = LogisticObjective.dot(heads[c], examples.x()[i]);
          if (!(Math.abs(logits[i][c] - expected) <= 1e-3 * (1 + Math.abs(expected)))) {
            return false;
          }
        }
      }
    }
    return true;
  }

  /** (W_c, b_c) of every class, (C, d). */
  private static double[][] head(Weights weights, int d) {
    float[] flat = weights.toFloats();
    int classes = flat.length / d;
    double[][] heads = new double[classes][d];
    for (int c = 0; c < classes; c++) {
      for (int k = 0; k < d - 1; k++) {
        heads[c][k] = flat[c * (d - 1) + k];
      }
      heads[c][d - 1] = flat[classes * (d - 1) + c];
    }
    return heads;
  }

  private static Weights withHead(Weights weights, double[][] heads) {
    int d = heads[0].length;
    float[] flat = new float[heads.length * d];
    for (int c = 0; c < heads.length; c++) {
      for (int k = 0; k < d - 1; k++) {
        flat[c * (d - 1) + k] = (float) heads[c][k];
      }
      flat[heads.length * (d - 1) + c] = (float) heads[c][d - 1];
    }
    return Weights.of(weights.layout(), flat, weights.statistics().toFloatArray());
  }

  /**
   * Rows as the head sees them.
   *
   * @param ids of the rows, (n)
   * @param labels their classes, (n)
   * @param x features and a 1, (n, d)
   */
  @SuppressWarnings("ArrayRecordComponent") // internal, never compared
  record Examples(long[] ids, int[] labels, double[][] x) {
    static Examples of(Probe probe) {
      Rows rows = probe.rows();
      float[][] features = probe.features();
      double[][] x = new double[features.length][];
      for (int i = 0; i < x.length; i++) {
        x[i] = new double[features[i].length + 1];
        for (int k = 0; k < features[i].length; k++) {
          x[i][k] = features[i][k];
        }
        x[i][features[i].length] = 1;
      }
      return new Examples(rows.ids(), rows.labels(), x);
    }

    int size() {
      return ids.length;
    }

    Examples part(int from, int to) {
      return new Examples(
          Arrays.copyOfRange(ids, from, to),
          Arrays.copyOfRange(labels, from, to),
          Arrays.copyOfRange(x, from, to));
    }

    /** 1 for the rows of a class, −1 for the rest. */
    double[] signs(int c) {
      return Arrays.stream(labels).mapToDouble(label -> label == c ? 1 : -1).toArray();
    }
  }
}
