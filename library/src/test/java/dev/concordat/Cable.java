package dev.concordat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Leads to a server's port, and can be cut: then all that lead there end, and others may begin. Or
 * it swallows answers: then those that lead there stay, and hear no more.
 */
public final class Cable implements AutoCloseable {

  private final ServerSocket entry;
  private final int to;
  private final List<Socket> ends = new CopyOnWriteArrayList<>();
  private volatile boolean swallows;

  private Cable(int to) throws IOException {
    this.entry = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    this.to = to;
  }

  /** To that port of this machine. */
  public static Cable to(int port) {
    try {
      Cable cable = new Cable(port);
      Thread.ofVirtual().start(cable::accept);
      return cable;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  public int port() {
    return entry.getLocalPort();
  }

  private void accept() {
    while (!entry.isClosed()) {
      try {
        lead(entry.accept());
      } catch (IOException e) {
        // It was cut or closed, or there is no server now: whoever came sees it end.
        continue;
      }
    }
  }

  private void lead(Socket from) throws IOException {
    ends.add(from);
    try {
      Socket server = new Socket(InetAddress.getLoopbackAddress(), to);
      ends.add(server);
      Thread.ofVirtual().start(() -> pass(from, server));
      Thread.ofVirtual().start(() -> answer(server, from));
    } catch (IOException e) {
      from.close();
      throw e;
    }
  }

  private static void pass(Socket from, Socket to) {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      in.transferTo(out);
    } catch (IOException e) {
      // One of both ended, and now both have.
      return;
    }
  }

  private void answer(Socket server, Socket to) {
    byte[] buffer = new byte[8192];
    boolean deaf = false;
    try (server;
        to) {
      InputStream in = server.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        deaf |= swallows;
        if (!deaf) {
          out.write(buffer, 0, read);
        }
      }
    } catch (IOException e) {
      // One of both ended, and now both have.
      return;
    }
  }

  /**
   * From now on, whoever is answered over it hears no more; others may begin after {@code false}.
   */
  public void swallow(boolean now) {
    swallows = now;
  }

  /** Ends all that lead there now. */
  public void cut() {
    for (Socket end : ends) {
      ends.remove(end);
      try {
        end.close();
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Override
  public void close() throws IOException {
    entry.close();
    cut();
  }
}
