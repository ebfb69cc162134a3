package dev.concordat.examples.threephase;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A way to a service that can be cut: then nothing gets through, until it heals. */
public final class Cut implements AutoCloseable {

  private final int port;
  private final ServerSocket door;
  private final Set<Socket> ends = ConcurrentHashMap.newKeySet();
  private volatile boolean cut;

  private Cut(int port) throws IOException {
    this.port = port;
    this.door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  /** A way to that port of this machine. */
  public static Cut before(int port) {
    try {
      Cut made = new Cut(port);
      Thread.ofVirtual().name("cut").start(made::accept);
      return made;
    } catch (IOException e) {
      throw new UncheckedIOException("no port to be had for a proxy", e);
    }
  }

  /** Where it begins. */
  public int port() {
    return door.getLocalPort();
  }

  /** Nothing gets through any more. */
  public void part() {
    cut = true;
    List.copyOf(ends).forEach(this::close);
  }

  /** All gets through again. */
  public void heal() {
    cut = false;
  }

  private void accept() {
    while (!door.isClosed()) {
      try {
        connect(door.accept());
      } catch (IOException e) {
        // It was closed, or one of the ends was gone: the next may come.
      }
    }
  }

  private void connect(Socket from) throws IOException {
    if (cut) {
      from.close();
      return;
    }
    Socket to = new Socket(InetAddress.getLoopbackAddress(), port);
    ends.add(from);
    ends.add(to);
    Thread.ofVirtual().name("cut-there").start(() -> copy(from, to));
    Thread.ofVirtual().name("cut-back").start(() -> copy(to, from));
    if (cut) {
      close(from);
      close(to);
    }
  }

  private void copy(Socket from, Socket to) {
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      in.transferTo(out);
    } catch (IOException e) {
      // One end is gone, and so goes the other.
    } finally {
      close(from);
      close(to);
    }
  }

  private void close(Socket socket) {
    ends.remove(socket);
    try {
      socket.close();
    } catch (IOException e) {
      // It is as good as closed.
    }
  }

  @Override
  public void close() {
    part();
    try {
      door.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
