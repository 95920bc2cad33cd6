package io.rivulet.app.soak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.app.UserError;
import io.rivulet.app.soak.FaultMatrix.Outcome;
import io.rivulet.app.soak.FaultMatrix.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FaultMatrixTest {
  private static final Row CUT = new Row("The net is cut", List.of("CutTest", "CutIT"));

  @TempDir Path home;

  /** Two modules, of which both have a class of one name. */
  @BeforeEach
  void fillTheCheckout() throws IOException {
    source("trainer", "CutTest");
    source("trainer", "CutIT");
    source("app", "CutIT");
    page("| The net is cut | nothing lost | `CutTest`, `CutIT` |");
  }

  private void source(String module, String name) throws IOException {
    Path folder = Files.createDirectories(home.resolve(module).resolve("src/test/java/io/rivulet"));
    Files.writeString(folder.resolve(name + ".java"), "");
  }

  private void page(String row) throws IOException {
    Files.createDirectories(home.resolve("docs"));
    Files.write(
        home.resolve("docs/reliability.md"),
        List.of(
            "| no | row | `OtherTest` |",
            "## What is tested",
            "| What fails | What holds | Test |",
            "|---|---|---|",
            row,
            "## Not tested yet",
            "| no | row | `OtherTest` |"));
  }

  private void report(String module, String kind, String name, String counts) throws IOException {
    Path folder =
        Files.createDirectories(home.resolve(module).resolve("target").resolve(kind + "-reports"));
    Files.writeString(
        folder.resolve("TEST-io.rivulet." + name + ".xml"),
        "<?xml version=\"1.0\"?>\n<testsuite name=\"io.rivulet." + name + "\" " + counts + "/>\n");
  }

  private void passAll() throws IOException {
    String passed = "time=\"1.5\" tests=\"2\" errors=\"0\" skipped=\"0\" failures=\"0\"";
    report("trainer", "surefire", "CutTest", passed);
    report("trainer", "failsafe", "CutIT", passed);
    report("app", "failsafe", "CutIT", passed.replace("1.5", "1,000"));
  }

  @Test
  void eachRowOfTheTableNamesItsTests() {
    assertThat(new FaultMatrix(home).rows()).containsExactly(CUT);
  }

  @Test
  void aRowPassesWhenAllItsTestsDo() throws IOException {
    passAll();

    assertThat(new FaultMatrix(home).outcome(CUT)).isEqualTo(new Outcome(true, 1003));
  }

  @Test
  void aTestThatFailedOrWasLeftOutOrDidNotRunFailsTheRow() throws IOException {
    FaultMatrix matrix = new FaultMatrix(home);
    assertThat(matrix.outcome(CUT).passed()).isFalse();
    for (String counts :
        List.of(
            "time=\"1\" tests=\"2\" errors=\"0\" skipped=\"0\" failures=\"1\"",
            "time=\"1\" tests=\"2\" errors=\"1\" skipped=\"0\" failures=\"0\"",
            "time=\"1\" tests=\"2\" errors=\"0\" skipped=\"1\" failures=\"0\"",
            "time=\"1\" tests=\"0\" errors=\"0\" skipped=\"0\" failures=\"0\"")) {
      passAll();
      report("app", "failsafe", "CutIT", counts);
      assertThat(matrix.outcome(CUT).passed()).as(counts).isFalse();
    }
    passAll();
    Files.delete(home.resolve("app/target/failsafe-reports/TEST-io.rivulet.CutIT.xml"));
    assertThat(matrix.outcome(CUT).passed()).isFalse();
  }

  @Test
  void aReportThatIsCutIsNamed() throws IOException {
    passAll();
    Files.writeString(
        home.resolve("app/target/failsafe-reports/TEST-io.rivulet.CutIT.xml"), "<testsuite");

    assertThatThrownBy(() -> new FaultMatrix(home).outcome(CUT))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("TEST-io.rivulet.CutIT.xml is no report of a test");
  }

  @Test
  void aClassThatIsNotThereIsNamed() throws IOException {
    page("| The net is cut | nothing lost | `CutTest`, `GoneIT` |");

    assertThatThrownBy(() -> new FaultMatrix(home))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("names GoneIT, which no module has");
  }

  @Test
  void itNeedsACheckout() {
    assertThat(System.getProperty("rivulet.home")).isNull();
    assertThatThrownBy(FaultMatrix::ofCheckout)
        .isInstanceOf(UserError.class)
        .hasMessageContaining("./submit/rivulet soak --matrix");
  }

  @Test
  void everyRowOfThePageHasATestThatIsThere() {
    assertThat(new FaultMatrix(Path.of("..")).rows())
        .hasSizeGreaterThan(30)
        .allSatisfy(row -> assertThat(row.tests()).as(row.fault()).isNotEmpty());
  }
}
