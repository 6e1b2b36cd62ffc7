package org.erasus.eval.tracking;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.erasus.train.EpochRecord;

/** The numbers of an epoch by the names of their curves. */
final class Curves {
  private Curves() {}

  static Map<String, Double> of(EpochRecord epoch) {
    Map<String, Double> numbers = new LinkedHashMap<>();
    epoch.forgetLoss().ifPresent(loss -> numbers.put("forget-loss", loss));
    epoch.retainLoss().ifPresent(loss -> numbers.put("retain-loss", loss));
    numbers.put("learning-rate", epoch.learningRate());
    numbers.put("gradient-norm", epoch.gradientNorm());
    epoch.gradientCosine().ifPresent(cosine -> numbers.put("gradient-cosine", cosine));
    epoch
        .watched()
        .forEach(
            (monitor, value) ->
                numbers.put(monitor.name().toLowerCase(Locale.ROOT).replace('_', '-'), value));
    return numbers;
  }
}
