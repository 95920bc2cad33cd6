package io.rivulet.s3;

import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.util.concurrent.Callable;
import org.gaul.s3proxy.AuthenticationType;
import org.gaul.s3proxy.S3Proxy;
import org.jclouds.ContextBuilder;
import org.jclouds.blobstore.BlobStore;
import org.jclouds.blobstore.BlobStoreContext;
import org.jclouds.blobstore.TransientApiMetadata;

/** S3Proxy, started by {@link S3Service} in a class loader of its own. */
public final class MemoryS3Proxy implements Callable<URI>, Closeable {
  private BlobStoreContext storage;
  private S3Proxy proxy;

  @Override
  public URI call() throws Exception {
    // By its name jclouds would look at all storages, most of which lack libraries here. Those of
    // S3Proxy are file systems, in which a folder's marker and the folder are one.
    storage =
        ContextBuilder.newBuilder(new TransientApiMetadata())
            .credentials("any", "any")
            .build(BlobStoreContext.class);
    BlobStore blobs = storage.getBlobStore();
    blobs.createContainerInLocation(null, S3Service.BUCKET);
    proxy =
        S3Proxy.builder()
            .blobStore(blobs)
            .endpoint(URI.create("http://127.0.0.1:0"))
            .awsAuthentication(AuthenticationType.NONE, null, null)
            .build();
    proxy.start();
    return URI.create("http://127.0.0.1:" + proxy.getPort());
  }

  @Override
  public void close() throws IOException {
    try {
      proxy.stop();
    } catch (Exception e) {
      throw new IOException(e);
    }
    storage.close();
  }
}
