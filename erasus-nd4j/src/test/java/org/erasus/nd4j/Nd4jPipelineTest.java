package org.erasus.nd4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class Nd4jPipelineTest {
  @Test
  void theKindIsForgottenAndTheOthersAreKept() {
    String lines = Nd4jPipeline.run(1_000, 10);
    Matcher numbers = Pattern.compile("forget ([0-9.]+), on the others ([0-9.]+)").matcher(lines);
    assertThat(numbers.find()).as(lines).isTrue();
    assertThat(Double.parseDouble(numbers.group(1))).as(lines).isGreaterThan(0.8);
    assertThat(Double.parseDouble(numbers.group(2))).as(lines).isGreaterThan(0.8);
    assertThat(numbers.find()).as(lines).isTrue();
    assertThat(Double.parseDouble(numbers.group(1))).as(lines).isLessThan(0.2);
    assertThat(Double.parseDouble(numbers.group(2))).as(lines).isGreaterThan(0.8);
  }

  @Test
  void thePageShowsTheProgramThatIsCompiled() throws IOException {
    String source = Files.readString(Path.of("src/test/java/org/erasus/nd4j/Nd4jPipeline.java"));
    Matcher region =
        Pattern.compile("// region nd4j\\n(.*?)\\n *// endregion", Pattern.DOTALL).matcher(source);
    assertThat(region.find()).isTrue();
    assertThat(Files.readString(Path.of("../docs/nd4j.md")))
        .contains("```java\n" + region.group(1).stripIndent() + "\n```");
  }
}
