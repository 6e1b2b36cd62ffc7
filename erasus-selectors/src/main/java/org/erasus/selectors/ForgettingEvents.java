package org.erasus.selectors;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import org.erasus.Need;
import org.erasus.Probe;
import org.erasus.ScoringSelector;
import org.erasus.train.RowHistory;

/**
 * Prefers the rows that were learned and forgotten most often while the network was trained.
 *
 * <pre>{@code
 * right_t = [argmax_c p_t(c|x_i) = y_i]          at the t-th step that had the row in its batch
 * score_i = Σ_t [right_{t−1} = 1 and right_t = 0],  or T_max for a row that was never right           (N)
 * }</pre>
 *
 * <p>The record is that of the network's own training, {@link org.erasus.RunOptions#withHistory}; the network at hand is not
 * asked. As in the paper, a row that was never learned counts as forgotten more often than any other: T_max is the largest
 * number of visits of any row in the training, which is what the authors' program takes. The paper adds up several
 * trainings; this is one.
 *
 * @param history the folder the training left its history in
 * @see <a href="https://arxiv.org/abs/1812.05159">Toneva et al., 2019</a>
 */
public record ForgettingEvents(Optional<Path> history) implements ScoringSelector {
  /** No history yet, which {@link #select} then asks for. */
  public static final ForgettingEvents DEFAULTS = new ForgettingEvents(Optional.empty());

  /** Makes the path absolute. */
  public ForgettingEvents {
    history = history.map(Path::toAbsolutePath);
  }

  /** These settings with the history in a folder. */
  public ForgettingEvents withHistory(Path folder) {
    return new ForgettingEvents(Optional.of(folder));
  }

  @Override
  public Set<Need> needs() {
    return Records.needs(history);
  }

  @Override
  public double[] score(Probe probe) {
    RowHistory rows = Records.of(history, displayName(), probe);
    int most = rows.mostVisits();
    return Arrays.stream(probe.rows().ids())
        .mapToDouble(id -> rows.everLearned(id) ? rows.forgettingEvents(id) : most)
        .toArray();
  }
}
