package io.rivulet.app.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.FileNotFoundException;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.execution.streaming.CheckpointFileManager.CancellableFSDataOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CheckpointInMemoryTest {
  private final Path checkpoint = new Path("/no/such/folder/checkpoint");
  private final CheckpointInMemory manager =
      new CheckpointInMemory(checkpoint, new Configuration(false));

  @AfterEach
  void forget() {
    CheckpointInMemory.forget(checkpoint);
  }

  private void write(String name, boolean overwrite, int... bytes) throws IOException {
    try (CancellableFSDataOutputStream out =
        manager.createAtomic(new Path(checkpoint, name), overwrite)) {
      for (int b : bytes) {
        out.write(b);
      }
    }
  }

  @Test
  void allManagersShareOneMemory() throws IOException {
    write("offsets/0", false, 1, 2, 3);
    CheckpointInMemory other = new CheckpointInMemory(checkpoint, new Configuration(false));

    assertThat(CheckpointInMemory.read(new Path("file:" + checkpoint + "/offsets/0")))
        .containsExactly(1, 2, 3);
    try (FSDataInputStream in = other.open(new Path(checkpoint, "offsets/0"))) {
      in.seek(1);
      assertThat(in.read()).isEqualTo(2);
      assertThat(in.getPos()).isEqualTo(2);
      byte[] twoBytes = new byte[2];
      in.readFully(0, twoBytes);
      assertThat(twoBytes).containsExactly(1, 2);
    }
  }

  @Test
  void aFileIsThereWhenItIsCompleteAndNotWhenItWasCancelled() throws IOException {
    Path file = new Path(checkpoint, "offsets/0");
    CancellableFSDataOutputStream cancelled = manager.createAtomic(file, false);
    cancelled.write(1);
    assertThat(manager.exists(file)).isFalse();

    cancelled.cancel();
    cancelled.close();
    assertThat(manager.exists(file)).isFalse();

    write("offsets/0", false, 2);
    assertThat(CheckpointInMemory.read(file)).containsExactly(2);
  }

  @Test
  void onlyWhoMayOverwriteDoes() throws IOException {
    write("offsets/0", false, 1);
    write("offsets/0", true, 2);

    assertThatExceptionOfType(FileAlreadyExistsException.class)
        .isThrownBy(() -> write("offsets/0", false, 3));
    assertThat(CheckpointInMemory.read(new Path(checkpoint, "offsets/0"))).containsExactly(2);
  }

  @Test
  void filesOfAFolderAreListedWithoutThoseBelow() throws IOException {
    write("offsets/0", false, 1);
    write("offsets/1", false, 1, 2);
    write("offsets/deeper/2", false, 1);
    write("commits/0", false, 1);

    FileStatus[] listed =
        manager.list(new Path(checkpoint, "offsets"), path -> !path.getName().equals("0"));

    assertThat(listed).extracting(status -> status.getPath().getName()).containsExactly("1");
    assertThat(listed[0].getLen()).isEqualTo(2);
    assertThat(manager.exists(new Path(checkpoint, "offsets/deeper"))).isTrue();
  }

  @Test
  void whatIsForgottenIsGone() throws IOException {
    write("offsets/0", false, 1);
    Path neighbour = new Path(checkpoint + "2", "offsets/0");
    try (CancellableFSDataOutputStream out = manager.createAtomic(neighbour, false)) {
      out.write(9);
    }

    CheckpointInMemory.forget(checkpoint);

    assertThatExceptionOfType(FileNotFoundException.class)
        .isThrownBy(() -> manager.open(new Path(checkpoint, "offsets/0")))
        .withMessageContaining("not among the checkpoints");
    assertThat(CheckpointInMemory.read(neighbour)).containsExactly(9);
    CheckpointInMemory.forget(new Path(checkpoint + "2"));
  }
}
