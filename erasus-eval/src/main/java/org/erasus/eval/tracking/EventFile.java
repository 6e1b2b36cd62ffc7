package org.erasus.eval.tracking;

import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * A file of TensorBoard events, appended record by record.
 *
 * <pre>{@code
 * record: length (uint64) · masked CRC-32C of it (uint32) · event · masked CRC-32C of the event (uint32), little endian
 * masked(c) = rotate right by 15 (c) + 0xa282ead8
 * event:   1 wall_time (double) · 2 step (int64) · 3 file_version (string) · 5 summary { 1 value { 1 tag · 2 simple_value } }
 * }</pre>
 *
 * @see <a href="https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details">TFRecord format</a>
 * @see <a href="https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto">event.proto</a>
 */
final class EventFile implements AutoCloseable {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  private final OutputStream out;

  /** Begins a file, which must not exist. */
  EventFile(Path file, double wallTime) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    // An interrupt would close a channel, and with it the file for the rest of the run.
    Files.createFile(file);
    out = new FileOutputStream(file.toFile());
    Message version = new Message();
    version.fixed64(1, wallTime);
    version.bytes(3, "brain.Event:2".getBytes(StandardCharsets.UTF_8));
    write(version);
  }

  /** Adds a number to the curve of a tag. */
  void scalar(double wallTime, long step, String tag, float value) throws IOException {
    Message number = new Message();
    number.bytes(1, tag.getBytes(StandardCharsets.UTF_8));
    number.fixed32(2, value);
    Message summary = new Message();
    summary.bytes(1, number.toBytes());
    Message event = new Message();
    event.fixed64(1, wallTime);
    if (step != 0) { // as its own writers leave out what is 0
      event.varint(2, step);
    }
    event.bytes(5, summary.toBytes());
    write(event);
  }

  private void write(Message event) throws IOException {
    byte[] data = event.toBytes();
    ByteBuffer record =
        ByteBuffer.allocate(data.length + 16).order(ByteOrder.LITTLE_ENDIAN).putLong(data.length);
    record.putInt(masked(record.array(), 8)).put(data).putInt(masked(data, data.length));
    out.write(record.array());
  }

  private static int masked(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
  }

  @Override
  public void close() throws IOException {
    out.close();
  }

  /** A message in the wire format of protocol buffers. */
  private static final class Message {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    void fixed64(int field, double value) {
      tag(field, FIXED64);
      out.writeBytes(little(8).putDouble(value).array());
    }

    void fixed32(int field, float value) {
      tag(field, FIXED32);
      out.writeBytes(little(4).putFloat(value).array());
    }

    void varint(int field, long value) {
      tag(field, VARINT);
      varint(value);
    }

    void bytes(int field, byte[] value) {
      tag(field, BYTES);
      varint(value.length);
      out.writeBytes(value);
    }

    byte[] toBytes() {
      return out.toByteArray();
    }

    private static ByteBuffer little(int size) {
      return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    private void tag(int field, int wire) {
      varint(((long) field << 3) | wire);
    }

    private void varint(long value) {
      long rest = value;
      while ((rest & ~0x7fL) != 0) {
        out.write((int) ((rest & 0x7f) | 0x80));
        rest >>>= 7;
      }
      out.write((int) rest);
    }
  }
}
