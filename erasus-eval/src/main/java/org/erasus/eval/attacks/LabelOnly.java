package org.erasus.eval.attacks;

import java.util.Arrays;

/**
 * Sees only which class a network says: asks it about changed inputs, as it stays right about rows it was trained on for
 * longer.
 *
 * <pre>{@code
 * score(x, y) = share of the changed inputs x' of which the network says y
 * }</pre>
 *
 * <p>With {@link org.erasus.eval.Perturbation.Noise} that is the paper's estimate of how far away the boundary is. With
 * {@link org.erasus.eval.Perturbation.Shifts} the paper fits a classifier on which of the answers were right; here they are counted. A score
 * is one of as many numbers as there are changes, and one: ties count as ties.
 *
 * @param perturbation name of the change
 * @param answers one number a changed input, 1 for the right class and 0 for another
 * @see <a href="https://arxiv.org/abs/2007.14321">Choquette-Choo et al., 2021</a>
 */
public record LabelOnly(String perturbation, RowTable answers) implements Attack {

  @Override
  public String name() {
    return "label-only-" + perturbation;
  }

  @Override
  public boolean isFitted() {
    return false;
  }

  @Override
  public Scorer calibrate(ScoredRows members, ScoredRows nonMembers) {
    return rows ->
        Arrays.stream(answers.of(rows, name()))
            .mapToDouble(row -> Arrays.stream(row).average().orElseThrow())
            .toArray();
  }
}
