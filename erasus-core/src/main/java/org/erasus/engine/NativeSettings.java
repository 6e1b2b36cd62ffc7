package org.erasus.engine;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import java.util.ArrayList;
import java.util.List;

/**
 * Tells glibc to keep the large blocks that activations live in instead of handing them back to the kernel after every
 * step, which costs a page fault for each 4 KiB the next time.
 *
 * <p>Should run before libtorch makes its first thread: a thread keeps the heap it began with. Worth 1.2–1.5× on
 * convolutional networks; costs resident memory, since the peak stays allocated. Does nothing where the C library is not glibc.
 */
final class NativeSettings {
  private static final int M_TRIM_THRESHOLD = -1;
  private static final int M_TOP_PAD = -2;
  private static final int M_MMAP_MAX = -4;
  private static final int M_ARENA_MAX = -8;

  private NativeSettings() {}

  /** Applies the settings and returns what was accepted, for the run record. */
  static List<String> apply() {
    List<String> applied = new ArrayList<>();
    if (!Platform.isLinux() || !Platform.is64Bit()) {
      return applied;
    }
    Function mallopt;
    try {
      mallopt = NativeLibrary.getInstance("c").getFunction("mallopt");
    } catch (UnsatisfiedLinkError noGlibc) { // musl has no mallopt
      return applied;
    }
    set(mallopt, "M_MMAP_MAX", M_MMAP_MAX, 0, applied);
    set(mallopt, "M_TRIM_THRESHOLD", M_TRIM_THRESHOLD, Integer.MAX_VALUE, applied);
    set(mallopt, "M_TOP_PAD", M_TOP_PAD, 64 << 20, applied);
    set(mallopt, "M_ARENA_MAX", M_ARENA_MAX, 1, applied);
    return applied;
  }

  private static void set(
      Function mallopt, String name, int option, int value, List<String> applied) {
    if (mallopt.invokeInt(new Object[] {option, value}) == 1) {
      applied.add(name + "=" + value);
    }
  }
}
