package org.erasus.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StateDictUnpicklerTest {

  @Test
  void readsPlainValues() throws IOException {
    assertThat(read("K\u00ff.")).isEqualTo(255L);
    assertThat(read("M\u00ff\u00ff.")).isEqualTo(65535L);
    assertThat(read("J\u00fe\u00ff\u00ff\u00ff.")).isEqualTo(-2L);
    assertThat(read("\u008a\u0000.")).isEqualTo(0L);
    assertThat(read("\u008a\u0001\u00ff.")).isEqualTo(-1L);
    assertThat(read("\u008a\u0008\0\0\0\0\0\0\0\u0080.")).isEqualTo(Long.MIN_VALUE);
    assertThat(read("\u008a\t\0\0\0\0\0\0\0\u0080\0.")).isEqualTo(BigInteger.TWO.pow(63));
    assertThat(read("G?\u00f8\0\0\0\0\0\0.")).isEqualTo(1.5);
    assertThat(read("X\u0002\0\0\0\u00c3\u00a9.")).isEqualTo("é");
    assertThat(read("U\u0002ab.")).isEqualTo("ab");
    assertThat(read("\u008c\u0002ab.")).isEqualTo("ab");
    assertThat(read("\u0080\u0002](\u0088\u0089e.")).isEqualTo(List.of(true, false));
    assertThat(read("]K\u0001aK\u0002a.")).isEqualTo(List.of(1L, 2L));
    assertThat(read("}U\u0001aK\u0001s(U\u0001bK\u0002u.")).isEqualTo(Map.of("a", 1L, "b", 2L));
  }

  @Test
  void recallsValuesByShortAndLongIndex() throws IOException {
    assertThat(read("](U\u0001aq\u0005h\u0005U\u0001br\0\u0001\0\0j\0\u0001\0\0e."))
        .isEqualTo(List.of("a", "a", "b", "b"));
  }

  /** One row per rule. Bytes above ASCII are written as the Latin-1 character of that number. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          cposix\\nsystem\\n.                        | asks for posix.system
          cbuiltins\\neval\\n.                       | asks for builtins.eval
          c__builtin__\\ngetattr\\n.                 | asks for __builtin__.getattr
          ctorch\\nload\\n.                          | asks for torch.load
          ctorch.FloatStorage\\n\\n.                 | asks for torch.FloatStorage.
          ccollections\\nOrderedDict                 | ends within a name
          ctorch\\nFloatStorage\\n)R.                | torch.FloatStorage cannot be called
          ccollections\\nOrderedDict\\n](K1eR.       | only with a tuple
          ccollections\\nOrderedDict\\nK1\\x85R.     | must be made empty
          K1)R.                                     | only a name can be called
          ctorch._utils\\n_rebuild_tensor_v2\\n)R.   | must be given a storage
          ctorch._utils\\n_rebuild_parameter\\n)R.   | must be given a tensor
          )Q.                                       | a storage must be named by
          iposix\\nsystem\\n.                        | operation 0x69
          (o.                                       | operation 0x6F
          )\\x81.                                    | operation 0x81
          \\x93.                                     | operation 0x93
          \\x82\\x01.                                 | operation 0x82
          I1\\n.                                     | operation 0x49
          \\x80\\x04.                                 | protocol must be 2, but was 4
          K1K1b.                                    | only a dict can be given attributes
          }K1b.                                     | only a dict can be given attributes
          K1K1a.                                    | only a list can be appended to
          )K1a.                                     | only a list can be appended to
          ]K1K1s.                                   | only a dict can be given items
          }(K1u.                                    | a value for every key
          }]K1s.                                    | a key must be a str, an int or a bool, but was list of 0
          }(K1K1K1K1u.                              | stands twice
          h1.                                       | refers to value 49
          q1.                                       | takes a value where there is none
          .                                         | takes a value where there is none
          K1\\x86.                                   | takes a value where there is none
          K1(a.                                     | takes a value where there is none
          t.                                        | closes a group that it did not open
          K1K1.                                     | must end with its only value
          K1..                                      | must end with its only value
          K                                         | ends in the middle of an operation
          X\\xff\\xff\\xff\\xffab.                      | ends before a value of 4294967295 bytes
          X\\xff\\xff\\xff\\x7fab.                      | ends before a value of 2147483647 bytes
          \\x8a\\x08ab.                               | ends before a value of 8 bytes
          U\\x01\\xff.                                | not valid UTF-8
          """)
  void refusesWhatIsNotPartOfAStateDict(String pickle, String message) {
    assertThatIOException()
        .isThrownBy(() -> read(unescape(pickle)))
        .withMessageStartingWith("model.pt: ")
        .withMessageContaining(message)
        .withMessageMatching("(?s).*\\(byte \\d+ of data.pkl\\)");
  }

  @Test
  void theMessageTellsHowToGetAtTheWeights() {
    assertThatIOException()
        .isThrownBy(() -> read("\u0080\u0002cposix\nsystem\n."))
        .withMessage(
            "model.pt: the pickle asks for posix.system, which is not among the names a state dict needs; nothing was"
                + " run, and if you trust the file, load it in Python and save only the weights:"
                + " torch.save(model.state_dict(), path) (byte 2 of data.pkl)");
  }

  @Test
  void depthAndLengthAreBounded() {
    assertThatIOException()
        .isThrownBy(() -> read("}".repeat(StateDictUnpickler.MAX_DEPTH + 1)))
        .withMessageContaining("values may wait");
    assertThatIOException()
        .isThrownBy(() -> read("]" + "K1a".repeat(StateDictUnpickler.MAX_OPERATIONS / 2) + "."))
        .withMessageContaining("at most " + StateDictUnpickler.MAX_OPERATIONS + " operations");
    assertThatIOException()
        .isThrownBy(() -> read("(".repeat(StateDictUnpickler.MAX_OPERATIONS + 1)))
        .withMessageContaining("at most " + StateDictUnpickler.MAX_OPERATIONS + " operations");
  }

  /** A list within itself: nothing here follows it. */
  @Test
  void aCycleIsNotFollowed() throws IOException {
    Object list = read("]q1h1a.");
    assertThat(StateDictUnpickler.describe(list)).isEqualTo("list of 1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"model", "checkpoint", "formats", "views"})
  void everyCutOfARealPickleIsRefused(String name) throws IOException {
    byte[] pickle = pickle(name);
    assertThat(StateDictUnpickler.read("whole", pickle)).isInstanceOf(Map.class);
    for (int length = 0; length < pickle.length; length++) {
      byte[] cut = Arrays.copyOf(pickle, length);
      assertThatIOException().isThrownBy(() -> StateDictUnpickler.read("cut", cut));
    }
  }

  /** Every byte becomes 8 random others: an IOException or some value, but nothing else may happen. */
  @ParameterizedTest
  @ValueSource(strings = {"model", "checkpoint", "formats", "views"})
  void noChangeOfAByteGivesAnotherException(String name) throws IOException {
    byte[] pickle = pickle(name);
    Random random = new Random(11);
    int refused = 0;
    for (int i = 0; i < pickle.length; i++) {
      for (int k = 0; k < 8; k++) {
        byte[] changed = pickle.clone();
        changed[i] ^= (byte) (1 + random.nextInt(255));
        try {
          StateDictUnpickler.read("changed", changed);
        } catch (IOException e) {
          refused++;
        }
      }
    }
    assertThat(refused).isGreaterThan(pickle.length);
  }

  private static byte[] pickle(String name) throws IOException {
    Path file = Golden.file(name + ".pt");
    try (ZipFile zip = new ZipFile(file.toFile())) {
      return zip.getInputStream(zip.getEntry(name + "/data.pkl")).readAllBytes();
    }
  }

  private static Object read(String latin1) throws IOException {
    return StateDictUnpickler.read("model.pt", latin1.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Line feeds and bytes, as in Python. */
  private static String unescape(String text) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '\\') {
        out.write(c);
      } else if (text.charAt(++i) == 'n') {
        out.write('\n');
      } else {
        out.write(Integer.parseInt(text.substring(i + 1, i + 3), 16));
        i += 2;
      }
    }
    return out.toString(StandardCharsets.ISO_8859_1);
  }
}
