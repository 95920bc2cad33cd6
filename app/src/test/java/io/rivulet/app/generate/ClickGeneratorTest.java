package io.rivulet.app.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.rivulet.app.generate.ClickGenerator.Click;
import io.rivulet.trainer.metrics.QualityMeter;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ClickGeneratorTest {
  private static final int ROWS = 20_000;
  private static final int DENSE = 13;
  private static final int C3 = DENSE + 3;

  /** Clicks without drift, by their columns: the label, I1 to I13, C1 to C26. */
  private static final List<Click> CLICKS = clicks(new ClickGenerator(1, 0), ROWS);

  private static final List<String[]> COLUMNS =
      CLICKS.stream().map(click -> click.line().split("\t", -1)).toList();

  private static List<Click> clicks(ClickGenerator generator, int rows) {
    return LongStream.range(0, rows).mapToObj(generator::click).toList();
  }

  private static float label(Click click) {
    return click.line().startsWith("1\t") ? 1 : 0;
  }

  private static double missing(int column) {
    return COLUMNS.stream().filter(cells -> cells[column].isEmpty()).count() / (double) ROWS;
  }

  @Test
  void theSameSeedGivesTheSameClicksInAnyOrder() {
    ClickGenerator again = new ClickGenerator(1, 0);

    assertThat(again.click(99)).isEqualTo(CLICKS.get(99));
    assertThat(clicks(again, 99)).isEqualTo(CLICKS.subList(0, 99));
  }

  @Test
  void anotherSeedGivesOtherClicks() {
    assertThat(clicks(new ClickGenerator(2, 0), 100))
        .doesNotContainAnyElementsOf(CLICKS.subList(0, 100));
  }

  @Test
  void aLineHasALabelThenDenseIntegersThenCategoriesOfEightHexDigits() {
    assertThat(COLUMNS.subList(0, 2_000))
        .allSatisfy(
            cells -> {
              assertThat(cells).hasSize(40);
              assertThat(cells[0]).matches("[01]");
              assertThat(List.of(cells).subList(1, 1 + DENSE))
                  .allSatisfy(cell -> assertThat(cell).matches("(-?\\d+)?"));
              assertThat(List.of(cells).subList(1 + DENSE, 40))
                  .allSatisfy(cell -> assertThat(cell).matches("([0-9a-f]{8})?"));
            });
  }

  @Test
  void clicksAreAsFrequentAsTheirProbabilitiesSay() {
    double share = CLICKS.stream().mapToDouble(ClickGeneratorTest::label).sum() / ROWS;
    double probability = CLICKS.stream().mapToDouble(Click::probability).sum() / ROWS;

    assertThat(share).isBetween(0.15, 0.40);
    assertThat(probability).isEqualTo(share, within(0.01));
  }

  @Test
  void theTrueProbabilityTellsClicksFromOthers() {
    float[] labels = new float[ROWS];
    float[] probabilities = new float[ROWS];
    for (int i = 0; i < ROWS; i++) {
      labels[i] = label(CLICKS.get(i));
      probabilities[i] = (float) CLICKS.get(i).probability();
    }
    QualityMeter meter = new QualityMeter();
    meter.add(labels, probabilities, 0);

    assertThat(meter.quality().auc()).isBetween(0.75, 0.95);
    assertThat(meter.quality().ne()).isLessThan(0.9);
  }

  @Test
  void driftChangesEffectsBitByBitAndLeavesTheValues() {
    ClickGenerator drifting = new ClickGenerator(1, 1);

    assertThat(drifting.click(0)).isEqualTo(CLICKS.get(0));
    assertThat(meanChange(drifting, 1)).isLessThan(1e-3);
    assertThat(meanChange(drifting, 10_000)).isGreaterThan(0.01);
    assertThat(drifting.click(10_000).line().substring(1))
        .isEqualTo(CLICKS.get(10_000).line().substring(1));
  }

  /** Mean change of the probabilities of 100 clicks from number {@code from}. */
  private static double meanChange(ClickGenerator drifting, int from) {
    return LongStream.range(from, from + 100)
        .mapToDouble(
            i -> Math.abs(drifting.click(i).probability() - CLICKS.get((int) i).probability()))
        .average()
        .orElseThrow();
  }

  @Test
  void valuesAreMissingAsOftenAsInCriteosFields() {
    assertThat(missing(1)).as("I1").isEqualTo(0.45, within(0.02));
    assertThat(missing(2)).as("I2").isZero();
    assertThat(missing(12)).as("I12").isEqualTo(0.77, within(0.02));
    assertThat(missing(C3)).as("C3").isEqualTo(0.03, within(0.01));
    assertThat(missing(DENSE + 22)).as("C22").isEqualTo(0.76, within(0.02));
  }

  @Test
  void aFewCategoriesAreFrequentAndThousandsAreRare() {
    List<Long> frequencies =
        COLUMNS.stream()
            .map(cells -> cells[C3])
            .filter(category -> !category.isEmpty())
            .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()))
            .values()
            .stream()
            .sorted()
            .toList();

    assertThat(frequencies).hasSizeGreaterThan(2_000);
    long median = frequencies.get(frequencies.size() / 2);
    assertThat(frequencies.get(frequencies.size() - 1)).isGreaterThan(100 * median);
  }
}
