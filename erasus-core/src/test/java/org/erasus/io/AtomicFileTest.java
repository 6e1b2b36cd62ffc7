package org.erasus.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  private final Path directory;
  private final Path file;

  AtomicFileTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    file = directory.resolve("file.json");
    Files.writeString(file, "old");
  }

  @AfterEach
  void nothingIsLeftBeside() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files.map(Path::getFileName).map(Path::toString))
          .isSubsetOf("file.json", "new.json", "link");
    }
  }

  @Test
  void replacesAndCreates() throws IOException {
    AtomicFile.writeString(file, "né😀");
    assertThat(file).hasContent("né😀");
    AtomicFile.writeChannel(
        directory.resolve("new.json"), out -> out.write(ByteBuffer.wrap(new byte[] {'x'})));
    assertThat(directory.resolve("new.json")).hasContent("x");
  }

  @Test
  void aPathWithoutDirectoryMeansTheWorkingDirectory() throws IOException {
    Path relative = Path.of("relative-" + System.nanoTime());
    try {
      AtomicFile.writeString(relative, "here");
      assertThat(relative).hasContent("here");
    } finally {
      Files.deleteIfExists(relative);
    }
  }

  @Test
  void theOldContentIsThereUntilAllIsWritten() throws IOException {
    AtomicFile.write(
        file,
        out -> {
          out.write(new byte[1 << 20]);
          out.flush();
          assertThat(file).hasContent("old");
        });
    assertThat(file).hasSize(1 << 20);
  }

  /** Jackson closes the stream it writes to. */
  @Test
  void contentMayCloseTheStream() throws IOException {
    AtomicFile.write(file, out -> new ObjectMapper().writeValue(out, List.of(1, 2)));
    assertThat(file).hasContent("[1,2]");
  }

  @Test
  void aFailureOfAnyKindLeavesTheOldFile() {
    for (Throwable failure :
        List.of(
            new IOException("disk full"),
            new IllegalStateException("bug"),
            new OutOfMemoryError("heap"))) {
      assertThatThrownBy(
              () ->
                  AtomicFile.write(
                      file,
                      out -> {
                        out.write(new byte[1 << 20]);
                        out.flush();
                        sneak(failure);
                      }))
          .isSameAs(failure);
      assertThat(file).hasContent("old");
    }
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <T extends Throwable> void sneak(Throwable failure) throws T {
    throw (T) failure;
  }

  @Test
  void anInterruptLeavesTheOldFileAndTheFlag() {
    assertThatExceptionOfType(ClosedByInterruptException.class)
        .isThrownBy(
            () ->
                AtomicFile.write(
                    file,
                    out -> {
                      out.write(new byte[1 << 20]);
                      Thread.currentThread().interrupt();
                      out.write(new byte[1 << 20]);
                    }));
    assertThat(Thread.interrupted()).isTrue();
    assertThat(file).hasContent("old");
  }

  @Test
  void aFailingMoveLeavesTheOldFile() {
    assertThatIOException()
        .isThrownBy(
            () ->
                AtomicFile.writeChannel(
                    file,
                    out -> out.write(ByteBuffer.allocate(9)),
                    (from, to) -> {
                      assertThat(from).hasSize(9).hasParent(to.getParent());
                      throw new IOException("file is in use");
                    }))
        .withMessage("file is in use");
    assertThat(file).hasContent("old");
  }

  @Test
  void withoutAnAtomicMoveNothingIsReplaced() {
    assertThatIOException()
        .isThrownBy(
            () ->
                AtomicFile.writeChannel(
                    file,
                    out -> {},
                    (from, to) -> {
                      throw new AtomicMoveNotSupportedException("" + from, "" + to, "not here");
                    }))
        .withMessage(
            file
                + ": its file system cannot replace a file in one step: write to a local disk and copy");
    assertThat(file).hasContent("old");
  }

  @Test
  void aMissingDirectoryAndADirectoryAreNamed() {
    assertThatIOException()
        .isThrownBy(() -> AtomicFile.writeString(directory.resolve("no/file"), ""))
        .withMessageContaining("directory " + directory.resolve("no") + " does not exist");
    assertThatIOException()
        .isThrownBy(() -> AtomicFile.writeString(directory, ""))
        .withMessage(directory + " is a directory: name a file");
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aLinkStaysALink() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link"), file);
    AtomicFile.writeString(link, "new");
    assertThat(link).isSymbolicLink();
    assertThat(file).hasContent("new");
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void permissionsAreKept() throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    AtomicFile.writeString(file, "new");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    Path fresh = directory.resolve("new.json");
    Path plain = directory.resolve("link");
    AtomicFile.writeString(fresh, "");
    Files.write(plain, "".getBytes(StandardCharsets.UTF_8));
    assertThat(Files.getPosixFilePermissions(fresh))
        .isEqualTo(Files.getPosixFilePermissions(plain));
  }
}
