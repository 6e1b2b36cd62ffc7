package org.erasus.testkit;

import org.erasus.engine.EngineRuntime;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test that leaves native arrays open. Found by JUnit by itself when {@code
 * junit.jupiter.extensions.autodetection.enabled=true}; tests must not run side by side in one JVM.
 */
public final class LeakCheck implements BeforeEachCallback, AfterEachCallback {
  private static final ExtensionContext.Namespace HERE =
      ExtensionContext.Namespace.create(LeakCheck.class);

  /** For JUnit. */
  public LeakCheck() {}

  @Override
  public void beforeEach(ExtensionContext context) {
    context.getStore(HERE).put("open", EngineRuntime.openArrays());
  }

  @Override
  public void afterEach(ExtensionContext context) {
    int before = context.getStore(HERE).get("open", Integer.class);
    int after = EngineRuntime.openArrays();
    if (after != before) {
      throw new AssertionError(
          "the test began with "
              + before
              + " open native arrays and ended with "
              + after
              + ": something is not closed");
    }
  }
}
