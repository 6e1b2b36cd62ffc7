package org.erasus.examples;

import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.erasus.train.EpochRecord;
import org.erasus.train.Listener;
import org.jspecify.annotations.Nullable;

/** Shows each run as a bar on standard error. */
final class ProgressBars implements Listener {
  private final String title;
  private @Nullable ProgressBar bar;

  ProgressBars(String title) {
    this.title = title;
  }

  @Override
  public void started(String name, long steps, long done) {
    bar =
        new ProgressBarBuilder()
            .setTaskName(title)
            .setInitialMax(steps)
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(500)
            .build();
    bar.stepTo(done);
  }

  @Override
  public void stepped(long steps, double loss) {
    if (bar != null) {
      bar.stepTo(steps);
    }
  }

  @Override
  public void epochEnded(EpochRecord epoch) {
    if (bar != null) {
      epoch
          .retainLoss()
          .or(epoch::forgetLoss)
          .ifPresent(loss -> bar.setExtraMessage(String.format(" loss %.4f", loss)));
    }
  }

  @Override
  public void ended(String reason) {
    if (bar != null) {
      bar.close();
    }
  }
}
