package io.rivulet.trainer.store;

import com.amazonaws.AmazonServiceException;
import com.amazonaws.SdkBaseException;
import com.amazonaws.services.s3.AmazonS3;
import com.amazonaws.services.s3.model.PutObjectRequest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.s3a.AWSServiceIOException;
import org.apache.hadoop.fs.s3a.Constants;
import org.apache.hadoop.fs.s3a.S3AFileSystem;
import org.apache.hadoop.fs.s3a.S3AUtils;
import org.apache.hadoop.fs.s3a.S3ClientFactory;
import org.apache.hadoop.fs.s3a.S3ClientFactory.S3ClientCreationParameters;
import org.apache.hadoop.util.ReflectionUtils;

/**
 * S3 by Hadoop's S3A, which lets both of two writers create the same file. So put-if-absent goes
 * past it, as a <a
 * href="https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html">conditional
 * write</a>, by a client with the settings and credentials of S3A's own. The only class that needs
 * S3A and the AWS SDK; it is loaded where a store is on S3.
 */
final class S3Backend extends Backend {
  private static final int CONFLICT = 409;
  private static final int PRECONDITION_FAILED = 412;
  private static final int NOT_IMPLEMENTED = 501;

  private static final int ATTEMPTS = 6;
  private static final int FIRST_DELAY_MS = 50;

  private final S3AFileSystem s3a;
  private AmazonS3 client;

  S3Backend(FileSystem fs) {
    super(fs);
    s3a = (S3AFileSystem) fs;
  }

  /** Tries whether the service heeds the condition; some that speak S3 ignore or refuse it. */
  @Override
  Backend forWriting(Path root, boolean singleWriter) throws IOException {
    if (singleWriter) {
      return new SingleWriterBackend(fs);
    }
    if (!conditional(new Path(root, "probe." + UUID.randomUUID()))) {
      throw new StoreException(
          "The S3 service of "
              + root
              + " ignores If-None-Match, so two trainings could overwrite each other's commits;"
              + " set store.single_writer: true if no second one can run");
    }
    return this;
  }

  private boolean conditional(Path probe) throws IOException {
    byte[] content = new byte[0];
    try {
      put(probe, content);
      return !put(probe, content);
    } catch (AWSServiceIOException e) {
      if (e.getStatusCode() == NOT_IMPLEMENTED) {
        return false;
      }
      throw e;
    } finally {
      fs.delete(probe, false);
    }
  }

  @Override
  boolean putIfAbsent(Path file, byte[] content) throws IOException {
    // The SDK repeats a put whose answer was lost, and then meets its own file. No two writers put
    // the same bytes, but for the empty ones: such a file counts as another's.
    return put(file, content) || (content.length > 0 && holds(file, content));
  }

  private boolean put(Path file, byte[] content) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        client().putObject(request(file, content));
        return true;
      } catch (AmazonServiceException e) {
        if (e.getStatusCode() == PRECONDITION_FAILED) {
          return false;
        }
        // Another put of this file was under way; who won shows in the next answer.
        if (e.getStatusCode() != CONFLICT || attempt == ATTEMPTS) {
          throw S3AUtils.translateException("put", file.toString(), e);
        }
        pause(attempt);
      } catch (SdkBaseException e) {
        throw S3AUtils.translateException("put", file.toString(), e);
      }
    }
  }

  /** A put as S3A would make it, with its encryption and access settings, and the condition. */
  private PutObjectRequest request(Path file, byte[] content) {
    String key = file.toUri().getPath().substring(1);
    PutObjectRequest request =
        s3a.getWriteOperationHelper()
            .createPutObjectRequest(key, new ByteArrayInputStream(content), content.length, null);
    request.putCustomRequestHeader("If-None-Match", "*");
    return request;
  }

  private static void pause(int attempt) throws IOException {
    int most = FIRST_DELAY_MS << attempt;
    try {
      Thread.sleep(ThreadLocalRandom.current().nextInt(most / 2, most));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted", e);
    }
  }

  private boolean holds(Path file, byte[] content) throws IOException {
    try (InputStream in = fs.open(file)) {
      return Arrays.equals(in.readNBytes(content.length + 1), content);
    }
  }

  /** S3A has a client, but gives it to tests only. */
  private synchronized AmazonS3 client() throws IOException {
    if (client == null) {
      Configuration settings = s3a.getConf();
      Class<? extends S3ClientFactory> factory =
          settings.getClass(
              Constants.S3_CLIENT_FACTORY_IMPL,
              Constants.DEFAULT_S3_CLIENT_FACTORY_IMPL,
              S3ClientFactory.class);
      client =
          ReflectionUtils.newInstance(factory, settings)
              .createS3Client(
                  s3a.getUri(),
                  new S3ClientCreationParameters()
                      .withCredentialSet(s3a.shareCredentials("put-if-absent"))
                      .withEndpoint(
                          settings.getTrimmed(Constants.ENDPOINT, Constants.DEFAULT_ENDPOINT))
                      .withPathStyleAccess(
                          settings.getBoolean(Constants.PATH_STYLE_ACCESS, false)));
    }
    return client;
  }

  @Override
  boolean appends() {
    return false;
  }

  /** Looks before it puts, which is enough as long as no other process writes. */
  private static final class SingleWriterBackend extends Backend {
    SingleWriterBackend(FileSystem fs) {
      super(fs);
    }

    @Override
    boolean putIfAbsent(Path file, byte[] content) throws IOException {
      if (fs.exists(file)) {
        return false;
      }
      try (NewFile out = create(file)) {
        out.stream().write(content);
      }
      return true;
    }

    @Override
    boolean appends() {
      return false;
    }
  }
}
