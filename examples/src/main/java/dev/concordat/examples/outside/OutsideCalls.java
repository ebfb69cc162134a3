package dev.concordat.examples.outside;

import dev.concordat.reservation.CallbackSignature;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.json.JsonMapper;

/** Calls back, signed, until it is heard. */
final class OutsideCalls {

  private static final int AT_ONCE = 100;
  private static final long PAUSE_NANOS = 50_000_000;
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final OutsideBooks books;
  private final HttpClient http = HttpClient.newHttpClient();
  private volatile String url = "";

  OutsideCalls(OutsideBooks books) {
    this.books = books;
  }

  void start() {
    Thread.ofPlatform().daemon().name("calls back").start(this::run);
  }

  /** Whom to call from now on. */
  void call(String address) {
    url = address;
  }

  private void run() {
    while (true) {
      String to = url;
      try {
        if (!to.isEmpty()) {
          tell(to, books.notices(AT_ONCE));
        }
      } catch (SQLException | IOException | InterruptedException e) {
        // Nobody listens just now; it stays to be told.
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private void tell(String to, List<OutsideBooks.Notice> notices)
      throws SQLException, IOException, InterruptedException {
    for (OutsideBooks.Notice notice : notices) {
      byte[] body = body(notice).getBytes(StandardCharsets.UTF_8);
      CallbackSignature signature = OutsideClient.signature();
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(to))
              .timeout(TIMEOUT)
              .header(CallbackSignature.HEADER, signature.sign(Instant.now(), body))
              .POST(HttpRequest.BodyPublishers.ofByteArray(body))
              .build();
      if (http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() / 100 == 2) {
        books.delivered(notice.no());
      }
    }
  }

  private String body(OutsideBooks.Notice notice) throws SQLException {
    Map<String, Object> fields =
        OutsideServer.fields(books.find(notice.key()).orElseThrow(SQLException::new));
    fields.put("key", notice.key());
    fields.put("event", notice.event());
    fields.put("status", notice.status());
    return JsonMapper.shared().writeValueAsString(fields);
  }
}
