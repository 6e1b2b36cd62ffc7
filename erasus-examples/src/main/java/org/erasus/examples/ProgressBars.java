package org.erasus.examples;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.erasus.train.EpochRecord;
import org.erasus.train.Listener;

/** Shows a run on standard error: as a bar on a terminal, as one line elsewhere. */
final class ProgressBars implements Listener {
  private final String title;
  private long start;
  private double loss = Double.NaN;
  private Optional<ProgressBar> bar = Optional.empty();

  ProgressBars(String title) {
    this.title = title;
  }

  @Override
  @SuppressWarnings("SystemConsoleNull") // on a JDK 22 or newer a bar is shown in a pipe, too
  public void started(String name, long steps, long done) {
    start = System.nanoTime();
    if (System.console() != null) {
      bar =
          Optional.of(
              new ProgressBarBuilder()
                  .setTaskName(title)
                  .setInitialMax(steps)
                  .setStyle(ProgressBarStyle.ASCII)
                  .setUpdateIntervalMillis(500)
                  .build());
    }
  }

  @Override
  public void stepped(long steps, double stepLoss) {
    bar.ifPresent(shown -> shown.stepTo(steps));
  }

  @Override
  public void epochEnded(EpochRecord epoch) {
    loss = epoch.retainLoss().or(epoch::forgetLoss).orElse(Double.NaN);
    bar.ifPresent(shown -> shown.setExtraMessage(String.format(Locale.ROOT, " loss %.4f", loss)));
  }

  @Override
  public void ended(String reason) {
    if (bar.isPresent()) {
      bar.get().close();
    } else {
      System.err.printf(
          Locale.ROOT,
          "%-14s %s, loss %.4f, %.1f s%n",
          title,
          reason,
          loss,
          Duration.ofNanos(System.nanoTime() - start).toMillis() / 1000.0);
    }
  }
}
