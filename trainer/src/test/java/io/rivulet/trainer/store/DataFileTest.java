package io.rivulet.trainer.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataFileTest {

  @Test
  void aFileInTheDataFolderIsAccepted() {
    String path = StoreNames.data(1, 1, "rows.bin");

    assertThat(new DataFile(path, 0, "ab").path()).isEqualTo(path);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "data/",
        "data/..",
        "data/../manifests/v0000000001-e0001.json",
        "../data/rows.bin",
        "/data/rows.bin",
        "/etc/passwd",
        "file:/etc/passwd",
        "hdfs://elsewhere/data/rows.bin",
        "data/folder/rows.bin",
        "data/.hidden",
        "data\\rows.bin",
        "data/rows.bin\n",
        "manifests/v0000000001-e0001.json"
      })
  void aPathOutsideTheDataFolderIsRefused(String path) {
    assertThatThrownBy(() -> new DataFile(path, 1, "ab"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(path);
  }

  @Test
  void aNegativeLengthIsRefused() {
    assertThatThrownBy(() -> new DataFile("data/rows.bin", -1, "ab"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
