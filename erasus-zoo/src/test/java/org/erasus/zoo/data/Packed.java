package org.erasus.zoo.data;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.zip.GZIPOutputStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** What the tests of the readers share: making bytes, and watching how much memory a call asks for. */
final class Packed {
  private Packed() {}

  static byte[] gzip(byte[] bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream packed = new GZIPOutputStream(out)) {
      packed.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /** Big-endian integers, then bytes. */
  static byte[] ints(byte[] tail, int... head) {
    ByteBuffer buffer = ByteBuffer.allocate(Integer.BYTES * head.length + tail.length);
    for (int value : head) {
      buffer.putInt(value);
    }
    return buffer.put(tail).array();
  }

  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  /** Bytes this thread asks for while the call runs, freed or not. */
  static long allocatedBy(ThrowingCallable call) throws Throwable {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    call.call();
    return threads.getCurrentThreadAllocatedBytes() - before;
  }
}
