package io.rivulet.browser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;

/**
 * The tab "Online learning" and the report in Debian's Chromium, while {@code submit/rivulet train}
 * runs. Pictures of them are in {@code target/screenshots}.
 */
class BrowserIT {
  private static final Path HOME = Path.of("../..").toAbsolutePath().normalize();
  private static final Path PICTURES = Path.of("target", "screenshots");
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final int ROWS = 60_000;
  private static final int DAMAGED = 25;
  private static final Dimension DESKTOP = new Dimension(1400, 1000);
  private static final Dimension PHONE = new Dimension(390, 844);

  /** The charts that issue from a training with Kafka, by their captions. */
  private static final List<String> CHARTS =
      List.of(
          "AUC",
          "Logloss",
          "Normalized entropy",
          "Calibration: predictions over clicks",
          "Share of clicks by prediction",
          "Rows learned a second",
          "Lag: events that wait",
          "Where the time of an event goes, µs");

  @TempDir static Path folder;
  @TempDir static File profile;

  private static final List<Process> RUNNING = new ArrayList<>();
  private static ChromeDriver browser;
  private static String ui;

  @BeforeAll
  static void trainAndOpenTheBrowser() throws Exception {
    Files.createDirectories(PICTURES);
    Path clicks = folder.resolve("clicks.tsv");
    finish(
        rivulet(
            "generate",
            clicks.toString(),
            "--rows",
            Integer.toString(ROWS),
            "--drift-every",
            Integer.toString(ROWS / 2)));
    List<String> lines = new ArrayList<>(Files.readAllLines(clicks));
    lines.addAll(ROWS / 4, Collections.nCopies(DAMAGED, "damaged"));
    Files.write(clicks, lines);
    Path broker = start("broker", "--port", "0", "--dir", folder.resolve("kafka").toString());
    await().atMost(PATIENCE).until(() -> Files.readString(broker).contains("Kafka is at "));
    String kafka =
        "kafka.bootstrap_servers="
            + Files.readString(broker).replaceAll("(?s).*Kafka is at ([^;]+);.*", "$1");
    finish(rivulet("produce", clicks.toString(), "--set", kafka));
    int port = freePort();
    ui = "http://127.0.0.1:" + port + "/";
    String small = "deep_layer_dim=[64, 32]";
    ProcessBuilder train =
        rivulet("train", "--store", "model", "--set", kafka, "--set", "emb_dim=8", "--set", small);
    train.environment().put("RIVULET_OPTS", "-Dspark.ui.port=" + port);
    start(train);
    await().atMost(PATIENCE).until(BrowserIT::everythingIsCommitted);

    ChromeOptions options = new ChromeOptions();
    options.setBinary("/usr/bin/chromium");
    options.addArguments(
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--user-data-dir=" + profile);
    browser =
        new ChromeDriver(
            new ChromeDriverService.Builder()
                .usingDriverExecutable(new File("/usr/bin/chromedriver"))
                .build(),
            options);
  }

  @AfterAll
  static void stop() throws InterruptedException {
    if (browser != null) {
      browser.quit();
    }
    RUNNING.forEach(Process::destroy);
    for (Process process : RUNNING) {
      assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }
  }

  private static ProcessBuilder rivulet(String... arguments) {
    List<String> command = new ArrayList<>(List.of(arguments));
    command.add(0, HOME.resolve("submit/rivulet").toString());
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
    builder.environment().putAll(Map.of("SPARK_HOME", "", "RIVULET_MEMORY", "1g"));
    return builder;
  }

  /** Starts a command that goes on until the end; returns where its output is. */
  private static Path start(String... arguments) throws IOException {
    return start(rivulet(arguments));
  }

  private static Path start(ProcessBuilder builder) throws IOException {
    Path log = folder.resolve(RUNNING.size() + ".log");
    RUNNING.add(builder.redirectOutput(log.toFile()).start());
    return log;
  }

  private static void finish(ProcessBuilder builder) throws Exception {
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).as(output).isZero();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static JsonNode json() throws IOException {
    return new ObjectMapper().readTree(new URL(ui + "learning/json/"));
  }

  private static boolean everythingIsCommitted() {
    try {
      JsonNode all = json();
      JsonNode versions = all.get("versions");
      return all.get("rows").asInt() == ROWS
          && versions.get(versions.size() - 1).get("window").equals(all.at("/last/window"));
    } catch (IOException e) {
      return false;
    }
  }

  /** The lines of windows in {@code metrics.jsonl}. */
  private static List<JsonNode> windows() throws IOException {
    List<JsonNode> windows = new ArrayList<>();
    for (String line : Files.readAllLines(folder.resolve("model/metrics.jsonl"))) {
      JsonNode json = new ObjectMapper().readTree(line);
      if (json.has("rows")) {
        windows.add(json);
      }
    }
    return windows;
  }

  @Test
  void theTabShowsWhatMetricsSay() throws IOException {
    browser.manage().window().setSize(DESKTOP);
    browser.get(ui);
    browser.findElement(By.linkText("Online learning")).click();
    assertThat(browser.getTitle()).contains("Online learning");
    assertShowsTheTraining();
    assertThat(texts("h2"))
        .contains(
            "Last versions",
            "Alarms, the gate, and what was left out",
            "Quarantine",
            "Learned of each partition");
    picture("tab");

    browser.manage().window().setSize(PHONE);
    browser.navigate().refresh();
    assertFitsThePhone();
    picture("tab-phone");
    assertThat(browser.manage().logs().get("browser").getAll()).isEmpty();
  }

  @Test
  void theReportShowsTheSame() throws Exception {
    finish(rivulet("report", "model", "--out", "report.html"));
    browser.manage().window().setSize(DESKTOP);
    browser.get(folder.resolve("report.html").toUri().toString());
    assertShowsTheTraining();
    assertThat(texts("h2"))
        .contains("Versions that are kept", "Alarms, the gate, and what was left out")
        .anyMatch(heading -> heading.startsWith("Settings of the learner"));
    picture("report");

    browser.manage().window().setSize(PHONE);
    browser.navigate().refresh();
    assertFitsThePhone();
    picture("report-phone");
  }

  /** Figures, curves and tables, each against {@code metrics.jsonl}. */
  private static void assertShowsTheTraining() throws IOException {
    List<JsonNode> windows = windows();
    JsonNode last = windows.get(windows.size() - 1);
    for (String name : List.of("version", "auc", "logloss", "ne", "calibration")) {
      assertThat(figure(name)).as(name).isEqualTo(last.get(name).asText());
    }
    assertThat(figure("events learned")).isEqualTo(grouped(ROWS));
    assertThat(figure("rows/s")).isEqualTo(grouped(Math.round(last.get("rows_per_s").asDouble())));
    assertThat(figure("table rows")).isEqualTo(grouped(last.get("table_rows").asLong()));
    assertThat(figure("lag")).isEqualTo("0");
    assertThat(figure("gate")).isIn("open", "shut");
    // The click rate drifts with the effects, so one of each.
    assertThat(Integer.parseInt(figure("alarms"))).isPositive();
    assertThat(texts("figcaption")).containsExactlyElementsOf(CHARTS);
    for (WebElement chart : browser.findElements(By.tagName("svg"))) {
      assertThat(chart.getSize().width).isGreaterThan(200);
      assertThat(chart.getSize().height).isGreaterThan(60);
    }
    String auc =
        browser
            .findElement(By.cssSelector("svg[aria-label='AUC'] polyline"))
            .getDomAttribute("points");
    assertThat(auc.split(" ")).hasSize(windows.size());
    assertThat(browser.findElements(By.cssSelector("svg[aria-label='AUC'] .mark"))).isNotEmpty();
    assertThat(browser.findElements(By.cssSelector(".rivulet svg rect"))).hasSize(8);
    assertThat(texts("td")).contains(grouped(DAMAGED), "drift", "clicks-0", "published", "held");
  }

  private static String figure(String name) {
    return browser.findElement(By.cssSelector("[data-figure='" + name + "'] b")).getText();
  }

  private static List<String> texts(String selector) {
    return browser.findElements(By.cssSelector(".rivulet " + selector)).stream()
        .map(WebElement::getText)
        .toList();
  }

  private static String grouped(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /** Only wide tables may be moved sideways, each in a box of its own. */
  private static void assertFitsThePhone() {
    WebElement page = browser.findElement(By.className("rivulet"));
    assertThat(page.getLocation().x + page.getSize().width).isLessThanOrEqualTo(PHONE.width);
    for (WebElement part : page.findElements(By.cssSelector("figure, .figures div, .wide"))) {
      assertThat(part.getLocation().x + part.getSize().width).isLessThanOrEqualTo(PHONE.width);
    }
  }

  /** The whole page, also what is below the window. */
  private static void picture(String name) throws IOException {
    Object png =
        browser
            .executeCdpCommand("Page.captureScreenshot", Map.of("captureBeyondViewport", true))
            .get("data");
    Files.write(PICTURES.resolve(name + ".png"), Base64.getDecoder().decode(png.toString()));
  }
}
