package org.erasus.train;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonIgnore;

/**
 * A module of two losses. Its recipe cannot say what they are, so it tells them from others by the name they are given.
 *
 * @param losses their name
 */
record LambdaModule(
    String losses, Training training, @JsonIgnore Loss forget, @JsonIgnore Loss retain)
    implements UnlearningModule {
  LambdaModule {
    if (losses.isBlank()) {
      throw new IllegalArgumentException(
          "name must tell the two losses from others, but was \"" + losses + "\"");
    }
  }

  @Override
  public NDArray forgetStep(Step step) {
    return forget.of(step);
  }

  @Override
  public NDArray retainStep(Step step) {
    return retain.of(step);
  }

  @Override
  public String displayName() {
    return losses;
  }
}
