package org.erasus.selectors;

import org.erasus.SelectionTask;
import org.erasus.train.Listener;

/** Tells a selection of the steps of a training that is part of it; an interrupt ends both. */
final class TrainingSteps implements Listener {
  private final SelectionTask task;
  private final String what;
  private long total;

  TrainingSteps(SelectionTask task, String what) {
    this.task = task;
    this.what = what;
  }

  @Override
  public void started(String name, long steps, long done) {
    total = steps;
  }

  @Override
  public void stepped(long steps, double loss) {
    task.progressed(what, steps, total);
  }
}
