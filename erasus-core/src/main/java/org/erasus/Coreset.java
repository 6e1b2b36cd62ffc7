package org.erasus;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.erasus.nn.Compute;

/**
 * The rows a selector chose: ids in the order of choice, a score each where the method has scores, a weight each, and how
 * they were chosen. Immutable; usable wherever rows are to be forgotten or retained.
 */
public final class Coreset {
  @JsonProperty private final long[] ids;
  @JsonProperty private final Optional<double[]> scores;
  @JsonProperty private final double[] weights;
  @JsonProperty private final String madeBy;
  @JsonProperty private final Optional<Made> made;

  /**
   * How a selection was made, so that it can be made again with the network and the rows whose SHA-256 stand here. Of files that
   * the selector read, such as the history of a training or its checkpoints, it knows the paths in the settings alone, not what
   * stood in them; nor device, threads and libtorch, which round differently.
   *
   * @param settings the selector's name and all its settings, as in JSON; {@link #selector} makes it of them
   * @param seed of every random choice
   * @param k rows that were wanted
   * @param weights SHA-256 of the network's weights
   * @param compute precision and layout the network was looked at in
   * @param candidates SHA-256 of what there was to choose from: ids, classes and values of all rows of the data set, their
   *     marks and weights, and which of them were candidates
   */
  public record Made(
      @JsonProperty("selector") Map<String, Object> settings,
      long seed,
      int k,
      String weights,
      Compute compute,
      String candidates) {
    /** Copies the settings. */
    public Made {
      settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
    }

    /**
     * The selector with all its settings.
     *
     * @throws IllegalStateException when it is in no catalogue on the path, or has other settings there
     */
    public Selector selector() {
      try {
        return Json.read(Json.write(settings), Selector.class);
      } catch (IOException e) {
        throw new IllegalStateException(
            "the selector that chose the rows cannot be had: " + e.getMessage(), e);
      }
    }

    /**
     * How a task put to a selector was carried out; absent for a selector that does not come back from its JSON as it was,
     * such as a lambda or one that is in no catalogue.
     */
    static Optional<Made> of(Selector selector, SelectionTask task) {
      Optional<Map<String, Object>> settings = settings(selector);
      if (settings.isEmpty()) {
        return Optional.empty();
      }
      try (Weights weights = task.network().weights()) {
        return Optional.of(
            new Made(
                settings.get(),
                task.seed(),
                task.k(),
                weights.fingerprint(),
                task.network().compute(),
                fingerprint(task.candidates())));
      }
    }

    private static Optional<Map<String, Object>> settings(Selector selector) {
      try {
        String json = Json.write(selector);
        return Catalog.selectors().names().contains(selector.displayName())
                && Json.read(json, Selector.class).equals(selector)
            ? Optional.of(Json.readMap(json))
            : Optional.empty();
      } catch (IOException | IllegalArgumentException unknownOrUnwritable) {
        return Optional.empty();
      }
    }

    private static String fingerprint(Rows candidates) {
      Digest digest =
          new Digest()
              .update(candidates.data().fingerprint())
              .update(candidates.data().marksFingerprint());
      for (long id : candidates.ids()) {
        digest.update(id);
      }
      return digest.hex();
    }
  }

  @JsonCreator
  private Coreset(
      @JsonProperty("ids") long[] ids,
      @JsonProperty("scores") Optional<double[]> scores,
      @JsonProperty("weights") double[] weights,
      @JsonProperty("madeBy") String madeBy,
      @JsonProperty("made") Optional<Made> made) {
    this.ids = Objects.requireNonNull(ids, "ids");
    this.scores = Objects.requireNonNull(scores, "scores");
    this.weights = Objects.requireNonNull(weights, "weights");
    this.madeBy = Objects.requireNonNull(madeBy, "madeBy");
    this.made = Objects.requireNonNull(made, "made");
    scores.ifPresent(s -> requireOneEach(s, "scores"));
    requireOneEach(weights, "weights");
    for (int i = 0; i < ids.length; i++) {
      Check.nonNegative(weights[i], "weight of row " + ids[i]);
      if (scores.isPresent()) {
        requireFinite(scores.get()[i], ids[i]);
      }
    }
    Set<Long> seen = new HashSet<>();
    for (long id : ids) {
      if (!seen.add(id)) {
        throw new IllegalArgumentException("row " + id + " is chosen twice");
      }
    }
  }

