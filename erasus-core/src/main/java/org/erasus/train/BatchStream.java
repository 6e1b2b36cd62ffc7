package org.erasus.train;

import java.util.List;
import org.erasus.Rows;
import org.erasus.Seeds;

/** Endless shuffled batches of some rows: pass after pass, each in an order of its own that depends on the seed alone. */
final class BatchStream {
  private final Rows rows;
  private final int batchSize;
  private final Seeds seeds;
  private final String purpose;
  private long pass = -1;
  private List<Rows> batches = List.of();

  BatchStream(Rows rows, int batchSize, Seeds seeds, String purpose) {
    this.rows = rows;
    this.batchSize = batchSize;
    this.seeds = seeds;
    this.purpose = purpose;
  }

  /** Batches in a pass. */
  int perPass() {
    return rows.batchCount(batchSize);
  }

  /** Batch {@code index} of the endless stream. */
  Rows at(long index) {
    long wanted = index / perPass();
    if (wanted != pass) {
      batches = rows.shuffled(seeds.stream(purpose, wanted)).batches(batchSize);
      pass = wanted;
    }
    return batches.get((int) (index % perPass()));
  }
}
