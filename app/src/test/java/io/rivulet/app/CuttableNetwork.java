package io.rivulet.app;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The way from clients to a broker. While it is cut nothing arrives, and nobody is told. */
final class CuttableNetwork implements AutoCloseable {
  private static final int CHUNK_BYTES = 1 << 16;

  private final ServerSocket entrance;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile int target;
  private boolean cut;

  /** Connections of which something waits to be passed on. */
  private int held;

  CuttableNetwork() {
    try {
      entrance = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int port() {
    return entrance.getLocalPort();
  }

  String servers() {
    return "127.0.0.1:" + port();
  }

  /** Where it leads from now on. */
  void leadTo(String servers) {
    boolean first = target == 0;
    target = Integer.parseInt(servers.split(":")[1]);
    if (first) {
      start(this::accept);
    }
  }

  synchronized void cut() {
    cut = true;
  }

  synchronized void mend() {
    cut = false;
    notifyAll();
  }

  synchronized boolean holdsSomething() {
    return held > 0;
  }

  private synchronized void awaitMended() throws IOException {
    held++;
    try {
      while (cut) {
        wait();
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    } finally {
      held--;
    }
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "network");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!entrance.isClosed()) {
      try {
        Socket client = entrance.accept();
        sockets.add(client);
        start(() -> connect(client));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void connect(Socket client) {
    try {
      awaitMended();
      Socket broker = new Socket(InetAddress.getLoopbackAddress(), target);
      sockets.add(broker);
      start(() -> pass(client, broker));
      start(() -> pass(broker, client));
    } catch (IOException e) {
      close(client);
    }
  }

  private void pass(Socket from, Socket to) {
    byte[] chunk = new byte[CHUNK_BYTES];
    try {
      int length;
      while ((length = from.getInputStream().read(chunk)) >= 0) {
        awaitMended();
        to.getOutputStream().write(chunk, 0, length);
      }
    } catch (IOException e) {
      // One of them is gone; the other one is told below.
    } finally {
      close(from);
      close(to);
    }
  }

  private void close(Socket socket) {
    sockets.remove(socket);
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    mend();
    entrance.close();
    sockets.forEach(this::close);
  }
}
