package dev.concordat.local;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A short talk with a server in its own protocol, to hear whether it serves. */
final class Wire {
  static final int PATIENCE_MILLIS = 2000;
  private static final int BYTES_MAX = 1 << 20;

  private final DataInputStream in;
  private final DataOutputStream out;

  private Wire(Socket socket) throws IOException {
    this.in = new DataInputStream(socket.getInputStream());
    this.out = new DataOutputStream(socket.getOutputStream());
  }

  /** A question and what the answer means. */
  @FunctionalInterface
  interface Talk {
    boolean hold(Wire wire) throws IOException;
  }

  /** Holds a talk; false also if nobody listens or the talk breaks off. */
  static boolean at(int port, Talk talk) {
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
      socket.connect(new InetSocketAddress(loopback, port), PATIENCE_MILLIS);
      return talk.hold(new Wire(socket));
    } catch (IOException e) {
      return false; // not yet
    }
  }

  void send(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
  }

  DataInputStream in() {
    return in;
  }

  /** Exactly so many bytes. */
  byte[] bytes(int count) throws IOException {
    if (count < 0 || count > BYTES_MAX) {
      throw new IOException("not the protocol we speak");
    }
    byte[] bytes = new byte[count];
    in.readFully(bytes);
    return bytes;
  }

  /** Everything up to the end of a line. */
  String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
      line.write(next);
      if (line.size() > BYTES_MAX) {
        throw new IOException("not the protocol we speak");
      }
    }
    return line.toString(StandardCharsets.ISO_8859_1);
  }
}
