package org.erasus;

import static org.assertj.core.api.Assertions.assertThat;

import org.erasus.engine.EngineRuntime;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails every test of core that leaves native arrays open; JUnit finds it by itself. The other modules have that of the test
 * kit, which core cannot depend on.
 */
public final class NothingLeftOpen implements BeforeEachCallback, AfterEachCallback {
  private static final ExtensionContext.Namespace HERE =
      ExtensionContext.Namespace.create(NothingLeftOpen.class);

  /** For JUnit. */
  public NothingLeftOpen() {}

  @Override
  public void beforeEach(ExtensionContext context) {
    context.getStore(HERE).put("open", EngineRuntime.openArrays());
  }

  @Override
  public void afterEach(ExtensionContext context) {
    assertThat(EngineRuntime.openArrays())
        .as("open native arrays")
        .isEqualTo(context.getStore(HERE).get("open", int.class));
  }
}
