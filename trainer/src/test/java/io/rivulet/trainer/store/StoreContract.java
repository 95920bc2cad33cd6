package io.rivulet.trainer.store;

import static io.rivulet.trainer.store.StoreFixtures.settings;
import static io.rivulet.trainer.store.StoreFixtures.train;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.trainer.store.StoreFixtures.Training;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/** What a store on any file system holds to. */
abstract class StoreContract {
  Configuration hadoop;
  String location;

  /** The directory of the tests' stores. */
  abstract String root();

  /** Settings for the file system. */
  abstract Configuration settingsOfHadoop();

  @BeforeEach
  void nameTheStore(TestInfo test) {
    hadoop = settingsOfHadoop();
    location = root() + "/" + test.getTestMethod().orElseThrow().getName();
  }

  @Test
  void everyVersionLoadsAsItWasCommittedAlsoAfterReopening() {
    Map<Long, String> committed = new TreeMap<>();
    for (int run = 1; run <= 2; run++) {
      Training training = train(location, hadoop, 3, 9);
      assertThat(training.writer.epoch().epoch()).isEqualTo(run);
      for (int i = 0; i < 3; i++) {
        committed.put(training.commit().version(), training.model.sha256());
      }
    }

    ModelStore store = ModelStore.open(location, hadoop);
    assertThat(committed).hasSize(6);
    committed.forEach(
        (version, sha256) ->
            assertThat(store.load(store.version(version), settings()).sha256()).isEqualTo(sha256));
    assertThat(store.verify().trained()).isEqualTo(6L * StoreFixtures.TRAINED);
  }

  @Test
  void anOlderEpochCanNoLongerCommit() {
    Training first = train(location, hadoop, 3, 9);
    first.commit();
    Training second = train(location, hadoop, 3, 9);

    assertThatThrownBy(first::commit)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("epoch 2");
    assertThat(second.commit().version()).isEqualTo(2);
  }

  @Test
  void plansSurviveAndOldSnapshotsGo() {
    Training first = train(location, hadoop, 1, 2);
    first.commitTimes(4);
    WindowPlan open = first.plan();

    Training second = train(location, hadoop, 1, 2);

    assertThat(second.writer.openPlans()).containsExactly(open);
    assertThat(second.writer.store().versions())
        .extracting(Manifest::version)
        .containsExactly(3L, 4L);
  }

  @Test
  void twoThatRaceToPutAFileHaveOneWinner() throws Exception {
    StoreFixtures.assertEachFileHasOneWinner(new StoreFiles(location, hadoop));
  }
}
