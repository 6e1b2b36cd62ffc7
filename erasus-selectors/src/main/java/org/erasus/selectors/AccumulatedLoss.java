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
 * Prefers the rows whose loss was large all through the training of the network.
 *
 * <pre>{@code
 * score_i = Σ_t −log p_t(y_i|x_i)          over the steps that had the row in their batch, before each; (N)
 * }</pre>
 *
 * <p>The record is that of the network's own training, {@link org.erasus.RunOptions#withHistory}; the network at hand is not
 * asked. A network that fits every row in the end was late to fit the mislabelled ones, and the sum remembers. Unlike O2U-Net,
 * which lets the learning rate go up and down for the purpose and takes the mean of each row's loss less that of all rows in the
 * epoch, this is the sum over the training as it was; with equally many visits the order is that of the means.
 *
 * @param history the folder the training left its history in
 * @see <a href="https://openaccess.thecvf.com/content_ICCV_2019/html/Huang_O2U-Net_A_Simple_Noisy_Label_Detection_Approach_for_Deep_Neural_ICCV_2019_paper.html">Huang
 *     et al., 2019</a>
 */
public record AccumulatedLoss(Optional<Path> history) implements ScoringSelector {
  /** No history yet, which {@link #select} then asks for. */
  public static final AccumulatedLoss DEFAULTS = new AccumulatedLoss(Optional.empty());

  /** Makes the path absolute. */
  public AccumulatedLoss {
    history = history.map(Path::toAbsolutePath);
  }

  /** These settings with the history in a folder. */
  public AccumulatedLoss withHistory(Path folder) {
    return new AccumulatedLoss(Optional.of(folder));
  }

  @Override
  public Set<Need> needs() {
    return Records.needs(history);
  }

  @Override
  public double[] score(Probe probe) {
    RowHistory rows = Records.of(history, displayName(), probe);
    return Arrays.stream(probe.rows().ids()).mapToDouble(rows::accumulatedLoss).toArray();
  }
}
