package io.rivulet.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AdmissionTest {
  private final Admission frozen = Admission.frozen(new long[] {10, 20, 20}, new long[] {-1, -2});

  @Test
  void frozenKeepsTheKeysOfItsVocabulary() {
    assertThat(frozen.admit(0, 10)).isEqualTo(10);
    assertThat(frozen.admit(1, 20)).isEqualTo(20);
  }

  @Test
  void frozenReplacesAllOthersByTheOovKeyOfTheirField() {
    assertThat(frozen.admit(0, 30)).isEqualTo(-1);
    assertThat(frozen.admit(1, 30)).isEqualTo(-2);
  }

  @Test
  void dynamicKeepsEveryKey() {
    assertThat(Admission.DYNAMIC.admit(1, 30)).isEqualTo(30);
  }
}
