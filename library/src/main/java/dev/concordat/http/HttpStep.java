package dev.concordat.http;

import dev.concordat.core.FailureKind;
import dev.concordat.core.RefusedException;
import dev.concordat.saga.Call;
import dev.concordat.saga.OutsideAction;
import dev.concordat.saga.OutsideCompensation;
import dev.concordat.saga.StepFailure;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One HTTP request as a step: give it to {@code step}, {@code pivot} or {@code retriable}; or as
 * its compensation, by {@link #asCompensation}. Immutable.
 *
 * @param <S> the saga's state
 */
public final class HttpStep<S> implements OutsideAction<S> {

  private static final int MAX_ANSWER = 1024 * 1024;
  private static final int MAX_QUOTED = 200;
  private static final JsonMapper JSON = JsonMapper.shared();

  private final HttpClient client;
  private final String method;
  private final BiFunction<S, Call, URI> uri;
  private final @Nullable Function<S, Object> body;
  private final @Nullable BiFunction<S, JsonNode, S> answer;
  private final Map<String, String> headers;

  HttpStep(HttpClient client, String method, BiFunction<S, Call, URI> uri) {
    this(client, method, uri, null, null, Map.of());
  }

  private HttpStep(
      HttpClient client,
      String method,
      BiFunction<S, Call, URI> uri,
      @Nullable Function<S, Object> body,
      @Nullable BiFunction<S, JsonNode, S> answer,
      Map<String, String> headers) {
    this.client = client;
    this.method = method;
    this.uri = uri;
    this.body = body;
    this.answer = answer;
    this.headers = headers;
  }

  /** The same request with a JSON body made of the state. */
  public HttpStep<S> body(Function<S, Object> newBody) {
    return new HttpStep<>(client, method, uri, newBody, answer, headers);
  }

  /** The same request, whose JSON answer makes the new state. */
  public HttpStep<S> answer(BiFunction<S, JsonNode, S> newAnswer) {
    return new HttpStep<>(client, method, uri, body, newAnswer, headers);
  }

  /** The same request with one header more. */
  public HttpStep<S> header(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(name, value);
    return new HttpStep<>(client, method, uri, body, answer, Map.copyOf(more));
  }

  /** This request as a compensation; 404 and 410 mean that there is nothing to counteract. */
  public OutsideCompensation<S> asCompensation() {
    return (state, call) -> {
      Answer got = exchange(state, call);
      if (got.status() != 404 && got.status() != 410) {
        got.orThrow(method);
      }
    };
  }

  @Override
  public S apply(S state, Call call) throws IOException, InterruptedException {
    Answer got = exchange(state, call);
    got.orThrow(method);
    return answer == null ? state : answer.apply(state, got.json());
  }

  private Answer exchange(S state, Call call) throws IOException, InterruptedException {
    URI address = uri.apply(state, call);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address)
            .timeout(call.timeLeft())
            .header("Accept", "application/json")
            .header("Idempotency-Key", call.requestKey())
            .header("Concordat-Key", call.key())
            .header("Concordat-Attempt", Integer.toString(call.attempt()))
            .header("Concordat-Deadline", call.deadline().toString())
            .header("traceparent", call.traceparent());
    if (body == null) {
      request.method(method, HttpRequest.BodyPublishers.noBody());
    } else {
      request.header("Content-Type", "application/json");
      String json = JSON.writeValueAsString(body.apply(state));
      request.method(method, HttpRequest.BodyPublishers.ofString(json));
    }
    headers.forEach(request::setHeader);
    HttpResponse<InputStream> response = send(request.build());
    try (InputStream in = response.body()) {
      byte[] bytes = in.readNBytes(MAX_ANSWER + 1);
      return new Answer(
          address,
          response.statusCode(),
          new String(bytes, StandardCharsets.UTF_8),
          bytes.length > MAX_ANSWER,
          RetryAfter.of(response.headers()));
    }
  }

  /** A connection that never came about carried no request: that much is certain. */
  private HttpResponse<InputStream> send(HttpRequest request)
      throws IOException, InterruptedException {
    try {
      return client.send(request, HttpResponse.BodyHandlers.ofInputStream());
    } catch (ConnectException | HttpConnectTimeoutException e) {
      String said = "no connection to " + Answer.plain(request.uri());
      throw new StepFailure(
          FailureKind.TRANSIENT,
          e.getMessage() == null ? said : said + ": " + e.getMessage(),
          null,
          e);
    }
  }

  private record Answer(
      URI address, int status, String text, boolean tooLarge, @Nullable Duration retryAfter) {

    /** What the status means; see {@link Http}. */
    void orThrow(String method) {
      if (status >= 200 && status < 300) {
        return;
      }
      String said =
          method
              + " "
              + plain(address)
              + " answered "
              + status
              + (text.isBlank() ? "" : ": " + quoted());
      switch (status) {
        case 409, 422 -> throw new RefusedException(text.isBlank() ? said : quoted());
        case 425, 429 -> throw new StepFailure(FailureKind.TRANSIENT, said, retryAfter, null);
        case 408 -> throw new StepFailure(FailureKind.UNKNOWN, said, retryAfter, null);
        default ->
            throw new StepFailure(
                status >= 500 ? FailureKind.UNKNOWN : FailureKind.UNEXPECTED,
                said,
                retryAfter,
                null);
      }
    }

    JsonNode json() {
      if (tooLarge) {
        throw new IllegalStateException(
            plain(address) + " answered with more than " + MAX_ANSWER + " bytes");
      }
      return text.isBlank() ? JSON.createObjectNode() : JSON.readTree(text);
    }

    private String quoted() {
      String line = text.strip();
      return line.length() > MAX_QUOTED ? line.substring(0, MAX_QUOTED) + "…" : line;
    }

    /** Without user info and query, where secrets may be. */
    private static String plain(URI uri) {
      return uri.getScheme()
          + "://"
          + uri.getHost()
          + (uri.getPort() < 0 ? "" : ":" + uri.getPort())
          + uri.getPath();
    }
  }
}
