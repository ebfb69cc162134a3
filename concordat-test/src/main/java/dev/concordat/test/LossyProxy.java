package dev.concordat.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Stands between a program and its PostgreSQL and loses answers: it breaks a connection just before
 * a statement reaches the server, or just after the server has carried it out and answered. To the
 * program both look the same.
 *
 * {@snippet :
 * try (LossyProxy proxy = LossyProxy.to("127.0.0.1", 5432)) {
 *   dataSource.setURL(proxy.through(jdbcUrl));
 *   proxy.cut(LossyProxy.When.AFTER, "COMMIT");
 * }
 * }
 *
 * <p>It knows just enough of the protocol to see which statement is carried out, also when it was
 * prepared long before. It cannot look into encrypted connections. Safe for use by many threads.
 */
public final class LossyProxy implements AutoCloseable {

  private static final Pattern ADDRESS = Pattern.compile("//[^/]+/");

  /** Which side of the server's work the connection breaks on. */
  public enum When {
    /** The statement never arrives. */
    BEFORE,
    /** The statement is carried out; its answer never arrives. */
    AFTER
  }

  /** A cut that waits for its statement. */
  record Cut(When when, Predicate<String> sql) {}

  private final String host;
  private final int serverPort;
  private final boolean seeing;
  private final ServerSocket door;
  private final AtomicReference<@Nullable Cut> planned = new AtomicReference<>();
  private final AtomicInteger cuts = new AtomicInteger();
  private final Set<LossyLink> links = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;
  private volatile boolean refusing;

  private LossyProxy(String host, int serverPort, boolean seeing) throws IOException {
    this.host = host;
    this.serverPort = serverPort;
    this.seeing = seeing;
    this.door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  /** A proxy before the server at that address, on a free port of this machine. */
  public static LossyProxy to(String host, int port) {
    return open(host, port, true);
  }

  /**
   * The same before a server of another kind, whose protocol it cannot read: it can only {@link
   * #part} and {@link #heal}.
   */
  public static LossyProxy unseeing(String host, int port) {
    return open(host, port, false);
  }

  private static LossyProxy open(String host, int port, boolean seeing) {
    try {
      LossyProxy proxy = new LossyProxy(host, port, seeing);
      Thread.ofVirtual().name("lossy-proxy").start(proxy::accept);
      return proxy;
    } catch (IOException e) {
      throw new UncheckedIOException("no port to be had for the proxy", e);
    }
  }

  /** The port it listens on. */
  public int port() {
    return door.getLocalPort();
  }

  /** The same JDBC address, but through this proxy and, to PostgreSQL, without encryption. */
  public String through(String jdbcUrl) {
    String address = Matcher.quoteReplacement("//127.0.0.1:" + port() + "/");
    String url = ADDRESS.matcher(jdbcUrl).replaceFirst(address);
    String plain = (url.contains("?") ? "&" : "?") + "sslmode=disable&gssEncMode=disable";
    return seeing ? url + plain : url;
  }

  /**
   * Breaks the next connection that carries out a statement containing {@code sqlPart}. Several
   * statements sent together count one by one, but the server answers them together.
   */
  public void cut(When when, String sqlPart) {
    cut(when, sql -> sql.contains(sqlPart));
  }

  /** The same for the next statement that passes a test. */
  public void cut(When when, Predicate<String> sql) {
    planned.set(new Cut(when, sql));
  }

  /** Takes back a planned cut whose statement has not come. */
  public void spare() {
    planned.set(null);
  }

  /** How many connections were broken by {@link #cut}. */
  public int cuts() {
    return cuts.get();
  }

  /** Whether a planned cut still waits for its statement. */
  public boolean isWaiting() {
    return planned.get() != null;
  }

  /** Breaks all connections and, until {@link #heal}, every new one. */
  public void part() {
    refusing = true;
    List.copyOf(links).forEach(LossyLink::close);
  }

  /** Lets connections through again. */
  public void heal() {
    refusing = false;
  }

  /** Takes the planned cut if it is for that statement, so that it happens once. */
  @Nullable When take(String sql) {
    Cut cut = planned.get();
    if (cut == null || !cut.sql().test(sql) || !planned.compareAndSet(cut, null)) {
      return null;
    }
    cuts.incrementAndGet();
    return cut.when();
  }

  void ended(LossyLink link) {
    links.remove(link);
  }

  private void accept() {
    while (!closed) {
      try {
        connect(door.accept());
      } catch (IOException closedOrGone) {
        // The door was closed, or a client left before it was let in: the next may come.
      }
    }
  }

  private void connect(Socket client) throws IOException {
    if (refusing) {
      client.close();
      return;
    }
    Socket server = new Socket();
    try {
      server.connect(new InetSocketAddress(host, serverPort));
    } catch (IOException e) {
      client.close();
      server.close();
      return;
    }
    LossyLink link = new LossyLink(this, client, server);
    links.add(link);
    link.start(seeing);
    if (refusing || closed) {
      link.close();
    }
  }

  /** Breaks all connections and stops listening. */
  @Override
  public void close() {
    closed = true;
    part();
    try {
      door.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
