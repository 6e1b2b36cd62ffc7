package org.erasus.engine;

import ai.djl.pytorch.jni.JniUtils;

/**
 * Turns the recording of gradients on or off for the calling thread until it is closed, then puts back what was there.
 *
 * <p>The engine keeps this switch per thread, and only the thread that loaded it starts with recording off: every other
 * thread would silently record a graph during inference. So every section of Erasus that computes says which it wants.
 *
 * <pre>{@code
 * try (GradMode on = GradMode.on()) { … }
 * }</pre>
 */
public final class GradMode implements AutoCloseable {
  private final boolean before;

  private GradMode(boolean enabled) {
    EngineRuntime.start();
    before = JniUtils.isGradMode();
    JniUtils.setGradMode(enabled);
  }

  /** Gradients are recorded until close. */
  public static GradMode on() {
    return new GradMode(true);
  }

  /** Nothing is recorded until close. */
  public static GradMode off() {
    return new GradMode(false);
  }

  @Override
  public void close() {
    JniUtils.setGradMode(before);
  }
}
