package org.erasus.nd4j;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.DataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;

/** An iterator over given batches. */
final class Batches implements DataSetIterator {
  private static final long serialVersionUID = 1L;

  private final transient List<DataSet> batches;
  private transient @Nullable DataSetPreProcessor preProcessor;
  private transient Runnable before = () -> {};
  private int at;

  Batches(List<DataSet> batches) {
    this.batches = batches;
  }

  /** Runs something before each batch is given. */
  void beforeEach(Runnable action) {
    before = action;
  }

  @Override
  public boolean hasNext() {
    return at < batches.size();
  }

  @Override
  public DataSet next() {
    before.run();
    DataSet batch = batches.get(at++);
    if (preProcessor != null) {
      preProcessor.preProcess(batch);
    }
    return batch;
  }

  @Override
  public DataSet next(int rows) {
    return next();
  }

  @Override
  public int inputColumns() {
    return batches.get(0).numInputs();
  }

  @Override
  public int totalOutcomes() {
    return batches.get(0).numOutcomes();
  }

  @Override
  public boolean resetSupported() {
    return true;
  }

  @Override
  public boolean asyncSupported() {
    return false;
  }

  @Override
  public void reset() {
    at = 0;
  }

  @Override
  public int batch() {
    return batches.get(0).numExamples();
  }

  @Override
  public void setPreProcessor(DataSetPreProcessor to) {
    preProcessor = to;
  }

  @Override
  public @Nullable DataSetPreProcessor getPreProcessor() {
    return preProcessor;
  }

  @Override
  public List<String> getLabels() {
    return List.of();
  }
}
