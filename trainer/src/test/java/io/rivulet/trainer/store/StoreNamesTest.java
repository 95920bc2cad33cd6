package io.rivulet.trainer.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.trainer.store.StoreNames.Numbered;
import java.util.List;
import org.junit.jupiter.api.Test;

class StoreNamesTest {

  @Test
  void namesCarryNumberAndEpoch() {
    assertThat(StoreNames.epoch(7)).isEqualTo("epochs/e0007.json");
    assertThat(StoreNames.plan(3, 7)).isEqualTo("plans/w0000000003-e0007.json");
    assertThat(StoreNames.manifest(12, 7)).isEqualTo("manifests/v0000000012-e0007.json");
    assertThat(StoreNames.data(12, 7, "rows.bin")).isEqualTo("data/v0000000012-e0007-rows.bin");
  }

  @Test
  void epochsAreOrderedByNumberNotByName() {
    assertThat(StoreNames.epochs(List.of("e12345.json", "e0002.json", "e9999.json")))
        .containsExactly(2, 9999, 12345);
  }

  @Test
  void numberedNamesAreTakenApartAndOrderedByNumberThenEpoch() {
    List<String> names =
        List.of(
            "v0000000002-e0010.json",
            "v0000000002-e0009.json",
            "v0000000001-e12345-dense.bin",
            "w0000000003-e0001.json");

    assertThat(StoreNames.numbered(names))
        .containsExactly(
            new Numbered("v0000000001-e12345-dense.bin", 1, 12345),
            new Numbered("v0000000002-e0009.json", 2, 9),
            new Numbered("v0000000002-e0010.json", 2, 10),
            new Numbered("w0000000003-e0001.json", 3, 1));
  }

  @Test
  void otherNamesAreSkipped() {
    List<String> others =
        List.of("notes.txt", "e1.json", "e0001.json.bak", "v1-e1.json", "xv0000000001-e0001.json");

    assertThat(StoreNames.epochs(others)).isEmpty();
    assertThat(StoreNames.numbered(others)).isEmpty();
  }
}