  private static void requireFinite(double score, long id) {
    if (!Double.isFinite(score)) {
      throw new IllegalArgumentException(
          "score of row "
              + id
              + " must be finite, but was "
              + score
              + ": look for weights of the network that are not finite");
    }
  }

  private void requireOneEach(double[] values, String name) {
    if (values.length != ids.length) {
      throw new IllegalArgumentException(
          "there are " + ids.length + " rows but " + values.length + " " + name);
    }
  }

  /**
   * Rows without scores.
   *
   * @param ids in the order of choice, all different
   * @param madeBy how they were chosen, for the record
   */
  public static Coreset of(long[] ids, String madeBy) {
    return new Coreset(ids.clone(), Optional.empty(), ones(ids.length), madeBy, Optional.empty());
  }

  /**
   * Rows with scores.
   *
   * @param scores one a row, finite
   */
  public static Coreset of(long[] ids, double[] scores, String madeBy) {
    return new Coreset(
        ids.clone(), Optional.of(scores.clone()), ones(ids.length), madeBy, Optional.empty());
  }

  /** The same rows with weights for training losses, each 0 or more. */
  public Coreset withWeights(double[] rowWeights) {
    return new Coreset(ids, scores, rowWeights.clone(), madeBy, made);
  }

  /** The same rows under another account of how they were chosen. */
  public Coreset withMadeBy(String how) {
    return new Coreset(ids, scores, weights, how, made);
  }

  /** The same rows as those of a task put to a selector. */
  Coreset withMade(Selector selector, SelectionTask task) {
    return new Coreset(ids, scores, weights, madeBy, Made.of(selector, task));
  }

  /** Writes the coreset as JSON; an existing file is replaced whole or not at all. */
  public void save(Path file) throws IOException {
    Json.save(file, this);
  }

  /** Reads a coreset written by {@link #save}; the selector that chose its rows need not be on the path. */
  public static Coreset load(Path file) throws IOException {
    return Json.load(file, Coreset.class);
  }

  /** Number of rows. */
  public int size() {
    return ids.length;
  }

  /** The ids, in the order of choice. */
  public long[] ids() {
    return ids.clone();
  }

  /** The id of the row chosen at a place, from 0. */
  public long id(int place) {
    return ids[place];
  }

  /** The score of the row at a place, where the method has scores. */
  public Optional<Double> score(int place) {
    return scores.map(s -> s[place]);
  }

  /** The weight of the row at a place. */
  public double weight(int place) {
    return weights[place];
  }

  /** Whether a row's weight is not 1. */
  public boolean setsWeights() {
    return Arrays.stream(weights).anyMatch(weight -> weight != 1);
  }

  /** How the rows were chosen, in words. */
  public String madeBy() {
    return madeBy;
  }

  /**
   * How to choose the same rows again. Absent for rows put together by hand or made of those of other coresets ({@link
   * #union}, {@link #top} and the like), and for a selector that does not come back from its JSON as it was, such as a lambda
   * or one that is in no catalogue. Says nothing about equality: coresets of equal rows, scores, weights and words are equal.
   */
  public Optional<Made> made() {
    return made;
  }

  /** The rows in either, those of this one first; scores are kept when every one of them has a score. */
  public Coreset union(Coreset other) {
    Set<Long> mine = asSet();
    return join(other, place -> !mine.contains(other.ids[place]), "union");
  }

  /** The rows of this one that are in the other, too. */
  public Coreset intersect(Coreset other) {
    Set<Long> theirs = other.asSet();
    return keep(place -> theirs.contains(ids[place]), madeBy + " ∩ " + other.madeBy);
  }

