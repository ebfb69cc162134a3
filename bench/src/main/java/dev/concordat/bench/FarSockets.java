package dev.concordat.bench;

import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.net.SocketFactory;

/**
 * Sockets as if the server were in another room: who reads an answer waits so long before it has
 * it. A proxy in between would take a processor for itself on all sides; this takes none. The
 * driver makes it by its name, see {@code socketFactory}.
 */
public final class FarSockets extends SocketFactory {

  private final long roundTrip;

  /**
   * @param micros how long a message and its answer are under way, in microseconds
   */
  public FarSockets(String micros) {
    this.roundTrip = TimeUnit.MICROSECONDS.toNanos(Long.parseLong(micros));
  }

  @Override
  public Socket createSocket() {
    return new FarSocket(roundTrip);
  }

  @Override
  public Socket createSocket(String host, int port) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress from, int fromPort) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Socket createSocket(InetAddress host, int port) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress from, int fromPort) {
    throw new UnsupportedOperationException();
  }

  private static final class FarSocket extends Socket {

    private final long roundTrip;
    private volatile boolean asked;

    FarSocket(long roundTrip) {
      this.roundTrip = roundTrip;
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
      return new FilterOutputStream(super.getOutputStream()) {
        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
          asked = true;
          out.write(bytes, from, length);
        }
      };
    }

    @Override
    public InputStream getInputStream() throws IOException {
      return new FilterInputStream(super.getInputStream()) {
        @Override
        public int read() throws IOException {
          int read = super.read();
          await();
          return read;
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
          int read = super.read(bytes, from, length);
          await();
          return read;
        }
      };
    }

    /** After the answer is there: what the server takes comes on top of the way. */
    private void await() {
      if (!asked) {
        return;
      }
      asked = false;
      long due = System.nanoTime() + roundTrip;
      for (long left = roundTrip; left > 0; left = due - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
    }
  }
}
