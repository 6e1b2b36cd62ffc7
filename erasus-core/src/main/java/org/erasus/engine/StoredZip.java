package org.erasus.engine;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/** Zip archives without compression, as libtorch reads and writes them. */
final class StoredZip {
  private StoredZip() {}

  /** Entries by name, in order. */
  static Map<String, byte[]> read(byte[] archive) throws IOException {
    // libtorch writes the sizes behind the data, which a stream cannot read for stored entries; a
    // file can.
    Path file = Files.createTempFile("erasus-", ".zip");
    try {
      Files.write(file, archive);
      Map<String, byte[]> entries = new LinkedHashMap<>();
      try (ZipFile zip = new ZipFile(file.toFile())) {
        for (ZipEntry entry : Collections.list(zip.entries())) {
          try (InputStream in = zip.getInputStream(entry)) {
            entries.put(entry.getName(), in.readAllBytes());
          }
        }
      }
      return entries;
    } finally {
      Files.deleteIfExists(file);
    }
  }

  /** An archive of entries, in their order. */
  static byte[] write(Map<String, byte[]> entries) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> named : entries.entrySet()) {
        ZipEntry entry = new ZipEntry(named.getKey());
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(named.getValue().length);
        CRC32 crc = new CRC32();
        crc.update(named.getValue());
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(named.getValue());
        zip.closeEntry();
      }
    }
    return bytes.toByteArray();
  }
}
