package io.rivulet.trainer.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.trainer.store.Backend.NewFile;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LocalBackendTest {
  private static final int MIB = 1 << 20;

  @TempDir java.nio.file.Path directory;

  private LocalBackend backend;
  private Path file;

  @BeforeEach
  void create() throws IOException {
    LocalFileSystem local = FileSystem.getLocal(new Configuration());
    backend = new LocalBackend(local.getRaw());
    file = new Path(directory.resolve("file").toUri());
  }

  @ParameterizedTest
  @ValueSource(
      ints = {0, 1, 4096, MIB - 1, MIB, MIB + 1, MIB + 4095, MIB + 4096, 2 * MIB, 3 * MIB + 12_345})
  void aFileOfAnyLengthHasWhatWasWritten(int length) throws IOException {
    byte[] content = content(length);

    assertThat(write(content, 65_536)).isEqualTo(length);

    assertThat(read()).isEqualTo(content);
  }

  @Test
  void piecesMayHaveAnyLengthAndALongerFileIsReplaced() throws IOException {
    write(content(3 * MIB), 65_536);
    byte[] content = content(2 * MIB + 17);

    write(content, 1_237);

    assertThat(read()).isEqualTo(content);
  }

  @Test
  void twoFilesAtATimeDoNotMix() throws IOException {
    byte[] content = content(2 * MIB + 5);
    Path other = new Path(directory.resolve("other").toUri());
    write(content(10), 10);
    try (NewFile one = backend.create(file);
        NewFile two = backend.create(other)) {
      for (int from = 0; from < content.length; from += 4_001) {
        int n = Math.min(4_001, content.length - from);
        one.stream().write(content, from, n);
        two.stream().write(content, content.length - from - n, n);
      }
      one.sync();
      two.sync();
    }
    assertThat(read()).isEqualTo(content);
    assertThat(directory.resolve("other")).hasSize(content.length);
    assertThat(Files.readAllBytes(directory.resolve("other"))).isNotEqualTo(content);
  }

  /** Direct writing refuses an offset within a disk's block. */
  @Test
  void whatCannotBeWrittenDirectlyIsWrittenAllTheSame() throws IOException {
    byte[] content = content(3 * MIB);
    try (NewFile out = backend.create(file)) {
      out.stream().write(content, 0, 3);
      assertThat(out.sync()).isEqualTo(3);
      out.stream().write(content, 3, content.length - 3);
      assertThat(out.sync()).isEqualTo(content.length);
    }
    assertThat(read()).isEqualTo(content);
  }

  private long write(byte[] content, int piece) throws IOException {
    try (NewFile out = backend.create(file)) {
      for (int from = 0; from < content.length; from += piece) {
        out.stream().write(content, from, Math.min(piece, content.length - from));
      }
      return out.sync();
    }
  }

  private byte[] read() throws IOException {
    return Files.readAllBytes(directory.resolve("file"));
  }

  private static byte[] content(int length) {
    byte[] content = new byte[length];
    new Random(length).nextBytes(content);
    return content;
  }
}