  /** The rows of this one that are not in the other. */
  public Coreset difference(Coreset other) {
    Set<Long> theirs = other.asSet();
    return keep(place -> !theirs.contains(ids[place]), madeBy + " ∖ " + other.madeBy);
  }

  /** The k rows of the highest scores, ties in the order of choice; without scores the first k. */
  public Coreset top(int k) {
    Check.atLeast(1, k, "k");
    Integer[] places = IntStream.range(0, ids.length).boxed().toArray(Integer[]::new);
    scores.ifPresent(s -> Arrays.sort(places, Comparator.comparingDouble(p -> -s[p] + 0.0)));
    int[] best = Arrays.stream(places).limit(k).mapToInt(Integer::intValue).toArray();
    return at(best, madeBy + " top " + k);
  }

  /** The rows whose score is at least {@code minScore}. */
  public Coreset filter(double minScore) {
    Check.inClosed(minScore, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, "minScore");
    double[] s = scores("filter");
    return keep(place -> s[place] >= minScore, madeBy + " ≥ " + minScore);
  }

  /** These rows and one more, without a score, so that none has one any more; a row that is among them changes nothing. */
  public Coreset add(long id) {
    return union(of(new long[] {id}, "by hand"));
  }

  /** These rows but one. */
  public Coreset remove(long id) {
    return difference(of(new long[] {id}, "by hand"));
  }

  /** Share of the rows of either that are in both, |A ∩ B| / |A ∪ B| (Jaccard); 1 when both are empty. */
  public double overlap(Coreset other) {
    int shared = intersect(other).size();
    int all = size() + other.size() - shared;
    return all == 0 ? 1 : (double) shared / all;
  }

  /**
   * How near the candidates are to these rows.
   *
   * @param candidates the rows these were chosen from, under the network whose features count
   * @throws IllegalArgumentException when there are no rows, one of them is no candidate, or a feature is not finite
   */
  public Coverage coverage(Probe candidates) {
    if (ids.length == 0) {
      throw new IllegalArgumentException("coverage needs at least one row, but " + this);
    }
    return Coverage.of(finiteFeatures(candidates), placesIn(candidates.rows()));
  }

  /**
   * How alike these rows are: the mean cosine of the angle between the features of two of them.
   *
   * <pre>{@code
   * redundancy = 1/(n(n−1)) Σ_{i≠j} ⟨h_i, h_j⟩ / (‖h_i‖ ‖h_j‖)          in [−1, 1], 1 when all point the same way
   * }</pre>
   *
   * <p>A row whose features are all 0 is like none. What is called diversity elsewhere is 1 minus this number.
   *
   * @param candidates the rows these were chosen from, under the network whose features count
   * @throws IllegalArgumentException when there are fewer than two rows, one of them is no candidate, or a feature is not
   *     finite
   */
  public double redundancy(Probe candidates) {
    if (ids.length < 2) {
      throw new IllegalArgumentException("redundancy needs at least two rows, but " + this);
    }
    float[][] h = finiteFeatures(candidates);
    double[] sum = new double[h[0].length];
    double ones = 0;
    for (int place : placesIn(candidates.rows())) {
      double norm = 0;
      for (float value : h[place]) {
        norm += (double) value * value;
      }
      if (norm > 0) {
        ones++;
        for (int d = 0; d < sum.length; d++) {
          sum[d] += h[place][d] / Math.sqrt(norm);
        }
      }
    }
    double all = Arrays.stream(sum).map(s -> s * s).sum();
    return (all - ones) / (ids.length * (ids.length - 1.0));
  }

  /**
   * How unevenly the scores are spread over the rows: their Gini coefficient.
   *
   * <pre>{@code
   * s₁ ≤ … ≤ s_n,   concentration = Σ_i (2i − n − 1) s_i / (n Σ_i s_i)          in [0, 1 − 1/n]
   * }</pre>
   *
   * <p>0 when all are alike, also when all are 0; near 1 when one row has nearly all.
   *
   * @throws IllegalStateException when the rows have no scores, there are no rows, or a score is negative, for then the
   *     coefficient means nothing
   */
  public double concentration() {
    double[] sorted = scores("concentration").clone();
    Arrays.sort(sorted);
    if (sorted.length == 0 || sorted[0] < 0) {
      throw new IllegalStateException(
          "concentration needs scores of 0 or more, but "
              + (sorted.length == 0 ? this + " has none" : "the least is " + sorted[0]));
    }
    double weighted = 0;
    double sum = 0;
    for (int i = 0; i < sorted.length; i++) {
      weighted += (2.0 * (i + 1) - sorted.length - 1) * sorted[i];
      sum += sorted[i];
    }
    return sum == 0 ? 0 : weighted / (sorted.length * sum);
  }

