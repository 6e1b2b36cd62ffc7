package org.erasus.engine;

import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A TorchScript program, compiled by libtorch inside the JVM: the way from Java to every operation of PyTorch.
 *
 * <p>The source is the body of a module class: methods with typed arguments, indented by two spaces. It is put into the
 * archive format of {@code torch.jit.save}, in memory, and loaded through DJL.
 *
 * <p>Traps, each held by a test: an in-place operation on a list made inside the script is removed as dead code, so lists
 * to be changed are passed in; results made in inference mode cannot be differentiated, so calls never use it and {@link
 * GradMode} decides.
 */
final class Script {
  /** Pickle of an object {@code __torch__.Ops} with the one attribute {@code training = True}. */
  private static final byte[] DATA_PICKLE = dataPickle();

  private static final byte[] EMPTY_TUPLE_PICKLE = {(byte) 0x80, 2, ')', '.'};

  private final PtSymbolBlock module;

  private Script(PtSymbolBlock module) {
    this.module = module;
  }

  /**
   * Compiles a program; it stays loaded for the life of the manager.
   *
   * @param manager owns the compiled program
   * @param methods the methods, each starting with {@code "  def name(self, …"}
   */
  static Script compile(NDManager manager, String methods) {
    EngineRuntime.start();
    try {
      byte[] archive = archive(methods);
      return new Script(
          JniUtils.loadModule(
              (PtNDManager) manager, new ByteArrayInputStream(archive), false, false));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  PtSymbolBlock module() {
    return module;
  }

  /** Runs a method of a module, ours or a loaded one; arguments stay open, the caller closes the result. */
  static IValue run(PtSymbolBlock module, String method, IValue... arguments) {
    long[] handles = new long[arguments.length];
    for (int i = 0; i < handles.length; i++) {
      handles[i] = arguments[i].getHandle();
    }
    EngineRuntime.start();
    try {
      long result =
          (long) Native.RUN.invokeExact((long) module.getHandle(), method, handles, true, false);
      return (IValue) Native.WRAP.invokeExact(result);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("script method " + method + " failed", e);
    }
  }

  /** Runs a method; arguments stay open, the caller closes the result. */
  IValue run(String method, IValue... arguments) {
    return run(module, method, arguments);
  }

  private static byte[] archive(String methods) throws IOException {
    String source =
        "class Ops(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n"
            + methods;
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("ops/data.pkl", DATA_PICKLE);
    entries.put("ops/code/__torch__.py", source.getBytes(StandardCharsets.UTF_8));
    entries.put("ops/constants.pkl", EMPTY_TUPLE_PICKLE);
    entries.put("ops/version", "3\n".getBytes(StandardCharsets.US_ASCII));
    entries.put("ops/byteorder", "little".getBytes(StandardCharsets.US_ASCII));
    return StoredZip.write(entries);
  }

  private static byte[] dataPickle() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(0x80); // PROTO 2
    out.write(2);
    out.writeBytes("c__torch__\nOps\n".getBytes(StandardCharsets.US_ASCII)); // GLOBAL
    out.writeBytes(new byte[] {'q', 0, ')', (byte) 0x81, '}', '(', 'X', 8, 0, 0, 0});
    out.writeBytes("training".getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(
        new byte[] {'q', 1, (byte) 0x88, 'u', 'b', 'q', 3, '.'}); // True, SETITEMS, BUILD
    return out.toByteArray();
  }

  /**
   * The two members of DJL that run a module outside inference mode. The public way sets inference mode, whose results
   * cannot be differentiated.
   */
  private static final class Native {
    static final MethodHandle RUN;
    static final MethodHandle WRAP;

    static {
      try {
        Class<?> library = Class.forName("ai.djl.pytorch.jni.PyTorchLibrary");
        MethodHandles.Lookup lookup =
            MethodHandles.privateLookupIn(library, MethodHandles.lookup());
        Object instance = lookup.findStaticVarHandle(library, "LIB", library).get();
        RUN =
            lookup
                .findVirtual(
                    library,
                    "moduleRunMethod",
                    MethodType.methodType(
                        long.class,
                        long.class,
                        String.class,
                        long[].class,
                        boolean.class,
                        boolean.class))
                .bindTo(instance);
        WRAP =
            MethodHandles.privateLookupIn(IValue.class, MethodHandles.lookup())
                .findConstructor(IValue.class, MethodType.methodType(void.class, long.class));
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(
            "this version of DJL has no way to run a script method; use DJL 0.35.1", e);
      }
    }

    private Native() {}
  }
}
