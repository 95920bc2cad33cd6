package io.rivulet.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.rivulet.trainer.Fixtures;
import io.rivulet.trainer.Fixtures.Learner;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class LearnerSettingsTest {

  static Stream<Arguments> impossibleSettings() {
    return Stream.of(
        arguments(Fixtures.learner().l2Coef(-1f), "l2_coef must be at least 0, not -1.0"),
        arguments(Fixtures.learner().l2Coef(Float.NaN), "l2_coef must be at least 0, not NaN"),
        arguments(Fixtures.learner().keepProb(0f), "keep_prob must be above 0, at most 1, not 0.0"),
        arguments(Fixtures.learner().keepProb(1.5f), "keep_prob must be above 0, at most 1"),
        arguments(Fixtures.learner().batchSize(0), "batch_size must be at least 1, not 0"),
        arguments(Fixtures.learner().workers(0), "workers must be at least 1, not 0"),
        arguments(
            Fixtures.learner().averagingFrequency(0), "averaging_frequency must be at least 1"));
  }

  @ParameterizedTest
  @MethodSource("impossibleSettings")
  void refusesImpossibleValuesByTheirSetting(Learner learner, String message) {
    assertThatThrownBy(learner::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void equalValuesMakeEqualSettings() {
    assertThat(Fixtures.learner().build()).isEqualTo(Fixtures.learner().build());
    assertThat(Fixtures.learner().seed(8).build()).isNotEqualTo(Fixtures.learner().build());
  }
}
