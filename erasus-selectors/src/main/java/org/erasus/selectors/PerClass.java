package org.erasus.selectors;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.erasus.Coreset;
import org.erasus.SelectionTask;

/** A choice made class by class, each class in proportion to its rows. */
final class PerClass {
  private PerClass() {}

  /**
   * A chosen row.
   *
   * @param row its place among the candidates
   * @param weight in losses
   * @param score higher for rows that matter more
   */
  record Pick(int row, double weight, double score) {}

  /** Chooses among the rows of a class. */
  interface Chooser {
    /**
     * Chooses.
     *
     * @param rows places among the candidates, in their order
     * @param wanted from 1 to the number of rows
     * @return as many as wanted, in the order of choice
     */
    List<Pick> choose(int[] rows, int wanted);
  }

  /**
   * Chooses in every class.
   *
   * @return min(k, N) rows; the first of all classes before the last of any, so that the beginning of the list has all
   *     classes, too
   */
  static List<Pick> choose(SelectionTask task, Chooser chooser) {
    int[] labels = task.candidates().labels();
    int[][] classes =
        IntStream.range(0, task.network().classes())
            .mapToObj(c -> IntStream.range(0, labels.length).filter(i -> labels[i] == c).toArray())
            .toArray(int[][]::new);
    int[] sizes = Arrays.stream(classes).mapToInt(rows -> rows.length).toArray();
    int[] quotas = quotas(task, sizes);
    record Place(double share, Pick pick) {}
    List<Place> places = new ArrayList<>();
    int done = 0;
    for (int c = 0; c < classes.length; c++) {
      if (quotas[c] > 0) {
        List<Pick> picks = chooser.choose(classes[c], quotas[c]);
        for (int t = 0; t < picks.size(); t++) {
          places.add(new Place((t + 1.0) / quotas[c], picks.get(t)));
        }
        done += picks.size();
        task.progressed("rows", done, task.wanted());
      }
    }
    return places.stream()
        .sorted(Comparator.comparingDouble(Place::share))
        .map(Place::pick)
        .toList();
  }

  /** The chosen rows with their weights and scores. */
  static Coreset coreset(SelectionTask task, List<Pick> picks, String madeBy) {
    int[] rows = picks.stream().mapToInt(Pick::row).toArray();
    return Coreset.of(
            task.candidates().take(rows).ids(),
            picks.stream().mapToDouble(Pick::score).toArray(),
            madeBy)
        .withWeights(picks.stream().mapToDouble(Pick::weight).toArray());
  }

  /** How many rows of each class are wanted, of equal remainders the first classes'. */
  static int[] quotas(SelectionTask task, int[] sizes) {
    return quotas(sizes, task.wanted(), IntStream.range(0, sizes.length).toArray());
  }

  /**
   * Shares of the wanted rows by the sizes of the classes: whole parts, then the largest remainders.
   *
   * @param turns every class once; of equal remainders those before others in it get the row
   */
  static int[] quotas(int[] sizes, int wanted, int[] turns) {
    long all = Arrays.stream(sizes).asLongStream().sum();
    int[] quotas = new int[sizes.length];
    Arrays.setAll(quotas, c -> (int) (wanted * (long) sizes[c] / all));
    int left = wanted - Arrays.stream(quotas).sum();
    IntStream.of(turns)
        .boxed()
        .sorted(Comparator.comparingLong(c -> -(wanted * (long) sizes[c] % all)))
        .limit(left)
        .forEach(c -> quotas[c]++);
    return quotas;
  }
}
