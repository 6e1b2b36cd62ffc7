package org.erasus.eval.experiments;

import java.io.IOException;
import org.erasus.Network;
import org.erasus.UnlearningDataset;

/** Knows data sets and networks by the names that stand in a file of experiments. */
public interface Laboratory {
  /**
   * Opens a data set with training, validation and unseen rows; the caller closes it.
   *
   * @param seed of whatever is drawn, such as the validation rows
   * @throws IllegalArgumentException for an unknown name
   */
  UnlearningDataset data(String name, long seed) throws IOException;

  /**
   * Makes an untrained network for a data set; the caller closes it.
   *
   * @param seed of its weights
   * @throws IllegalArgumentException for an unknown name
   */
  Network network(String name, UnlearningDataset data, long seed);
}
