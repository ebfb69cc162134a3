package dev.concordat.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;

/** Leads to a server's port with a delay each way, as a network between two rooms would. */
final class SlowLine implements AutoCloseable {

  private static final int CHUNK = 16 * 1024;

  /** What came, empty at the end, and when it is to go on. */
  private record Chunk(ByteBuffer bytes, long due) {}

  private final ServerSocket entry;
  private final int to;
  private final long delay;

  SlowLine(int to, Duration roundTrip) throws IOException {
    this.entry = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
    this.to = to;
    this.delay = roundTrip.toNanos() / 2;
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return entry.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        Socket from = entry.accept();
        Socket server = new Socket(InetAddress.getLoopbackAddress(), to);
        from.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
        lead(from, server);
        lead(server, from);
      }
    } catch (IOException e) {
      // It was closed: nobody comes any more.
      return;
    }
  }

  private void lead(Socket from, Socket target) {
    LinkedBlockingQueue<Chunk> under = new LinkedBlockingQueue<>();
    Thread.ofVirtual().start(() -> receive(from, under));
    Thread.ofPlatform().daemon().name("slow-line").start(() -> send(target, under));
  }

  private void receive(Socket from, LinkedBlockingQueue<Chunk> under) {
    try (InputStream in = from.getInputStream()) {
      while (true) {
        byte[] bytes = new byte[CHUNK];
        int length = in.read(bytes);
        under.add(
            new Chunk(ByteBuffer.wrap(bytes, 0, Math.max(0, length)), System.nanoTime() + delay));
        if (length < 0) {
          return;
        }
      }
    } catch (IOException e) {
      under.add(new Chunk(ByteBuffer.allocate(0), System.nanoTime()));
    }
  }

  private static void send(Socket target, LinkedBlockingQueue<Chunk> under) {
    try (OutputStream out = target.getOutputStream()) {
      for (Chunk chunk = under.take(); chunk.bytes().hasRemaining(); chunk = under.take()) {
        for (long left = chunk.due() - System.nanoTime();
            left > 0;
            left = chunk.due() - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
        out.write(chunk.bytes().array(), 0, chunk.bytes().remaining());
      }
    } catch (IOException | InterruptedException e) {
      // The other end hung up, which the one that sent sees by itself.
      return;
    }
  }

  @Override
  public void close() throws IOException {
    entry.close();
  }
}
