package io.rivulet.trainer.store;

import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.URISyntaxException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.DelegateToFileSystem;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.Syncable;

/**
 * A local directory on which one step that changes something goes wrong, under the scheme of local
 * files or of HDFS.
 */
class FaultyFileSystem extends RawLocalFileSystem {
  /** What goes wrong. */
  enum Fault {
    /** The step isn't done, a write by half, and the process is gone: nothing comes after it. */
    DRIVER_DIES,
    /** The step isn't done, a write by half. */
    STEP_FAILS,
    /** The step is done, but says that it failed. */
    ANSWER_IS_LOST,
    /** A rename isn't done, and says so in its result. */
    RENAME_RETURNS_FALSE,
    /** From this step on there is no space for another byte. */
    DISK_IS_FULL
  }

  /** Of a sync that lasts: how many come before it, and what others do meanwhile. */
  private static final class SlowSync {
    private int before;
    private final Runnable meanwhile;

    SlowSync(int before, Runnable meanwhile) {
      this.before = before;
      this.meanwhile = meanwhile;
    }
  }

  private static final ThreadLocal<SlowSync> SLOW = new ThreadLocal<>();

  private static final ThreadLocal<Plan> PLAN = new ThreadLocal<>();

  /** The fault at one step of what the thread does. */
  private static final class Plan {
    private final Fault fault;
    private final int at;
    private int step;
    private boolean happened;

    Plan(Fault fault, int at) {
      this.fault = fault;
      this.at = at;
    }
  }

  private interface Step<T> {
    T run() throws IOException;
  }

  /** Settings with which {@code file:} or {@code hdfs:} is such a file system. */
  static Configuration configuration() {
    Configuration hadoop = new Configuration();
    hadoop.setClass("fs.file.impl", FaultyFileSystem.class, FileSystem.class);
    hadoop.setBoolean("fs.file.impl.disable.cache", true);
    hadoop.setClass("fs.hdfs.impl", AsHdfs.class, FileSystem.class);
    hadoop.setBoolean("fs.hdfs.impl.disable.cache", true);
    hadoop.set("fs.AbstractFileSystem.hdfs.impl", AsHdfsContext.class.getName());
    return hadoop;
  }

  /** Runs what may meet a fault at its {@code at}-th step; whether it came so far. */
  static boolean meets(Fault fault, int at, Runnable work) {
    Plan plan = new Plan(fault, at);
    PLAN.set(plan);
    try {
      work.run();
    } catch (RuntimeException | StackOverflowError e) {
      if (!plan.happened) {
        throw e;
      }
    } finally {
      PLAN.remove();
    }
    return plan.happened;
  }

  /**
   * Runs what may come to an {@code at}-th sync, which isn't done before others did what they do
   * meanwhile; whether it came so far.
   */
  static boolean lastsAt(int at, Runnable meanwhile, Runnable work) {
    SLOW.set(new SlowSync(at, meanwhile));
    try {
      work.run();
      return SLOW.get().before < 0;
    } finally {
      SLOW.remove();
    }
  }

  /** A step that writes nothing. */
  private static <T> T step(Step<T> step) throws IOException {
    return step(step, () -> {});
  }

  /**
   * A step.
   *
   * @param half what of it is done before it fails
   */
  private static <T> T step(Step<T> step, Half half) throws IOException {
    Plan plan = PLAN.get();
    if (plan == null || plan.fault == Fault.DISK_IS_FULL) {
      return step.run();
    }
    if (plan.happened && plan.fault == Fault.DRIVER_DIES) {
      throw new IOException("The driver is dead");
    }
    if (plan.fault == Fault.RENAME_RETURNS_FALSE || plan.step++ != plan.at) {
      return step.run();
    }
    plan.happened = true;
    if (plan.fault == Fault.ANSWER_IS_LOST) {
      step.run();
    } else {
      half.run();
    }
    throw new IOException("Input/output error");
  }

  private interface Half {
    void run() throws IOException;
  }

  @Override
  public FSDataOutputStream create(Path file, boolean overwrite) throws IOException {
    FSDataOutputStream out = step(() -> super.create(file, overwrite));
    return new FSDataOutputStream(new FaultyStream(out), null);
  }

  @Override
  public boolean delete(Path file, boolean recursive) throws IOException {
    return step(() -> super.delete(file, recursive));
  }

  /** Without the process that Hadoop starts to look for a link. */
  @Override
  public FileStatus getFileLinkStatus(Path file) throws IOException {
    return getFileStatus(file);
  }

  @Override
  public boolean rename(Path from, Path to) throws IOException {
    Plan plan = PLAN.get();
    if (plan != null
        && plan.fault == Fault.RENAME_RETURNS_FALSE
        && !plan.happened
        && plan.step++ == plan.at) {
      plan.happened = true;
      return false;
    }
    return step(() -> super.rename(from, to));
  }

  /** A write is a step when a buffer goes out. */
  private static final class FaultyStream extends BufferedOutputStream implements Syncable {
    FaultyStream(OutputStream out) {
      super(new FaultyWrites(out), 4096);
    }

    @Override
    public void hflush() throws IOException {
      hsync();
    }

    @Override
    public void hsync() throws IOException {
      SlowSync slow = SLOW.get();
      if (slow != null && slow.before-- == 0) {
        slow.meanwhile.run();
      }
      // The bytes need not outlive the machine, only what is done to the process.
      step(
          () -> {
            flush();
            return null;
          });
    }
  }

  private static final class FaultyWrites extends FilterOutputStream {
    FaultyWrites(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      Plan plan = PLAN.get();
      if (plan != null && plan.fault == Fault.DISK_IS_FULL && plan.step++ >= plan.at) {
        plan.happened = true;
        out.write(bytes, offset, length / 2);
        throw new IOException("No space left on device");
      }
      step(
          () -> {
            out.write(bytes, offset, length);
            return null;
          },
          () -> out.write(bytes, offset, length / 2));
    }
  }

  /** The same under HDFS's name, where putting a file is a rename. */
  static final class AsHdfs extends FaultyFileSystem {
    @Override
    public URI getUri() {
      return URI.create("hdfs://cluster/");
    }
  }

  /** The same for Hadoop's {@code FileContext}. */
  static final class AsHdfsContext extends DelegateToFileSystem {
    @SuppressWarnings("unused") // called by Hadoop
    AsHdfsContext(URI uri, Configuration hadoop) throws IOException, URISyntaxException {
      super(uri, new AsHdfs(), hadoop, "hdfs", false);
    }

    @Override
    public int getUriDefaultPort() {
      return -1;
    }
  }
}
