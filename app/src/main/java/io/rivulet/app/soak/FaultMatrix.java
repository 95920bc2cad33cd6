package io.rivulet.app.soak;

import io.rivulet.app.UserError;
import io.rivulet.app.train.Report;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.xml.sax.SAXException;
import org.xml.sax.helpers.DefaultHandler;

/** The faults that docs/reliability.md lists, each with the test classes that cause it. */
final class FaultMatrix {
  /** Set by {@code submit/rivulet}. */
  private static final String HOME = "rivulet.home";

  private static final Path PAGE = Path.of("docs", "reliability.md");
  private static final String SECTION = "## What is tested";
  private static final Pattern CLASS = Pattern.compile("`(\\w+(?:Test|IT))`");
  private static final String SOURCES = "src/test/java";
  private static final double NANO = 1e9;

  private final Path home;
  private final List<Row> rows;

  /** Where the reports of a test class will be; several, where modules have one of this name. */
  private final Map<String, List<Path>> reports = new TreeMap<>();

  /**
   * A row of the table.
   *
   * @param fault what fails
   * @param tests simple names of classes
   */
  record Row(String fault, List<String> tests) {}

  /** What came of tests. */
  record Outcome(boolean passed, double seconds) {
    static final Outcome NONE = new Outcome(false, 0);

    Outcome and(Outcome other) {
      return new Outcome(passed && other.passed, seconds + other.seconds);
    }
  }

