package io.rivulet.trainer.store;

import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options.Rename;
import org.apache.hadoop.fs.Path;

/** HDFS: a rename without overwriting fails if the name is taken. */
final class HdfsBackend extends Backend {
  private final Configuration hadoop;

  HdfsBackend(FileSystem fs, Configuration hadoop) {
    super(fs);
    this.hadoop = hadoop;
  }

  @Override
  boolean putIfAbsent(Path file, byte[] content) throws IOException {
    FileContext context = FileContext.getFileContext(fs.getUri(), hadoop);
    return putByTemporary(
        file, content, (temporary, name) -> context.rename(temporary, name, Rename.NONE));
  }
}
