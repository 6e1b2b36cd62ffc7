package org.erasus;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 of numbers and text, the same on every machine. */
final class Digest {
  private final MessageDigest sha;
  private final ByteBuffer eight = ByteBuffer.allocate(8);

  Digest() {
    try {
      sha = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  Digest update(long value) {
    sha.update(eight.clear().putLong(value).flip());
    return this;
  }

  Digest update(double value) {
    return update(Double.doubleToLongBits(value));
  }

  Digest update(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    update(bytes.length);
    sha.update(bytes);
    return this;
  }

  Digest update(ByteBuffer bytes) {
    sha.update(bytes);
    return this;
  }

  /** The first 64 bits. */
  long head() {
    return ByteBuffer.wrap(sha.digest()).getLong();
  }

  String hex() {
    return HexFormat.of().formatHex(sha.digest());
  }
}
