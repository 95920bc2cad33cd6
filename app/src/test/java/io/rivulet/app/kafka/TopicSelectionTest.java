package io.rivulet.app.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.app.UserError;
import io.rivulet.app.settings.Settings;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TopicSelectionTest {

  @Test
  void topicsAreNamesWithCommasBetweenEachOnce() {
    TopicSelection selection = TopicSelection.topics(" clicks,views ,, clicks");

    assertThat(selection.topics()).containsExactly("clicks", "views");
    assertThat(selection.has("views", 7)).isTrue();
    assertThat(selection.has("view", 0)).isFalse();
    assertThat(selection).hasToString("clicks, views");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", ",", " , "})
  void noTopicIsRefused(String names) {
    assertThatThrownBy(() -> TopicSelection.topics(names))
        .isInstanceOf(UserError.class)
        .hasMessage("kafka.topic must name a topic, not '" + names + "'");
  }

  @Test
  void aPatternIsOfWholeNames() {
    TopicSelection selection = TopicSelection.matching("clicks-.*");

    assertThat(selection.has("clicks-eu", 3)).isTrue();
    assertThat(selection.has("old-clicks-eu", 3)).isFalse();
    assertThat(selection.has("clicks", 3)).isFalse();
    assertThat(selection).hasToString("topics like clicks-.*");
  }

  @Test
  void partitionsAreExactlyThese() {
    TopicSelection selection =
        TopicSelection.partitions(List.of("clicks-0", "my-views-12", "clicks-0"));

    assertThat(selection.partitions())
        .containsExactly(new TopicPartition("clicks", 0), new TopicPartition("my-views", 12));
    assertThat(selection.has("clicks", 0)).isTrue();
    assertThat(selection.has("clicks", 1)).isFalse();
    assertThat(selection.has("my-views", 12)).isTrue();
    assertThat(selection.has("my-views", 0)).isFalse();
    assertThat(selection).hasToString("clicks-0, my-views-12");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "clicks", "clicks-", "clicks-x", "-1", "0", "clicks-1234567890"})
  void whatIsNoPartitionIsRefused(String name) {
    assertThatThrownBy(() -> TopicSelection.partitions(List.of("clicks-0", name)))
        .isInstanceOf(UserError.class)
        .hasMessage("kafka.partitions lists TOPIC-NUMBER, such as clicks-0, not '" + name + "'");
  }

  @Test
  void partitionsComeBeforeAPatternAndAPatternBeforeTopics() {
    Map<String, String> topics = Map.of("kafka.topic", "clicks, views");
    Map<String, String> pattern = Map.of("kafka.topic", "clicks", "kafka.topic_pattern", "c.*");
    Map<String, String> partitions =
        Map.of("kafka.topic_pattern", "c.*", "kafka.partitions", "[clicks-0, clicks-1]");

    assertThat(Settings.defaults().topics()).isEqualTo(TopicSelection.topics("clicks"));
    assertThat(Settings.of(topics).topics()).isEqualTo(TopicSelection.topics("clicks, views"));
    assertThat(Settings.of(pattern).topics()).isEqualTo(TopicSelection.matching("c.*"));
    assertThat(Settings.of(partitions).topics())
        .isEqualTo(TopicSelection.partitions(List.of("clicks-0", "clicks-1")));
  }

  @Test
  void settingsThatSelectNothingAreRefused() {
    assertThatThrownBy(() -> Settings.of(Map.of("kafka.partitions", "[clicks]")))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("TOPIC-NUMBER");
    assertThatThrownBy(() -> Settings.of(Map.of("kafka.topic_pattern", "clicks(")))
        .isInstanceOf(UserError.class)
        .hasMessage("kafka.topic_pattern must be a regular expression, not 'clicks('");
    assertThatThrownBy(() -> Settings.of(Map.of("kafka.topic", ",")))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("must name a topic");
  }
}