  /**
   * The table of a checkout.
   *
   * @throws UserError if it names a class that isn't there
   */
  FaultMatrix(Path home) {
    this.home = home;
    try {
      this.rows = rows(Files.readAllLines(home.resolve(PAGE)));
      Map<String, List<Path>> sources = testSources();
      for (Row row : rows) {
        for (String test : row.tests()) {
          if (!sources.containsKey(test)) {
            throw new UserError(PAGE + " names " + test + ", which no module has in " + SOURCES);
          }
          reports.put(test, sources.get(test).stream().map(this::report).toList());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The table of the checkout that {@code submit/rivulet} is in.
   *
   * @throws UserError if there is none
   */
  static FaultMatrix ofCheckout() {
    String home = System.getProperty(HOME);
    if (home == null || !Files.exists(Path.of(home).resolve(PAGE))) {
      throw new UserError(
          "--matrix runs tests by Maven in a checkout of Rivulet; start it there with"
              + " ./submit/rivulet soak --matrix");
    }
    return new FaultMatrix(Path.of(home));
  }

  /** The rows of the page's table. */
  static List<Row> rows(List<String> page) {
    return page.stream()
        .dropWhile(line -> !line.equals(SECTION))
        .skip(1)
        .takeWhile(line -> !line.startsWith("## "))
        .filter(line -> line.startsWith("| ") && !line.startsWith("| What fails "))
        .map(line -> line.split("\\|"))
        .map(cells -> new Row(cells[1].strip(), classes(cells[cells.length - 1])))
        .toList();
  }

  private static List<String> classes(String cell) {
    return CLASS.matcher(cell).results().map(found -> found.group(1)).toList();
  }

  private Map<String, List<Path>> testSources() throws IOException {
    Map<String, List<Path>> sources = new TreeMap<>();
    for (Path module : modules(home)) {
      try (Stream<Path> files = Files.walk(module.resolve(SOURCES))) {
        files
            .filter(file -> file.toString().endsWith(".java"))
            .forEach(file -> sources.computeIfAbsent(name(file), n -> new ArrayList<>()).add(file));
      }
    }
    return sources;
  }

  private static List<Path> modules(Path home) throws IOException {
    try (Stream<Path> folders = Files.list(home)) {
      return folders.filter(folder -> Files.isDirectory(folder.resolve(SOURCES))).toList();
    }
  }

  private static String name(Path source) {
    return source.getFileName().toString().replace(".java", "");
  }

  private Path report(Path source) {
    Path module = home.resolve(home.relativize(source).getName(0));
    String type =
        module
            .resolve(SOURCES)
            .relativize(source)
            .toString()
            .replace(".java", "")
            .replace('/', '.');
    String folder = isIntegration(name(source)) ? "failsafe-reports" : "surefire-reports";
    return module.resolve("target").resolve(folder).resolve("TEST-" + type + ".xml");
  }

  private static boolean isIntegration(String test) {
    return test.endsWith("IT");
  }

  List<Row> rows() {
    return rows;
  }

  /**
   * Runs all tests, each once.
   *
   * @param lines takes a line of JSON for each row, and one for all
   * @throws UserError if one fails
   */
  void run(Consumer<String> lines) {
    Path log = home.resolve("app/target/matrix.log");
    System.err.println("Running " + reports.size() + " test classes; Maven's output is in " + log);
    long start = System.nanoTime();
    int code = maven(log);
    int failed = 0;
    for (Row row : rows) {
      Outcome outcome = outcome(row);
      failed += outcome.passed() ? 0 : 1;
      lines.accept(
          new Report()
              .put("row", row.fault())
              .put("tests", row.tests())
              .put("passed", outcome.passed())
              .put("seconds", outcome.seconds())
              .line());
    }
    lines.accept(
        new Report()
            .put("rows", rows.size())
            .put("failed", failed)
            .put("classes", reports.size())
            .put("seconds", (System.nanoTime() - start) / NANO)
            .line());
    if (failed > 0 || code != 0) {
      throw new UserError(
          failed
              + " of "
              + rows.size()
              + " rows failed, Maven with exit code "
              + code
              + "; see "
              + log);
    }
  }

  /** Its exit code, which tests that fail don't change. */
  private int maven(Path log) {
    List<String> command =
        List.of(
            "mvn",
            "-B",
            "-ntp",
            "verify",
            "-Dmaven.test.failure.ignore=true",
            "-Dspotless.check.skip=true",
            "-Dtest=" + names(false),
            "-Dsurefire.failIfNoSpecifiedTests=false",
            "-Dit.test=" + names(true),
            "-Dfailsafe.failIfNoSpecifiedTests=false");
    try {
      for (List<Path> files : reports.values()) {
        for (Path file : files) {
          Files.deleteIfExists(file);
        }
      }
      // Maven would write it anew while this process loads classes from it.
      Files.deleteIfExists(home.resolve("app/target/rivulet.jar"));
      Process maven = start(command, log);
      try {
        return maven.waitFor();
      } finally {
        maven.destroy();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while Maven ran", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Process start(List<String> command, Path log) {
    try {
      return new ProcessBuilder(command)
          .directory(home.toFile())
          .redirectErrorStream(true)
          .redirectOutput(log.toFile())
          .start();
    } catch (IOException e) {
      throw new UserError("No mvn found; install Maven 3.6.3 or newer", e);
    }
  }

  /** Maven runs all tests where none is named. */
  private String names(boolean integration) {
    String names =
        reports.keySet().stream()
            .filter(test -> isIntegration(test) == integration)
            .collect(Collectors.joining(","));
    return names.isEmpty() ? "none" : names;
  }

  /** What came of a row's tests, by the reports that are there. */
  Outcome outcome(Row row) {
    return row.tests().stream()
        .flatMap(test -> reports.get(test).stream())
        .map(FaultMatrix::read)
        .reduce(Outcome::and)
        .orElse(Outcome.NONE);
  }

  /** Passed is what ran whole: a test that is left out shows nothing. */
  private static Outcome read(Path report) {
    if (!Files.exists(report)) {
      return Outcome.NONE;
    }
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
      DocumentBuilder builder = factory.newDocumentBuilder();
      builder.setErrorHandler(new DefaultHandler()); // prints nothing
      Element suite = builder.parse(report.toFile()).getDocumentElement();
      boolean passed =
          number(suite, "tests") > 0
              && number(suite, "failures") + number(suite, "errors") + number(suite, "skipped")
                  == 0;
      return new Outcome(passed, Double.parseDouble(suite.getAttribute("time").replace(",", "")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (SAXException | ParserConfigurationException e) {
      throw new UserError(report + " is no report of a test; run again", e);
    }
  }

  private static int number(Element suite, String attribute) {
    return Integer.parseInt(suite.getAttribute(attribute));
  }
}