  private static float[][] finiteFeatures(Probe candidates) {
    float[][] features = candidates.features();
    for (int i = 0; i < features.length; i++) {
      for (float value : features[i]) {
        if (!Float.isFinite(value)) {
          throw new IllegalArgumentException(
              "features must be finite, but row " + candidates.rows().ids()[i] + " has " + value);
        }
      }
    }
    return features;
  }

  private int[] placesIn(Rows candidates) {
    Map<Long, Integer> places = new HashMap<>();
    long[] known = candidates.ids();
    for (int i = 0; i < known.length; i++) {
      places.put(known[i], i);
    }
    int[] found = new int[ids.length];
    for (int i = 0; i < ids.length; i++) {
      Integer place = places.get(ids[i]);
      if (place == null) {
        throw new IllegalArgumentException(
            "row " + ids[i] + " of the coreset is not among the " + candidates);
      }
      found[i] = place;
    }
    return found;
  }

  /** Whether a row is among them. */
  public boolean contains(long id) {
    return Arrays.stream(ids).anyMatch(i -> i == id);
  }

  private double[] scores(String purpose) {
    return scores.orElseThrow(
        () ->
            new IllegalStateException(
                "the rows of " + madeBy + " have no scores, which " + purpose + " needs"));
  }

  private Coreset join(Coreset other, Predicate<Integer> fromOther, String how) {
    int[] extra = IntStream.range(0, other.ids.length).filter(fromOther::test).toArray();
    Coreset rest = other.at(extra, other.madeBy);
    Optional<double[]> joined =
        scored() && rest.scored()
            ? Optional.of(concat(scores.orElse(new double[0]), rest.scores.orElse(new double[0])))
            : Optional.empty();
    long[] allIds = Arrays.copyOf(ids, ids.length + rest.ids.length);
    System.arraycopy(rest.ids, 0, allIds, ids.length, rest.ids.length);
    return new Coreset(
        allIds,
        joined,
        concat(weights, rest.weights),
        how + "(" + madeBy + ", " + other.madeBy + ")",
        Optional.empty());
  }

  /** Whether every row has a score. */
  private boolean scored() {
    return ids.length == 0 || scores.isPresent();
  }

  private Coreset keep(Predicate<Integer> place, String how) {
    return at(IntStream.range(0, ids.length).filter(place::test).toArray(), how);
  }

  private Coreset at(int[] places, String how) {
    return new Coreset(
        Arrays.stream(places).mapToLong(p -> ids[p]).toArray(),
        scores.map(s -> Arrays.stream(places).mapToDouble(p -> s[p]).toArray()),
        Arrays.stream(places).mapToDouble(p -> weights[p]).toArray(),
        how,
        Optional.empty());
  }

  private Set<Long> asSet() {
    Set<Long> set = new HashSet<>();
    for (long id : ids) {
      set.add(id);
    }
    return set;
  }

  private static double[] concat(double[] a, double[] b) {
    double[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }

  private static double[] ones(int n) {
    double[] ones = new double[n];
    Arrays.fill(ones, 1);
    return ones;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Coreset other
        && Arrays.equals(ids, other.ids)
        && Arrays.equals(weights, other.weights)
        && Arrays.equals(scores.orElse(new double[0]), other.scores.orElse(new double[0]))
        && madeBy.equals(other.madeBy);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(ids);
  }

  @Override
  public String toString() {
    return "Coreset[" + ids.length + " rows by " + madeBy + "]";
  }
}
