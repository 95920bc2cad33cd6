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

  /** Number of the newest connection, from 1. */
  private long newest;

  /** Nothing passes on this connection and those before it. */
  private long cutUpTo;

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
    cutUpTo = Long.MAX_VALUE;
  }

  /** Cuts off those who are connected, but nobody who comes from now on. */
  synchronized void cutConnections() {
    cutUpTo = newest;
  }

  synchronized void mend() {
    cutUpTo = 0;
    notifyAll();
  }

  private synchronized long number() {
    return ++newest;
  }

  synchronized boolean holdsSomething() {
    return held > 0;
  }

  private synchronized void awaitMended(long connection) throws IOException {
    held++;
    try {
      while (connection <= cutUpTo) {
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
    long connection = number();
    try {
      awaitMended(connection);
      Socket broker = new Socket(InetAddress.getLoopbackAddress(), target);
      sockets.add(broker);
      start(() -> pass(connection, client, broker));
      start(() -> pass(connection, broker, client));
    } catch (IOException e) {
      close(client);
    }
  }

  private void pass(long connection, Socket from, Socket to) {
    byte[] chunk = new byte[CHUNK_BYTES];
    try {
      int length;
      while ((length = from.getInputStream().read(chunk)) >= 0) {
        awaitMended(connection);
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
