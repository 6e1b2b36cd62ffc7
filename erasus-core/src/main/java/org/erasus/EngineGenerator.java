package org.erasus;

import ai.djl.engine.Engine;
import java.util.function.Supplier;

/**
 * The engine's random generator. There is one for the whole process, so whoever draws from it seeds it first and keeps
 * everybody else out until done: runs side by side then give what they give alone.
 */
final class EngineGenerator {
  private static final Object LOCK = new Object();

  private EngineGenerator() {}

  static <T> T seeded(long seed, Supplier<T> draws) {
    synchronized (LOCK) {
      Engine.getEngine("PyTorch").setRandomSeed((int) (seed ^ (seed >>> 32)));
      return draws.get();
    }
  }
}
