package org.erasus.train;

import java.util.EnumMap;
import java.util.Map;
import org.erasus.Network;
import org.erasus.Probe;
import org.erasus.Rows;
import org.erasus.UnlearningTask;

/** A look at a run between steps; everything is computed when asked for, in evaluation mode, at most once. */
public final class Progress {
  private final UnlearningTask task;
  private final Network student;
  private final int epoch;
  private final long steps;
  private final Map<Monitor, Double> values = new EnumMap<>(Monitor.class);

  Progress(UnlearningTask task, Network student, int epoch, long steps) {
    this.task = task;
    this.student = student;
    this.epoch = epoch;
    this.steps = steps;
  }

  /** Epoch that is under way or has just ended, from 0. */
  public int epoch() {
    return epoch;
  }

  /** Steps taken so far. */
  public long steps() {
    return steps;
  }

  /** The task the run is for. */
  public UnlearningTask task() {
    return task;
  }

  /** Outputs of the student, as it is now, on any rows. */
  public Probe probe(Rows rows) {
    return Probe.of(student, rows);
  }

  /** The watched number now; NaN when there are no rows to compute it on. */
  public double value(Monitor monitor) {
    Double known = values.get(monitor);
    if (known == null) {
      Rows rows =
          switch (monitor) {
            case VALIDATION_LOSS, VALIDATION_ACCURACY -> task.data().validation();
            case FORGET_LOSS, FORGET_ACCURACY -> task.forgetRows();
            case RETAIN_ACCURACY -> task.retainRows();
          };
      Probe probe = probe(rows);
      boolean loss = monitor == Monitor.VALIDATION_LOSS || monitor == Monitor.FORGET_LOSS;
      known = loss ? probe.meanLoss() : probe.accuracy();
      values.put(monitor, known);
    }
    return known;
  }
}
