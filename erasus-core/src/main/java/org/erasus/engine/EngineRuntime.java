package org.erasus.engine;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.BaseNDManager;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.util.Platform;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts the native engine once per JVM: allocator settings first, then DJL's PyTorch engine, then a check that the
 * library found is the version we are built for and computes correctly.
 *
 * <p>Everything in Erasus that touches a tensor calls {@link #start()}; call it yourself, before any other use of DJL,
 * when DJL is used elsewhere in the JVM too: the allocator settings are made whenever it is called, but threads that the
 * engine has started by then keep the heaps they have.
 *
 * <p>Nothing is downloaded: the natives must be on the class path, in DJL's cache, or where {@code PYTORCH_LIBRARY_PATH}
 * says. DJL's {@code ai.djl.offline} is set while the engine loads and then put back.
 *
 * <p>System properties, read once:
 *
 * <ul>
 *   <li>{@code erasus.engine.tune}: {@code false} leaves the allocator of the process alone (default {@code true}).
 *   <li>{@code erasus.engine.threads}: threads inside one operation (default: the engine's own choice, usually the
 *       number of cores).
 * </ul>
 */
public final class EngineRuntime {
  /** The libtorch version this release of Erasus is built and tested with. */
  public static final String TORCH_VERSION = "2.7.1";

  private static final String OFFLINE = "ai.djl.offline";
  private static final Logger LOG = LoggerFactory.getLogger(EngineRuntime.class);
  private static final ThreadLocal<Boolean> PREPARED = ThreadLocal.withInitial(() -> false);

  private EngineRuntime() {}

  /**
   * Starts the engine; later calls only prepare the calling thread and cost nanoseconds.
   *
   * @throws ExceptionInInitializerError at the first call, when there are no natives or not those of {@link #TORCH_VERSION};
   *     its cause names the remedy
   */
  public static void start() {
    Holder.INFO.engine();
    if (!PREPARED.get()) {
      // Per thread: the profiling executor makes the first calls of a script 2.5 times slower, the
      // rest no faster.
      JniUtils.setGraphExecutorOptimize(false);
      PREPARED.set(true);
    }
  }

  /** What runs underneath: versions, threads and native settings, as they go into a run record. */
  public static EngineInfo info() {
    start();
    EngineInfo at = Holder.INFO;
    return new EngineInfo(
        at.engine(), at.torch(), at.djl(), JniUtils.getNumThreads(), at.settings());
  }

  /**
   * Sets how many threads one operation may use, for the whole process. Results are bit-identical only at equal thread
   * counts.
   *
   * @param threads 1 or more
   */
  public static void setThreads(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1, but was " + threads);
    }
    start();
    JniUtils.setNumThreads(threads);
  }

  /**
   * Counts the native arrays that are open in the JVM, by walking every open manager. Two equal counts around a piece of
   * code show that it left nothing behind.
   */
  public static int openArrays() {
    start();
    return Holder.Managers.count(Holder.ROOT);
  }

  /** The device the engine prefers: the first GPU, or the CPU. */
  public static Device defaultDevice() {
    start();
    return Engine.getEngine("PyTorch").defaultDevice();
  }

  /** A manager for arrays that live until it is closed, on the CPU; those that meet a network's are made on its device. */
  public static NDManager newManager() {
    return newManager(Device.cpu());
  }

  /** A manager for arrays that live until it is closed, which makes them on a device. */
  public static NDManager newManager(Device device) {
    start();
    return NDManager.newBaseManager(device, "PyTorch");
  }

  /**
   * Where numbers of a device are computed with in 64 bits: there, but on the CPU for MPS, which has no such numbers and lacks
   * decompositions of matrices.
   */
  public static Device wideDevice(Device device) {
    return device.getDeviceType().equals("mps") ? Device.cpu() : device;
  }

  /**
   * Versions and settings of the engine.
   *
   * @param engine DJL's name of the engine
   * @param torch version of libtorch
   * @param djl version of DJL
   * @param threads threads inside one operation
   * @param settings allocator settings that the C library took, empty when turned off or not applicable
   */
  public record EngineInfo(
      String engine, String torch, String djl, int threads, List<String> settings) {
    /** Copies the list. */
    public EngineInfo {
      settings = List.copyOf(settings);
    }
  }

  /** Refuses any other version; builds such as {@code 2.7.1+cu128} are the same version. */
  static void requireVersion(String torch) {
    if (!torch.equals(TORCH_VERSION)
        && !torch.matches(Pattern.quote(TORCH_VERSION) + "[^0-9.].*")) {
      throw new IllegalStateException(
          "Erasus needs libtorch "
              + TORCH_VERSION
              + " but the engine loaded "
              + torch
              + ": put ai.djl.pytorch:pytorch-native-cpu:"
              + TORCH_VERSION
              + " on the class path, or set PYTORCH_VERSION to match PYTORCH_LIBRARY_PATH");
    }
  }

  /** Refuses a library whose 2·2 and 3·3 are something else. */
  static void requireProducts(float[] squares) {
    if (squares[0] != 4 || squares[1] != 9) {
      throw new IllegalStateException(
          "the native library computes 2·2 = "
              + squares[0]
              + " and 3·3 = "
              + squares[1]
              + ": it is not libtorch "
              + TORCH_VERSION);
    }
  }

  /** The engine starts when this class is initialised, which the JVM does once and under a lock. */
  private static final class Holder {
    static final EngineInfo INFO = load();
    static final NDManager ROOT = root();

    private Holder() {}

    private static EngineInfo load() {
      // The engine would otherwise ask a cloud metadata address who we are.
      if (System.getProperty("OPT_OUT_TRACKING") == null) {
        System.setProperty("OPT_OUT_TRACKING", "true");
      }
      boolean tune = !"false".equals(System.getProperty("erasus.engine.tune"));
      List<String> settings = tune ? NativeSettings.apply() : List.of();
      Engine engine = engine();
      String torch = engine.getVersion();
      requireVersion(torch);
      Integer threads = Integer.getInteger("erasus.engine.threads");
      if (threads != null) {
        JniUtils.setNumThreads(threads);
      }
      smoke();
      EngineInfo info =
          new EngineInfo(
              engine.getEngineName(),
              torch,
              Engine.getDjlVersion(),
              JniUtils.getNumThreads(),
              settings);
      LOG.debug("engine {} on {}", info, Platform.detectPlatform("pytorch"));
      return info;
    }

    /** Without natives, DJL would fetch some from the network; only it knows all the places where they may be. */
    private static Engine engine() {
      String before = System.getProperty(OFFLINE);
      System.setProperty(OFFLINE, "true");
      try {
        return Engine.getEngine("PyTorch");
      } catch (EngineException e) {
        throw new IllegalStateException(
            "libtorch "
                + TORCH_VERSION
                + " could not be loaded: put ai.djl.pytorch:pytorch-native-cpu:"
                + TORCH_VERSION
                + ":"
                + Platform.fromSystem("pytorch").getClassifier()
                + " on the class path, or set PYTORCH_LIBRARY_PATH (docs/devices.md); nothing is downloaded",
            e);
      } finally {
        if (before == null) {
          System.clearProperty(OFFLINE);
        } else {
          System.setProperty(OFFLINE, before);
        }
      }
    }

    /** A wrong libtorch loads without complaint and computes nonsense: multiply two numbers before trusting it. */
    private static void smoke() {
      try (NDManager manager = NDManager.newBaseManager();
          NDArray two = manager.create(new float[] {2, 3});
          NDArray product = two.mul(two)) {
        requireProducts(product.toFloatArray());
      }
    }

    private static NDManager root() {
      try (NDManager child = NDManager.newBaseManager()) {
        return child.getParentManager();
      }
    }

    /** Reads the private book-keeping of DJL's managers. */
    private static final class Managers {
      private static final VarHandle RESOURCES = resources();

      private Managers() {}

      private static VarHandle resources() {
        try {
          return MethodHandles.privateLookupIn(BaseNDManager.class, MethodHandles.lookup())
              .findVarHandle(BaseNDManager.class, "resources", ConcurrentHashMap.class);
        } catch (ReflectiveOperationException e) {
          throw new IllegalStateException("this version of DJL keeps its arrays elsewhere", e);
        }
      }

      static int count(NDManager manager) {
        int arrays = 0;
        for (Object resource : ((Map<?, ?>) RESOURCES.get(manager)).values()) {
          if (resource instanceof NDArray) {
            arrays++;
          } else if (resource instanceof NDManager child) {
            arrays += count(child);
          }
        }
        return arrays;
      }
    }
  }
}
