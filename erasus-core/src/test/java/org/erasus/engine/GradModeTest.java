package org.erasus.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.pytorch.jni.JniUtils;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class GradModeTest {
  private static <T> T inNewThread(Supplier<T> work) {
    EngineRuntime.start();
    return CompletableFuture.supplyAsync(work, task -> new Thread(task).start()).join();
  }

  /** The engine's own default, which makes an explicit mode necessary everywhere. */
  @Test
  void aNewThreadRecordsUnlessTold() {
    assertThat(inNewThread(JniUtils::isGradMode)).isTrue();
    boolean inside =
        inNewThread(
            () -> {
              try (GradMode off = GradMode.off()) {
                return JniUtils.isGradMode();
              }
            });
    assertThat(inside).isFalse();
  }

  @Test
  void theModeOfOneThreadIsNotThatOfAnother() {
    try (GradMode off = GradMode.off()) {
      assertThat(inNewThread(JniUtils::isGradMode)).isTrue();
      assertThat(JniUtils.isGradMode()).isFalse();
    }
    try (GradMode on = GradMode.on()) {
      inNewThread(
          () -> {
            JniUtils.setGradMode(false);
            return true;
          });
      assertThat(JniUtils.isGradMode()).isTrue();
    }
  }

  @Test
  void theModeBeforeComesBackThroughNestingAndExceptions() {
    for (boolean before : new boolean[] {true, false}) {
      try (GradMode outer = before ? GradMode.on() : GradMode.off()) {
        try (GradMode on = GradMode.on()) {
          try (GradMode off = GradMode.off()) {
            assertThat(JniUtils.isGradMode()).isFalse();
          }
          assertThat(JniUtils.isGradMode()).isTrue();
        }
        assertThat(JniUtils.isGradMode()).isEqualTo(before);
        assertThatThrownBy(
                () -> {
                  try (GradMode other = before ? GradMode.off() : GradMode.on()) {
                    throw new IllegalStateException("inside");
                  }
                })
            .hasMessage("inside");
        assertThat(JniUtils.isGradMode()).isEqualTo(before);
      }
    }
  }
}
