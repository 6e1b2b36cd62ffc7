package org.erasus.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.erasus.Catalog;
import org.junit.jupiter.api.Test;

/** The pages say what the code does. */
class DocumentationTest {
  private static final Path ROOT = Path.of("..");

  private static String read(String file) throws IOException {
    return Files.readString(ROOT.resolve(file));
  }

  /** The text between the marks of a region, its indentation taken off. */
  private static String region(String source, String name) {
    Matcher found =
        Pattern.compile("// region " + name + "\\n(.*?)\\n *// endregion", Pattern.DOTALL)
            .matcher(source);
    assertThat(found.find()).as("region " + name).isTrue();
    return found.group(1).stripIndent();
  }

  @Test
  void theReadmeShowsTheProgramThatIsCompiled() throws IOException {
    String source = read("erasus-examples/src/main/java/org/erasus/examples/FirstSteps.java");
    assertThat(read("README.md")).contains("```java\n" + region(source, "readme") + "\n```");
  }

  /** What the program uses must come with the dependencies beside it; core comes with each of them. */
  @Test
  void theReadmeListsTheModulesItsProgramUses() throws IOException {
    String source = read("erasus-examples/src/main/java/org/erasus/examples/FirstSteps.java");
    String program = region(source, "readme");
    Set<String> used = new TreeSet<>();
    Matcher imported = Pattern.compile("import (org\\.erasus\\.[\\w.]+);").matcher(source);
    while (imported.find()) {
      String type = imported.group(1);
      if (program.matches("(?s).*\\b" + type.substring(type.lastIndexOf('.') + 1) + "\\b.*")) {
        used.add(moduleOf(type));
      }
    }
    if (Catalog.selectors().names().stream().anyMatch(name -> program.contains('"' + name + '"'))) {
      used.add("erasus-selectors");
    }
    assertThat(used).contains("erasus-core", "erasus-eval");
    used.remove("erasus-core");
    for (String module : used) {
      assertThat(read("README.md"))
          .contains("<artifactId>" + module + "</artifactId></dependency>");
    }
  }

  private static String moduleOf(String type) throws IOException {
    String file = "src/main/java/" + type.replace('.', '/') + ".java";
    try (Stream<Path> modules = Files.list(ROOT)) {
      return modules
          .filter(module -> Files.exists(module.resolve(file)))
          .map(module -> module.getFileName().toString())
          .findFirst()
          .orElseThrow(() -> new AssertionError("no module has " + type));
    }
  }

  @Test
  void theTablesOfAlgorithmsHaveARowForEveryNameInTheOrderOfTheCatalogues() throws IOException {
    assertThat(rows("Strategies")).isEqualTo(Catalog.strategies().names());
    assertThat(rows("Differences and use")).isEqualTo(Catalog.strategies().names());
    assertThat(rows("Selectors")).isEqualTo(Catalog.selectors().names());
  }

  @Test
  void theTablesOfAlgorithmsNameTheClasses() throws IOException {
    assertThat(found("Strategies", "(?m)^\\| `[a-z0-9-]+` \\| `(\\w+)` \\|"))
        .isEqualTo(classes(Catalog.strategies()));
    assertThat(found("Selectors", "(?m)^\\| `[a-z0-9-]+` \\| `(\\w+)` \\|"))
        .isEqualTo(classes(Catalog.selectors()));
  }

  private static List<String> classes(Catalog<?> catalog) {
    return catalog.names().stream()
        .map(name -> catalog.get(name).getClass().getSimpleName())
        .toList();
  }

  /** The names in the first column of the table of a section. */
  private static List<String> rows(String section) throws IOException {
    return found(section, "(?m)^\\| `([a-z0-9-]+)` \\|");
  }

  private static List<String> found(String section, String row) throws IOException {
    String text = read("docs/algorithms.md").split("\n## " + section + "\n", 2)[1];
    return Pattern.compile(row)
        .matcher(text.split("\n## ", 2)[0])
        .results()
        .map(match -> match.group(1))
        .toList();
  }

  @Test
  void linksBetweenPagesLeadSomewhere() throws IOException {
    List<Path> pages = new ArrayList<>();
    try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"));
        Stream<Path> root = Files.list(ROOT)) {
      Stream.concat(docs, root).filter(page -> page.toString().endsWith(".md")).forEach(pages::add);
    }
    assertThat(pages)
        .contains(ROOT.resolve("README.md"), ROOT.resolve("docs/adr/0004-four-marks.md"));
    for (Path page : pages) {
      Matcher link = Pattern.compile("\\]\\(([^)#:]+)\\)").matcher(Files.readString(page));
      while (link.find()) {
        assertThat(page.resolveSibling(link.group(1))).as("link in " + page).exists();
      }
    }
  }
}
