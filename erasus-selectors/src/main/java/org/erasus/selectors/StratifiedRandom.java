package org.erasus.selectors;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.erasus.Coreset;
import org.erasus.Rows;
import org.erasus.Seeds;
import org.erasus.SelectionTask;
import org.erasus.Selector;

/**
 * Chooses rows by chance, of every class as large a share as it has of the candidates.
 *
 * <pre>{@code
 * q_c = k n_c / N                         wanted of class c, (C)
 * k_c = ⌊q_c⌋, and one more for the classes of the largest q_c − ⌊q_c⌋ until Σ_c k_c = k
 * }</pre>
 *
 * <p>Classes of equal remainders take turns by chance, so that no class gains by its number. Within a class every subset of k_c
 * rows is equally likely. This is proportional allocation with the method of largest remainders; where classes are of one size
 * it differs from {@link RandomRows} in that their shares do not vary.
 */
public record StratifiedRandom() implements Selector {
  /** The only settings. */
  public static final StratifiedRandom DEFAULTS = new StratifiedRandom();

  @Override
  public Coreset choose(SelectionTask task) {
    Rows candidates = task.candidates();
    int[] labels = candidates.labels();
    SplittableRandom random = task.seeds().stream("stratified-random");
    int[] quotas = quotas(labels, candidates.data().classes(), task.wanted(), random);
    List<Integer> chosen = new ArrayList<>();
    for (int i : Seeds.permutation(labels.length, random)) {
      if (quotas[labels[i]] > 0) {
        quotas[labels[i]]--;
        chosen.add(i);
      }
    }
    int[] places = chosen.stream().mapToInt(Integer::intValue).toArray();
    return Coreset.of(candidates.take(places).ids(), displayName());
  }

  /** k_c, (C). */
  static int[] quotas(int[] labels, int classes, int wanted, SplittableRandom random) {
    int[] sizes = new int[classes];
    for (int label : labels) {
      sizes[label]++;
    }
    return PerClass.quotas(sizes, wanted, Seeds.permutation(classes, random));
  }
}
