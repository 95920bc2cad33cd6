package io.rivulet.trainer.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreFilesTest {
  /** Of the three letters abc: FIPS 180-2, appendix B.1. */
  private static final String SHA256_OF_ABC =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  @TempDir Path directory;

  private StoreFiles files;

  @BeforeEach
  void open() throws IOException {
    files = new StoreFiles(directory.toString(), new Configuration());
  }

  @Test
  void twoThatRaceToPutAFileHaveOneWinner() throws Exception {
    StoreFixtures.assertEachFileHasOneWinner(files);

    assertThat(StoreFixtures.names(directory.resolve("races"))).hasSize(StoreFixtures.RACES);
  }

  @Test
  void aFileThatIsThereIsNotPutAgain() throws IOException {
    assertThat(files.putIfAbsent("folder/file", bytes("first"))).isTrue();
    assertThat(files.putIfAbsent("folder/file", bytes("second"))).isFalse();

    assertThat(directory.resolve("folder/file")).hasContent("first");
    assertThat(StoreFixtures.names(directory.resolve("folder"))).containsExactly("file");
  }

  @Test
  void writingTellsLengthAndHashAndLeavesNoOtherFile() throws IOException {
    DataFile file = files.write("data/abc", out -> out.write(bytes("abc")));

    assertThat(file).isEqualTo(new DataFile("data/abc", 3, SHA256_OF_ABC));
    assertThat(directory.resolve("data/abc")).hasContent("abc");
    assertThat(StoreFixtures.names(directory.resolve("data"))).containsExactly("abc");
  }

  @Test
  void localFilesAreWrittenWithoutHadoopWhichStartsAProcessForEach() throws IOException {
    long before = bytesThatHadoopWrote();
    files.write("data/abc", out -> out.write(bytes("abc")));
    files.putIfAbsent("folder/file", bytes("abc"));
    assertThat(bytesThatHadoopWrote()).isEqualTo(before);

    FileSystem hadoop = new RawLocalFileSystem();
    hadoop.initialize(URI.create("file:///"), new Configuration());
    try (OutputStream out = hadoop.create(new org.apache.hadoop.fs.Path(directory + "/other"))) {
      out.write(bytes("abc"));
    }
    assertThat(bytesThatHadoopWrote()).isEqualTo(before + 3);
  }

  private static long bytesThatHadoopWrote() {
    return FileSystem.getStatistics("file", RawLocalFileSystem.class).getBytesWritten();
  }

  @Test
  void aFileThatIsMissingHasNoLengthAndDoesNotRead() throws IOException {
    assertThat(files.length("data/none")).isEqualTo(-1);
    assertThatThrownBy(() -> files.read("data/none")).isInstanceOf(FileNotFoundException.class);
  }

  @Test
  void listingSkipsFolders() throws IOException {
    Files.createDirectories(directory.resolve("data/folder"));
    Files.writeString(directory.resolve("data/b"), "x");
    Files.writeString(directory.resolve("data/a"), "x");

    assertThat(files.list("data")).containsExactly("a", "b");
    assertThat(files.list("nowhere")).isEmpty();
  }

  @Test
  void aFileThatIsNotThereMayBeDeleted() throws IOException {
    files.putIfAbsent("folder/file", bytes("x"));
    files.delete("folder/file");
    files.delete("folder/file");

    assertThat(files.list("folder")).isEmpty();
  }

  @Test
  void appendingAddsLines() throws IOException {
    files.append("lines", "ä");
    files.append("lines", "b");

    assertThat(files.read("lines")).asString(StandardCharsets.UTF_8).isEqualTo("ä\nb\n");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
