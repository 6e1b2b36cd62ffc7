package org.erasus.eval.recovery;

import java.util.List;
import org.erasus.Network;
import org.erasus.Probe;
import org.erasus.UnlearningDataset;

/** An attempt to bring D_f back that says of each row how far it came. */
public interface RowRecovery {
  /** In kebab case. */
  String name();

  /**
   * Checks the rows that this attempt needs.
   *
   * @throws IllegalArgumentException saying what is missing
   */
  void require(UnlearningDataset data);

  /**
   * Checks that a network can be asked, with one row of D_f.
   *
   * @throws UnsupportedOperationException when its layers cannot be looked into
   */
  default void require(Network network, UnlearningDataset data) {
    Probe.of(network, data.forget().first(1)).features();
  }

  /**
   * How far each row of D_f came back, from 0 to 1, in the order of the data set; the network stays as it is.
   *
   * @param seed of every choice: the same for all networks that are compared
   */
  List<Double> known(Network network, UnlearningDataset data, long seed);
}
