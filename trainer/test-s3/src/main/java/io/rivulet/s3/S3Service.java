package io.rivulet.s3;

import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;

/** An S3 service in this process, with one bucket, in memory. */
public final class S3Service implements Closeable {
  /** Its bucket. */
  public static final String BUCKET = "bucket";

  private final URLClassLoader loader;
  private final Closeable proxy;
  private final URI endpoint;

  private S3Service(URLClassLoader loader, Closeable proxy, URI endpoint) {
    this.loader = loader;
    this.proxy = proxy;
    this.endpoint = endpoint;
  }

  /** Starts a service on a free port. */
  public static S3Service start() throws Exception {
    URLClassLoader loader = new URLClassLoader(classPath(), ClassLoader.getPlatformClassLoader());
    Object proxy = loader.loadClass(MemoryS3Proxy.class.getName()).getConstructor().newInstance();
    URI endpoint = (URI) ((Callable<?>) proxy).call();
    return new S3Service(loader, (Closeable) proxy, endpoint);
  }

  private static URL[] classPath() throws IOException {
    List<URL> urls = new ArrayList<>();
    urls.add(S3Service.class.getProtectionDomain().getCodeSource().getLocation());
    for (String jar : jars().split(File.pathSeparator)) {
      urls.add(url(jar));
    }
    return urls.toArray(URL[]::new);
  }

  private static String jars() throws IOException {
    try (InputStream in = S3Service.class.getResourceAsStream("/s3proxy.classpath")) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8).strip();
    }
  }

  private static URL url(String jar) throws MalformedURLException {
    return new File(jar).toURI().toURL();
  }

  /** Where it listens. */
  public URI endpoint() {
    return endpoint;
  }

  /** What Hadoop's S3A must be set to, to use the service at an endpoint. */
  public static Map<String, String> settings(URI endpoint) {
    return Map.of(
        "fs.s3a.endpoint", endpoint.toString(),
        "fs.s3a.endpoint.region", "us-east-1",
        "fs.s3a.path.style.access", "true",
        "fs.s3a.connection.ssl.enabled", "false",
        "fs.s3a.access.key", "any",
        "fs.s3a.secret.key", "any",
        "fs.s3a.directory.marker.retention", "keep");
  }

  @Override
  public void close() throws IOException {
    proxy.close();
    loader.close();
  }
}
