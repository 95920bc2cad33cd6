package io.rivulet.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import io.rivulet.features.FeatureSpec.Scaling;
import io.rivulet.features.Schema.EventTime;
import io.rivulet.features.Schema.Field;
import io.rivulet.features.Schema.Label;
import io.rivulet.features.Schema.Pooling;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonLinesTest {
  private static final Schema SCHEMA =
      new Schema(
          "shop",
          Label.zeroOrOne("$.event.click"),
          "",
          EventTime.NONE,
          List.of(
              Field.dense("price", "$.item.price", Scaling.LOG1P, false),
              Field.dense("orders", "$.user.orders", Scaling.BUCKETS, true),
              Field.dense("share", "share", Scaling.BUCKETS, false),
              Field.categorical("country", "$.user.country"),
              Field.multiValued("tags", "$.item.tags", Pooling.MEAN)),
          List.of());

  private final JsonLines lines = new JsonLines(SCHEMA);
  private final RowFeatures features =
      RowFeatures.unlabelled(FeatureSpec.unfitted(SCHEMA), Events.MAX_BYTES);

  private byte[] line(String json) throws IOException {
    try (JsonParser in = new JsonFactory().createParser(json)) {
      in.nextToken();
      return lines.line(in);
    }
  }

  @Test
  void featuresAreThoseOfTheJsonForm() throws IOException {
    String[] events = {
      "{'event':{'click':1},'user':{'country':'DE','orders':3},'share':0.25,"
          + "'item':{'price':49.90,'tags':['shoes','red','shoes']}}",
      "{'event':{'click':0},'user':{'country':7.50,'orders':0},'share':-1e-3,'item':{'price':-1E2}}",
      "{'event':{'click':0},'user':{'country':true,'orders':-70000},'item':{'tags':[]}}",
      "{'event':{'click':0},'user':null,'share':null,'item':{'price':null,'tags':'a|b'}}",
      "{'event':{'click':0},'more':{'user':[{'orders':1}]},'share':123456789.5,"
          + "'item':{'tags':['','x',3]},'user':{'orders':123456789012,'country':''}}",
      "{'event':{'click':0},'item':{'price':1.0E-5,'tags':['é😀']}}"
    };
    for (int i = 0; i < events.length; i++) {
      events[i] = events[i].replace('\'', '"');
    }
    List<Row> expected =
        ClickFeaturesModel.unfitted(SCHEMA)
            .transform(Events.parsed(SCHEMA, WireForm.JSON, events))
            .collectAsList();

    for (int i = 0; i < events.length; i++) {
      assertThat(features.read(line(events[i]))).as(events[i]).isTrue();
      int n = features.entries();
      assertThat(Arrays.copyOf(features.keys(), n))
          .as(events[i])
          .containsExactly(Events.keys(expected.get(i)).toArray(Long[]::new));
      assertThat(Arrays.copyOf(features.weights(), n))
          .as(events[i])
          .containsExactly(Events.weights(expected.get(i)).toArray(Float[]::new));
      assertThat(Arrays.copyOf(features.fields(), n))
          .as(events[i])
          .containsExactly(Events.fields(expected.get(i)).toArray(Integer[]::new));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{'user':{'country':['DE']}}; country is a list",
        "{'user':{'country':{'code':'DE'}}}; country is no text, number or boolean",
        "{'user':{'country':'D\\tE'}}; country has a tab in it",
        "{'item':{'tags':['a|b']}}; tags has a value with the separator in it",
        "{'item':{'tags':[['a']]}}; tags is no text, number or boolean"
      })
  void whatCannotStandInALineIsNamed(String json, String message) {
    assertThatThrownBy(() -> line(json.replace('\'', '"')))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void labelsDoNotMatter() throws IOException {
    String event = "{\"event\":{\"click\":[1]},\"share\":2}";

    assertThat(features.read(line(event))).isTrue();
    assertThat(features.label()).isZero();
  }
}
