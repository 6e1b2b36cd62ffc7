package org.erasus.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.erasus.Network;
import org.erasus.Probe;
import org.erasus.Rows;
import org.erasus.Seeds;
import org.erasus.UnlearningDataset;
import org.erasus.eval.NetworkReport.Role;
import org.erasus.eval.attacks.ScoredRows;
import org.erasus.eval.embedding.Tsne;
import org.erasus.eval.metrics.OverForgetting;
import org.erasus.eval.metrics.Wasserstein;

/**
 * What a report draws beyond its numbers. No verdict rests on it.
 *
 * @param rows that are laid out, forget rows first
 * @param networks by name
 */
public record Pictures(List<Row> rows, Map<String, Picture> networks) {
  /** Copies the collections. */
  public Pictures {
    rows = List.copyOf(rows);
    networks = Collections.unmodifiableMap(new LinkedHashMap<>(networks));
  }

  /**
   * A row that is laid out.
   *
   * @param id of the row
   * @param label its class
   * @param forget whether it is to be forgotten; otherwise it is unseen
   */
  public record Row(long id, int label, boolean forget) {}

  /**
   * One network.
   *
   * @param forget which class the rows to forget are taken for: counts, (C, C), true class down, predicted across
   * @param unseen the same of the unseen rows
   * @param layout where its features put the rows; absent when it cannot be looked into
   * @param moved how far its features are from the original's; absent where that cannot be said, as of networks that were
   *     trained from other initial weights
   */
  public record Picture(
      List<List<Integer>> forget,
      List<List<Integer>> unseen,
      Optional<Layout> layout,
      Optional<Moved> moved) {}

  /**
   * A t-SNE layout of the features (the input of the last layer). Those of the other networks start from the original's,
   * so that what moved has other neighbours; where the original has none, each is on its own.
   *
   * @param plane two coordinates a row
   * @param space three coordinates a row
   */
  public record Layout(List<List<Double>> plane, List<List<Double>> space) {}

  /**
   * What it takes to carry the features (the input of the last layer) of each class under the original over to those of each
   * class under this network, of the rows that are laid out; of the original itself, how far its classes lie apart.
   *
   * @param forget of the forget rows among them
   * @param unseen of the unseen ones
   * @see Wasserstein
   */
  public record Moved(Wasserstein.Matrix forget, Wasserstein.Matrix unseen) {}

  /** Makes the pictures while the networks are open. */
  static final class Painter {
    private final Rows sample;
    private final int forgotten;
    private final Tsne tsne;
    private final Map<String, Layout> layouts = new LinkedHashMap<>();
    private final Map<String, float[][]> features = new LinkedHashMap<>();
    private boolean begun;
    private double[][] plane = {};
    private double[][] space = {};

    /** Half of the rows from those to forget, half unseen. */
    Painter(UnlearningDataset data, int rows, long seed) {
      Seeds seeds = new Seeds(seed);
      Rows forget = data.forget().sample(rows / 2, seeds.stream("pictured-forget"));
      forgotten = forget.size();
      sample = forget.and(data.unseen().sample(rows - forgotten, seeds.stream("pictured-unseen")));
      tsne = new Tsne(Tsne.DEFAULTS.perplexity(), Tsne.DEFAULTS.iterations(), seed);
    }

    /** Lays out the rows by a network; the first is the one the others start from, if it can be looked into. */
    void layOut(String name, Network network) {
      boolean first = !begun;
      begun = true;
      float[][] x;
      try {
        x = Probe.of(network, sample).features();
      } catch (UnsupportedOperationException closed) {
        return;
      }
      features.put(name, x);
      if (x.length < 4 || x[0].length < 3) {
        return;
      }
      boolean alone = plane.length == 0;
      double[][] in2 = alone ? tsne.layOut(x, 2) : tsne.layOut(x, plane);
      double[][] in3 = alone ? tsne.layOut(x, 3) : tsne.layOut(x, space);
      if (first) {
        plane = in2;
        space = in3;
      }
      layouts.put(name, new Layout(rounded(in2), rounded(in3)));
    }

    /** The pictures of networks by their outputs. */
    Pictures of(Map<String, Outputs> outputs) {
      Optional<float[][]> original =
          outputs.entrySet().stream()
              .filter(e -> e.getValue().role() == Role.ORIGINAL)
              .findFirst()
              .map(e -> features.get(e.getKey()));
      Map<String, Picture> pictures = new LinkedHashMap<>();
      outputs.forEach(
          (name, splits) ->
              pictures.put(
                  name,
                  new Picture(
                      confusion(splits.forget()),
                      confusion(splits.unseen()),
                      Optional.ofNullable(layouts.get(name)),
                      original.flatMap(from -> moved(from, name, splits.role())))));
      List<Row> rows = new ArrayList<>();
      int[] labels = sample.labels();
      long[] ids = sample.ids();
      for (int i = 0; i < ids.length && !layouts.isEmpty(); i++) {
        rows.add(new Row(ids[i], labels[i], i < forgotten));
      }
      return new Pictures(rows, pictures);
    }

    private Optional<Moved> moved(float[][] from, String name, Role role) {
      float[][] to = features.get(name);
      boolean comparable = role == Role.CANDIDATE || role == Role.ORIGINAL;
      if (!comparable || to == null || to[0].length != from[0].length) {
        return Optional.empty();
      }
      return forgotten == 0 || forgotten == from.length
          ? Optional.empty()
          : Optional.of(
              new Moved(
                  between(from, to, 0, forgotten), between(from, to, forgotten, from.length)));
    }

    /** Both halves by one method, as exact and sliced distances cannot be compared. */
    private Wasserstein.Matrix between(float[][] from, float[][] to, int first, int end) {
      boolean exact =
          Math.max(largestClass(0, forgotten), largestClass(forgotten, sample.size()))
              <= Wasserstein.DEFAULTS.exactUpTo();
      return Wasserstein.DEFAULTS
          .withExactUpTo(exact ? Wasserstein.DEFAULTS.exactUpTo() : 1)
          .between(
              Arrays.copyOfRange(from, first, end),
              Arrays.copyOfRange(to, first, end),
              Arrays.copyOfRange(sample.labels(), first, end));
    }

    private int largestClass(int first, int end) {
      int[] counts = sample.where(i -> i >= first && i < end).classCounts();
      return Arrays.stream(counts).max().orElse(0);
    }

    private static List<List<Double>> rounded(double[][] points) {
      List<List<Double>> all = new ArrayList<>();
      for (double[] point : points) {
        List<Double> one = new ArrayList<>();
        for (double c : point) {
          one.add(Math.round(c * 100) / 100.0);
        }
        all.add(one);
      }
      return all;
    }
  }

  /** What a network is there for, and what it says about two splits. */
  record Outputs(Role role, ScoredRows forget, ScoredRows unseen) {}

  /** Counts of true (down) and predicted (across) classes. */
  static List<List<Integer>> confusion(ScoredRows rows) {
    return Arrays.stream(OverForgetting.confusion(rows))
        .map(row -> Arrays.stream(row).boxed().toList())
        .toList();
  }
}
