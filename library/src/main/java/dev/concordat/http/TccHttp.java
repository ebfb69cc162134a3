package dev.concordat.http;

import dev.concordat.tcc.TccAnswer;
import dev.concordat.tcc.TccAnswer.Done;
import dev.concordat.tcc.TccAnswer.Refused;
import dev.concordat.tcc.TccAnswer.Unknown;
import dev.concordat.tcc.TccCall;
import dev.concordat.tcc.TccParticipant;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A participant that is asked over HTTP, as {@code docs/tcc-participants.md} says: {@code POST
 * {base}/try}, {@code /confirm} and {@code /cancel}. Status 200 means Done, 409 with a code
 * Refused; everything else, and no answer, is Unknown. Its other side is {@link TccEndpoint}.
 * Thread-safe.
 */
public final class TccHttp implements TccParticipant {

  static final String TRANSACTION = "Concordat-Transaction";
  static final String BRANCH = "Concordat-Branch";
  static final String ATTEMPT = "Concordat-Attempt";
  static final String HOLD_UNTIL = "Concordat-Hold-Until";
  static final String DEADLINE = "Concordat-Deadline";
  static final String TIME_LEFT = "Concordat-Time-Left";
  static final int DONE = 200;
  static final int REFUSED = 409;

  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration SHORTEST = Duration.ofMillis(1);
  private static final int MAX_ANSWER = 128 * 1024;
  private static final int MAX_QUOTED = 200;
  private static final JsonMapper JSON = JsonMapper.shared();

  private final HttpClient client;
  private final String base;

  /**
   * A participant at that address, asked with a client of its own: HTTP/1.1, connecting within five
   * seconds, no redirects.
   */
  public TccHttp(URI base) {
    this(
        base,
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build());
  }

  /** The same, asked with your client. */
  public TccHttp(URI base, HttpClient client) {
    this.client = client;
    this.base = base.toString().replaceFirst("/+$", "");
  }

  @Override
  public TccAnswer answer(TccCall call) throws IOException, InterruptedException {
    HttpResponse<InputStream> response = client.send(request(call), BodyHandlers.ofInputStream());
    try (InputStream in = response.body()) {
      byte[] bytes = in.readNBytes(MAX_ANSWER + 1);
      if (bytes.length > MAX_ANSWER) {
        return unknown(response, said(response, "") + " with more than " + MAX_ANSWER + " bytes");
      }
      return answer(response, new String(bytes, StandardCharsets.UTF_8));
    }
  }

  private HttpRequest request(TccCall call) {
    String operation = call.operation().name().toLowerCase(Locale.ROOT);
    Duration left = call.timeLeft().compareTo(SHORTEST) < 0 ? SHORTEST : call.timeLeft();
    return HttpRequest.newBuilder(URI.create(base + "/" + operation))
        .timeout(left)
        .header("Content-Type", "application/json")
        .header("Accept", "application/json")
        .header(TRANSACTION, call.branch().transaction().toString())
        .header(BRANCH, call.branch().branch())
        .header(ATTEMPT, Integer.toString(call.attempt()))
        .header(HOLD_UNTIL, call.holdUntil().toString())
        .header(DEADLINE, call.deadline().toString())
        .header(TIME_LEFT, Long.toString(left.toMillis()))
        .header("Idempotency-Key", call.key())
        .header("traceparent", call.traceparent())
        .POST(BodyPublishers.ofString(call.body()))
        .build();
  }

  private static TccAnswer answer(HttpResponse<InputStream> response, String body) {
    @Nullable JsonNode json = json(body);
    if (response.statusCode() == DONE && body.isBlank()) {
      return new Done("null");
    }
    if (response.statusCode() == DONE && json != null) {
      return new Done(body);
    }
    TccAnswer.@Nullable Code code =
        response.statusCode() == REFUSED && json != null ? code(json) : null;
    return code == null
        ? unknown(response, said(response, body))
        : new Refused(code, json == null ? "" : json.path("reason").asString(""));
  }

  private static Unknown unknown(HttpResponse<InputStream> response, String detail) {
    return new Unknown(detail, RetryAfter.of(response.headers()));
  }

  private static @Nullable JsonNode json(String body) {
    try {
      return body.isBlank() ? null : JSON.readTree(body);
    } catch (JacksonException e) {
      return null;
    }
  }

  /** Null if it is none of ours: then some other server may have said it. */
  private static TccAnswer.@Nullable Code code(JsonNode json) {
    String text = json.path("code").asString("");
    for (TccAnswer.Code code : TccAnswer.Code.values()) {
      if (code.name().equals(text)) {
        return code;
      }
    }
    return null;
  }

  private static String said(HttpResponse<InputStream> response, String body) {
    String line = body.strip();
    String quoted = line.length() > MAX_QUOTED ? line.substring(0, MAX_QUOTED) + "…" : line;
    Duration later = RetryAfter.of(response.headers());
    return response.uri().getHost()
        + " answered "
        + response.statusCode()
        + (later == null ? "" : ", not before " + later.toSeconds() + " s")
        + (quoted.isEmpty() ? "" : ": " + quoted);
  }
}
