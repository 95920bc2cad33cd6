package io.rivulet.app.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.rivulet.app.report.History.Event;
import io.rivulet.app.report.History.Point;
import java.util.List;
import org.junit.jupiter.api.Test;

class HistoryTest {
  private final History history = new History();

  private void window(int number, int rows, String more) {
    history.add(
        String.format(
            "{\"window\":%d,\"version\":%d,\"rows\":%d,\"quarantined\":{%s},\"sampled_out\":2,"
                + "\"rows_per_s\":100.5,\"lag\":null,\"auc\":0.7,\"logloss\":0.5,\"ne\":null,"
                + "\"calibration\":1.01}",
            number, number - 1, rows, more));
  }

  @Test
  void linesAddUp() {
    window(1, 500, "\"invalid UTF-8\":3");
    history.add("{\"window\":1,\"drift\":\"loss\",\"before\":0.5,\"after\":0.7,\"events\":640}");
    history.add("{\"window\":1,\"gate\":\"shut\"}");
    history.add("{\"window\":2,\"left_out\":1000,\"reason\":\"expired\"}");
    history.add("{\"committed\":2,\"window\":3,\"at\":\"2026-11-27T10:00:00Z\",\"bytes\":70}");
    history.add("{\"committed\":3,\"window\":4,\"at\":\"2026-11-27T10:00:01Z\",\"bytes\":80}");
    history.add("{\"published\":2}");
    window(3, 400, "\"invalid UTF-8\":1,\"empty value\":2");
    history.add("{\"window\":4,\"rows\":5"); // as a crash leaves it

    assertThat(history.rows()).isEqualTo(900);
    assertThat(history.windows()).isEqualTo(2);
    assertThat(history.sampledOut()).isEqualTo(4);
    assertThat(history.leftOut()).isEqualTo(1000);
    assertThat(history.alarms()).isEqualTo(1);
    assertThat(history.gate()).isEqualTo("shut");
    assertThat(history.quarantined()).containsEntry("invalid UTF-8", 4L).hasSize(2);
    assertThat(history.versions())
        .containsExactly(
            new History.Version(2, 3, "2026-11-27T10:00:00Z", 70, true),
            new History.Version(3, 4, "2026-11-27T10:00:01Z", 80, false));
    assertThat(history.events())
        .extracting(Event::kind)
        .containsExactly("drift", "gate", "left out");
    Point last = history.points().get(1);
    assertThat(last.events()).isEqualTo(900);
    assertThat(last.auc()).isEqualTo(0.7);
    assertThat(last.ne()).isNaN();
    assertThat(last.lag()).isNaN();
  }

  @Test
  void timesOfStepsAreFadingMeansOverEvents() {
    history.add("{\"window\":1,\"rows\":100,\"step_us\":{\"merge\":4.0}}");
    history.add("{\"window\":2,\"rows\":300,\"step_us\":{\"merge\":8.0}}");
    window(3, 50, "");

    assertThat(history.steps())
        .hasEntrySatisfying("merge", us -> assertThat(us).isCloseTo(2792.0 / 398, within(1e-9)))
        .hasSize(1);
  }

  @Test
  void afterGoingBackVersionsComeAgain() {
    history.add("{\"committed\":2,\"window\":2,\"at\":\"a\",\"bytes\":1}");
    history.add("{\"committed\":3,\"window\":3,\"at\":\"b\",\"bytes\":1}");
    history.add("{\"published\":3}");
    history.add("{\"committed\":3,\"window\":4,\"at\":\"c\",\"bytes\":1}");

    assertThat(history.versions())
        .containsExactly(
            new History.Version(2, 2, "a", 1, false), new History.Version(3, 4, "c", 1, false));
  }

  @Test
  void aLongCourseKeepsPointsEvenlyAndTheLast() {
    for (int window = 1; window <= 10_001; window++) {
      window(window, 10, "");
    }

    List<Point> points = history.points();
    assertThat(points).hasSizeBetween(500, 1001);
    assertThat(points.get(points.size() - 1).events()).isEqualTo(100_010);
    long step = points.get(1).window() - points.get(0).window();
    for (int i = 1; i < points.size() - 1; i++) {
      assertThat(points.get(i).window() - points.get(i - 1).window()).isEqualTo(step);
    }
  }

  @Test
  void eachPartitionHasItsLag() {
    history.add(
        "{\"window\":1,\"rows\":5,\"offsets\":[{\"topic\":\"clicks\",\"partition\":1,\"next\":70},"
            + "{\"topic\":\"/a.tsv\",\"partition\":0,\"next\":5}],"
            + "\"lag_by_partition\":{\"clicks-1\":1200}}");

    assertThat(Curves.html(history))
        .contains("<td>clicks-1</td><td>70</td><td>1,200</td>")
        .contains("<td>/a.tsv-0</td><td>5</td><td>-</td>");
  }

  /** Texts come from events and topics. */
  @Test
  void textsCannotBreakThePage() {
    window(1, 500, "\"<script>alert(1)</script>\":3");

    assertThat(Curves.html(history)).doesNotContain("<script").contains("&lt;script&gt;");
  }

  @Test
  void aPageWithoutWindowsIsAPage() {
    assertThat(Curves.html(history)).contains("events learned").doesNotContain("<svg");
  }
}
