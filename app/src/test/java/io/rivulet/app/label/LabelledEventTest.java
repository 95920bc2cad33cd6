package io.rivulet.app.label;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.app.UserError;
import io.rivulet.features.FeatureSpec.Scaling;
import io.rivulet.features.Schema;
import io.rivulet.features.Schema.EventTime;
import io.rivulet.features.Schema.Field;
import io.rivulet.features.Schema.Label;
import io.rivulet.features.WireForm;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LabelledEventTest {
  private static Schema schema(Label label) {
    List<Field> fields =
        List.of(
            Field.dense("price", "price", Scaling.LOG1P, false),
            Field.categorical("brand", "$.item.brand"));
    return new Schema(
        "shop", label, "", EventTime.NONE, fields, List.of("price", label.path(), "$.item.brand"));
  }

  private static String labelled(Label label, WireForm form, String event, boolean click) {
    byte[] bytes = event.getBytes(StandardCharsets.UTF_8);
    return new String(
        new LabelledEvent(schema(label), form).of(bytes, click), StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @CsvSource({
    "3|x|acme, 3|1|acme",
    "3||acme, 3|1|acme",
    "3|acme, 3|1|acme",
    "||, |1|",
    "3, 3",
    "1|2|3|4, 1|2|3|4"
  })
  void aLineGetsTheLabelAsItsColumn(String event, String expected) {
    assertThat(
            labelled(Label.zeroOrOne("label"), WireForm.TSV, event.replace('|', '\t'), true)
                .replace('\t', '|'))
        .isEqualTo(expected);
  }

  @Test
  void anObjectGetsTheLabelWhereTheSchemaHasIt() {
    Label label = new Label("$.event.type", List.of("click"), List.of(), Double.NaN);
    assertThat(
            labelled(
                label, WireForm.JSON, "{\"price\": 1.10, \"event\": {\"type\": \"view\"}}", true))
        .isEqualTo("{\"price\":1.10,\"event\":{\"type\":\"click\"}}");
    assertThat(labelled(label, WireForm.JSON, "{\"price\": 12345678901234567890}", false))
        .isEqualTo("{\"price\":12345678901234567890,\"event\":{\"type\":\"none\"}}");
    assertThat(labelled(Label.zeroOrOne("label"), WireForm.JSON, "{'label':0,\"price\":NaN}", true))
        .isEqualTo("{\"label\":1,\"price\":NaN}");
    assertThat(labelled(Label.zeroOrOne("label"), WireForm.JSON, "{}", false))
        .isEqualTo("{\"label\":0}");
    assertThat(
            labelled(
                new Label("stars", List.of(), List.of(), 4), WireForm.JSON, "{\"a\":\"b\"}", true))
        .isEqualTo("{\"a\":\"b\",\"stars\":4}");
  }

  @ParameterizedTest
  @CsvSource({"no json", "[1]", "{\"a\":1", "{} {}"})
  void whatIsNoObjectStaysAsItIs(String event) {
    assertThat(labelled(Label.zeroOrOne("label"), WireForm.JSON, event, true)).isEqualTo(event);
  }

  @Test
  void mindRecsFormIsRefused() {
    assertThatThrownBy(() -> labelled(Label.zeroOrOne("label"), WireForm.MINDREC, "", true))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("tsv or json");
  }
}
