package io.rivulet.trainer.store;

import static io.rivulet.trainer.store.StoreFixtures.FEATURES;
import static io.rivulet.trainer.store.StoreFixtures.settings;
import static io.rivulet.trainer.store.StoreFixtures.terms;
import static io.rivulet.trainer.store.StoreFixtures.train;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.s3.S3Service;
import io.rivulet.trainer.store.StoreFixtures.Training;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class S3StoreIT extends StoreContract {
  private static S3Service service;
  private static S3Front front;

  @BeforeAll
  static void startS3() throws Exception {
    service = S3Service.start();
    front = new S3Front(service.endpoint());
  }

  @AfterAll
  static void stopS3() throws IOException {
    FileSystem.closeAll();
    front.close();
    service.close();
  }

  @AfterEach
  void behave() {
    front.behave();
  }

  @Override
  String root() {
    return "s3a://" + S3Service.BUCKET;
  }

  @Override
  Configuration settingsOfHadoop() {
    Configuration hadoop = new Configuration();
    S3Service.settings(front.endpoint()).forEach(hadoop::set);
    return hadoop;
  }

  private StoreFiles files() throws IOException {
    return StoreFiles.forWriting(location, hadoop, false);
  }

  private StoreWriter open(boolean singleWriter) {
    return StoreWriter.open(
        location, hadoop, OpenMode.GO_ON, terms(settings(), FEATURES), 3, 9, singleWriter);
  }

  private List<String> namesInStore() throws IOException {
    return new StoreFiles(root(), hadoop).list(location.substring(root().length() + 1));
  }

  @Test
  void aFileThatIsThereIsNotPutAgain() throws IOException {
    StoreFiles files = files();

    assertThat(files.putIfAbsent("folder/file", bytes("first"))).isTrue();
    assertThat(files.putIfAbsent("folder/file", bytes("second"))).isFalse();

    assertThat(files.read("folder/file")).isEqualTo(bytes("first"));
    assertThat(files.list("folder")).containsExactly("file");
  }

  @Test
  void openingLeavesNothingOfItsTrial() throws IOException {
    files();

    assertThat(namesInStore()).isEmpty();
  }

  @Test
  void aPutThatMeetsAnotherIsTriedAgain() throws IOException {
    StoreFiles files = files();
    front.conflicts.set(2);

    assertThat(files.putIfAbsent("file", bytes("content"))).isTrue();

    assertThat(front.conflicts).hasValue(0);
    assertThat(files.read("file")).isEqualTo(bytes("content"));
  }

  @Test
  void aPutThatMeetsOthersForEverEnds() throws IOException {
    StoreFiles files = files();
    front.conflicts.set(1000);

    assertThatThrownBy(() -> files.putIfAbsent("file", bytes("content")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("file")
        .hasMessageContaining("409");
    assertThat(namesInStore()).isEmpty();
  }

  @Test
  void aPutWhoseAnswerIsLostCounts() {
    Training training = train(location, hadoop, 3, 9);
    WindowPlan plan = training.plan();
    front.untilAnswerIsLost.set(1);

    training.commit(List.of(plan));

    assertThat(front.untilAnswerIsLost).hasValue(0);
    assertThat(training.commit().version()).isEqualTo(2);
  }

  @Test
  void aClaimWhoseAnswerIsLostIsSealedAndTheNextNumberTaken() throws IOException {
    train(location, hadoop, 3, 9).commit();
    // Two puts are the trial's, the third is the claim.
    front.untilAnswerIsLost.set(3);

    Training second = train(location, hadoop, 3, 9);

    assertThat(second.writer.epoch().epoch()).isEqualTo(3);
    assertThat(second.writer.store().epoch(2).baseVersion()).isEqualTo(Long.MAX_VALUE);
    assertThat(second.commit().version()).isEqualTo(2);
  }

  @Test
  void aServiceThatIgnoresTheConditionIsRefused() throws IOException {
    front.unconditional = true;

    assertThatNoWriterOpens("store.single_writer");
  }

  @Test
  void aServiceThatDoesNotKnowTheConditionIsRefused() throws IOException {
    front.refusing = true;

    assertThatNoWriterOpens("store.single_writer");
  }

  private void assertThatNoWriterOpens(String setting) throws IOException {
    assertThatThrownBy(() -> open(false))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(location)
        .hasMessageContaining("If-None-Match")
        .hasMessageContaining(setting);
    assertThat(namesInStore()).isEmpty();
  }

  @Test
  void aSingleWriterNeedsNoConditions() throws IOException {
    front.refusing = true;

    Training first = new Training(open(true));
    first.commit();
    Training second = new Training(open(true));

    assertThat(second.commit().version()).isEqualTo(2);
    assertThatThrownBy(first::commit).isInstanceOf(StoreException.class);
    StoreFiles files = StoreFiles.forWriting(location, hadoop, true);
    assertThat(files.putIfAbsent(StoreNames.claim(2), bytes("taken"))).isFalse();
  }

  @Test
  void metricsGrowByPartsOfEachRun() throws IOException {
    StoreWriter first = train(location, hadoop, 3, 9).writer;
    String line = "1".repeat(40_000);
    first.appendMetrics(line);
    first.appendMetrics(line);
    first.appendMetrics("2");
    train(location, hadoop, 3, 9).writer.appendMetrics("3");

    StoreFiles files = new StoreFiles(location, hadoop);
    assertThat(files.list("metrics"))
        .containsExactly("e0001-0001.jsonl", "e0001-0002.jsonl", "e0002-0001.jsonl");
    assertThat(files.read("metrics/e0001-0001.jsonl")).isEqualTo(bytes((line + "\n").repeat(2)));
    assertThat(files.read("metrics/e0001-0002.jsonl")).isEqualTo(bytes("2\n"));
    assertThat(files.read("metrics/e0002-0001.jsonl")).isEqualTo(bytes("3\n"));
  }

  @Test
  void withoutHadoopsS3aTheSentenceNamesTheJar() {
    hadoop.setClassLoader(ClassLoader.getPlatformClassLoader());
    hadoop.setBoolean("fs.s3a.impl.disable.cache", true);

    assertThatThrownBy(() -> new StoreFiles(location, hadoop))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(location)
        .hasMessageContaining("--packages org.apache.hadoop:hadoop-aws:3.");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
