package org.erasus;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * The rows a selector chose: ids in the order of choice, a score each where the method has scores, a weight each, and how
 * they were chosen. Immutable; usable wherever rows are to be forgotten or retained.
 */
public final class Coreset {
  @JsonProperty private final long[] ids;
  @JsonProperty private final Optional<double[]> scores;
  @JsonProperty private final double[] weights;
  @JsonProperty private final String madeBy;

  @JsonCreator
  private Coreset(
      @JsonProperty("ids") long[] ids,
      @JsonProperty("scores") Optional<double[]> scores,
      @JsonProperty("weights") double[] weights,
      @JsonProperty("madeBy") String madeBy) {
    this.ids = Objects.requireNonNull(ids, "ids");
    this.scores = Objects.requireNonNull(scores, "scores");
    this.weights = Objects.requireNonNull(weights, "weights");
    this.madeBy = Objects.requireNonNull(madeBy, "madeBy");
    scores.ifPresent(s -> requireOneEach(s, "scores"));
    requireOneEach(weights, "weights");
    for (int i = 0; i < ids.length; i++) {
      Check.nonNegative(weights[i], "weight of row " + ids[i]);
      if (scores.isPresent()) {
        Check.finite(scores.get()[i], "score of row " + ids[i]);
      }
    }
    Set<Long> seen = new HashSet<>();
    for (long id : ids) {
      if (!seen.add(id)) {
        throw new IllegalArgumentException("row " + id + " is chosen twice");
      }
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
    return new Coreset(ids.clone(), Optional.empty(), ones(ids.length), madeBy);
  }

  /**
   * Rows with scores.
   *
   * @param scores one a row, finite
   */
  public static Coreset of(long[] ids, double[] scores, String madeBy) {
    return new Coreset(ids.clone(), Optional.of(scores.clone()), ones(ids.length), madeBy);
  }

  /** The same rows with weights for training losses, each 0 or more. */
  public Coreset withWeights(double[] rowWeights) {
    return new Coreset(ids, scores, rowWeights.clone(), madeBy);
  }

  /** Writes the coreset as JSON; an existing file is replaced whole or not at all. */
  public void save(Path file) throws IOException {
    Json.save(file, this);
  }

  /** Reads a coreset written by {@link #save}. */
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

  /** How the rows were chosen. */
  public String madeBy() {
    return madeBy;
  }

  /** The rows in either, those of this one first; scores are kept where both have them. */
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
    scores.ifPresent(s -> Arrays.sort(places, Comparator.comparingDouble(p -> -s[p])));
    int[] best = Arrays.stream(places).limit(k).mapToInt(Integer::intValue).toArray();
    return at(best, madeBy + " top " + k);
  }

  /** The rows whose score is at least {@code minScore}. */
  public Coreset filter(double minScore) {
    double[] s =
        scores.orElseThrow(
            () -> new IllegalStateException("the rows of " + madeBy + " have no scores to filter"));
    return keep(place -> s[place] >= minScore, madeBy + " ≥ " + minScore);
  }

  /** These rows and one more, without a score. */
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

  /** Whether a row is among them. */
  public boolean contains(long id) {
    return Arrays.stream(ids).anyMatch(i -> i == id);
  }

  private Coreset join(Coreset other, Predicate<Integer> fromOther, String how) {
    int[] extra = IntStream.range(0, other.ids.length).filter(fromOther::test).toArray();
    Coreset rest = other.at(extra, other.madeBy);
    Optional<double[]> joined =
        scores.isPresent() && rest.scores.isPresent()
            ? Optional.of(concat(scores.get(), rest.scores.get()))
            : Optional.empty();
    long[] allIds = Arrays.copyOf(ids, ids.length + rest.ids.length);
    System.arraycopy(rest.ids, 0, allIds, ids.length, rest.ids.length);
    return new Coreset(
        allIds,
        joined,
        concat(weights, rest.weights),
        how + "(" + madeBy + ", " + other.madeBy + ")");
  }

  private Coreset keep(Predicate<Integer> place, String how) {
    return at(IntStream.range(0, ids.length).filter(place::test).toArray(), how);
  }

  private Coreset at(int[] places, String how) {
    return new Coreset(
        Arrays.stream(places).mapToLong(p -> ids[p]).toArray(),
        scores.map(s -> Arrays.stream(places).mapToDouble(p -> s[p]).toArray()),
        Arrays.stream(places).mapToDouble(p -> weights[p]).toArray(),
        how);
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
