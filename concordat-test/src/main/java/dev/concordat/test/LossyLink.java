package dev.concordat.test;

import dev.concordat.test.LossyProxy.When;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** One connection through a {@link LossyProxy}: reads the client's messages one by one. */
final class LossyLink {

  private static final int SSL_REQUEST = 80877103;
  private static final int GSS_REQUEST = 80877104;
  private static final int CANCEL_REQUEST = 80877102;
  private static final int MOST = 1 << 30;

  private final LossyProxy proxy;
  private final Socket client;
  private final Socket server;
  private final Map<String, String> prepared = new ConcurrentHashMap<>();
  private volatile boolean cutAtReady;

  LossyLink(LossyProxy proxy, Socket client, Socket server) {
    this.proxy = proxy;
    this.client = client;
    this.server = server;
  }

  /** Reads the client's messages, or only passes them on. */
  void start(boolean seeing) {
    Pump toServer = seeing ? this::toServer : this::blindlyToServer;
    Thread.ofVirtual().name("lossy-to-server").start(() -> pump(toServer));
    Thread.ofVirtual().name("lossy-to-client").start(() -> pump(this::toClient));
  }

  private interface Pump {
    void run() throws IOException;
  }

  private void pump(Pump pump) {
    try {
      pump.run();
    } catch (IOException e) {
      // One side has gone, and so goes the other.
      cutAtReady = false;
    } finally {
      close();
    }
  }

  private void blindlyToServer() throws IOException {
    client.getInputStream().transferTo(server.getOutputStream());
  }

  private void toServer() throws IOException {
    DataInputStream in = new DataInputStream(new BufferedInputStream(client.getInputStream()));
    DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(server.getOutputStream(), 1 << 16));
    greet(in, out);
    while (true) {
      if (in.available() == 0) {
        out.flush();
      }
      int type = in.read();
      if (type < 0) {
        return;
      }
      byte[] body = body(in);
      When when = type == 'X' ? null : cut(type, body);
      if (when == When.BEFORE) {
        return;
      }
      cutAtReady |= when == When.AFTER;
      out.writeByte(type);
      write(out, body);
    }
  }

  /** Messages before the session begins have no type. */
  private static void greet(DataInputStream in, DataOutputStream out) throws IOException {
    int code;
    do {
      byte[] body = body(in);
      write(out, body);
      out.flush();
      code = number(body);
    } while (code == SSL_REQUEST || code == GSS_REQUEST || code == CANCEL_REQUEST);
  }

  private static int number(byte[] body) {
    int number = 0;
    for (int i = 0; i < 4; i++) {
      number = (number << 8) | (body[i] & 0xff);
    }
    return number;
  }

  private static byte[] body(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 4 || length > MOST) {
      throw new IOException("not a message of PostgreSQL's protocol");
    }
    byte[] body = new byte[length - 4];
    in.readFully(body);
    return body;
  }

  private static void write(DataOutputStream out, byte[] body) throws IOException {
    out.writeInt(body.length + 4);
    out.write(body);
  }

  /** Statements are named when they are parsed and carried out by name; simple ones at once. */
  private @Nullable When cut(int type, byte[] body) {
    return switch (type) {
      case 'P' -> {
        String name = text(body, 0);
        prepared.put(name, text(body, end(body, 0) + 1));
        yield null;
      }
      case 'B' -> proxy.take(prepared.getOrDefault(text(body, end(body, 0) + 1), ""));
      case 'Q' -> proxy.take(text(body, 0));
      default -> null;
    };
  }

  private static int end(byte[] body, int from) {
    int end = from;
    while (end < body.length && body[end] != 0) {
      end++;
    }
    return end;
  }

  private static String text(byte[] body, int from) {
    return new String(body, from, end(body, from) - from, StandardCharsets.UTF_8);
  }

  /**
   * What the server says when it is asked about encryption is one letter, so this way is copied as
   * it comes until a cut is due: then it ends where the server is ready for the next statement.
   */
  private void toClient() throws IOException {
    byte[] chunk = new byte[1 << 16];
    byte[] last = new byte[6];
    OutputStream out = client.getOutputStream();
    for (int size = read(chunk); size >= 0; size = read(chunk)) {
      if (!cutAtReady) {
        out.write(chunk, 0, size);
      }
      keepLast(last, chunk, size);
      if (cutAtReady && isReady(last)) {
        return;
      }
    }
  }

  private int read(byte[] chunk) throws IOException {
    return server.getInputStream().read(chunk);
  }

  private static void keepLast(byte[] last, byte[] chunk, int size) {
    int kept = Math.max(0, last.length - size);
    System.arraycopy(last, last.length - kept, last, 0, kept);
    System.arraycopy(chunk, size - (last.length - kept), last, kept, last.length - kept);
  }

  private static boolean isReady(byte[] last) {
    return last[0] == 'Z' && last[1] == 0 && last[2] == 0 && last[3] == 0 && last[4] == 5;
  }

  void close() {
    proxy.ended(this);
    for (Socket socket : new Socket[] {client, server}) {
      try {
        socket.close();
      } catch (IOException nothingLeftAnyway) {
        // It is as good as closed.
      }
    }
  }
}
