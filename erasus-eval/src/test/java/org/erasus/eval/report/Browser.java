package org.erasus.eval.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Opens pages in the Chromium that {@code ERASUS_BROWSER} names; without it the test is skipped. */
final class Browser {
  /** Takes down what goes wrong, before any other script of the page. */
  private static final String WATCH =
      """
      <script>
        window.troubles = [];
        addEventListener('error', e => troubles.push(e.message));
        addEventListener('securitypolicyviolation', e => troubles.push('policy: ' + e.violatedDirective));
        for (const level of ['error', 'warn']) console[level] = (...words) => troubles.push(words.join(' '));
      </script>
      """;

  /** Opens all that is folded, waits until it is drawn, and writes down what the charts hold. */
  private static final String PROBE =
      """
      <script>
        document.querySelectorAll('details').forEach(fold => { fold.open = true; });
        setTimeout(() => {
          const inked = canvas => canvas.width > 0 && canvas.getContext('2d')
            .getImageData(0, 0, canvas.width, canvas.height).data.some(value => value !== 0);
          const figures = [...document.querySelectorAll('canvas')].map(canvas => ({ id: canvas.id, inked: inked(canvas),
            fits: canvas.clientWidth <= canvas.parentElement.clientWidth,
            named: canvas.getAttribute('aria-label'),
            labels: (Chart.getChart(canvas) || { data: {} }).data.labels || [],
            sets: (Chart.getChart(canvas) || { data: { datasets: [] } }).data.datasets
              .map(set => ({ label: set.label, data: set.data })) }));
          const found = JSON.stringify({ troubles, figures, wide: document.documentElement.scrollWidth,
            window: document.documentElement.clientWidth });
          const place = document.createElement('pre');
          place.id = 'probe';
          place.textContent = btoa(unescape(encodeURIComponent(found)));
          document.body.append(place);
        }, 2000);
      </script>
      </body>""";

  /** A window is not made narrower than about 500 pixels, so the page is shown in a frame. */
  private static final String FRAME =
      """
      <!DOCTYPE html><body><iframe width="WIDTH" height="3000" srcdoc="PAGE"></iframe>
      <script>
        const look = setInterval(() => {
          const probe = document.querySelector('iframe').contentDocument.getElementById('probe');
          if (probe) { clearInterval(look); document.body.append(document.importNode(probe, true)); }
        }, 500);
      </script></body>
      """;

  private Browser() {}

  /** The figures of a page, after checking that nothing went wrong, all are drawn and nothing sticks out. */
  static JsonNode open(String page, Path folder, int width)
      throws IOException, InterruptedException {
    Optional<String> browser = Optional.ofNullable(System.getenv("ERASUS_BROWSER"));
    assumeTrue(browser.isPresent(), "set ERASUS_BROWSER to a Chromium to look at pages in it");
    Path file = folder.resolve("page.html");
    String watched = page.replace("<head>", "<head>\n" + WATCH).replace("</body>", PROBE);
    String quoted = watched.replace("&", "&amp;").replace("\"", "&quot;");
    Files.writeString(
        file, FRAME.replace("WIDTH", Integer.toString(width)).replace("PAGE", quoted));
    Path shown = folder.resolve("shown.html");
    Process process =
        new ProcessBuilder(
                List.of(
                    browser.orElseThrow(),
                    "--headless",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--user-data-dir=" + folder.resolve("profile"),
                    "--window-size=1600,3000",
                    "--virtual-time-budget=20000",
                    "--dump-dom",
                    file.toUri().toString()))
            .redirectOutput(shown.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      assertThat(process.waitFor(2, TimeUnit.MINUTES)).as("the browser came to an end").isTrue();
    } finally {
      process.destroyForcibly();
    }
    Matcher probe =
        Pattern.compile("<pre id=\"probe\">([^<]*)</pre>").matcher(Files.readString(shown));
    assertThat(probe.find()).as("the page was shown").isTrue();
    String found = new String(Base64.getDecoder().decode(probe.group(1)), StandardCharsets.UTF_8);
    JsonNode seen = new JsonMapper().readTree(found);
    assertThat(seen.get("troubles")).isEmpty();
    assertThat(seen.get("figures")).isNotEmpty();
    for (JsonNode figure : seen.get("figures")) {
      assertThat(figure.get("inked").asBoolean()).as(figure.get("id").asText()).isTrue();
      assertThat(figure.get("fits").asBoolean()).as(figure.get("id").asText()).isTrue();
      assertThat(figure.get("named").asText()).isNotBlank();
      assertThat(figure.get("labels")).as(figure.get("id").asText()).doesNotHaveDuplicates();
    }
    assertThat(seen.get("window").asInt()).isBetween(width - 20, width);
    assertThat(seen.get("wide").asInt())
        .as("width of the page")
        .isLessThanOrEqualTo(seen.get("window").asInt());
    return seen.get("figures");
  }
}
