package dev.concordat.http;

import dev.concordat.saga.Call;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.function.BiFunction;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/**
 * Steps over HTTP. Each request carries {@code Idempotency-Key}, {@code traceparent} and {@code
 * Concordat-Deadline}. The answer means: 2xx Done; 409 and 422 refused by the business; 408, 425,
 * 429 and 5xx try again with the same key, not before {@code Retry-After}; any other 4xx a mistake
 * in the program, which a person must see.
 *
 * <p>Thread-safe; make one per application.
 */
public final class Http {

  private static final Duration CONNECT = Duration.ofSeconds(5);

  private final HttpClient client;

  /** With a client of its own: HTTP/1.1, connecting within five seconds, no redirects. */
  public Http() {
    this(
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build());
  }

  /** With your client. */
  public Http(HttpClient client) {
    this.client = client;
  }

  /** A POST to the address that {@code uri} makes of the state. */
  public <S> HttpStep<S> post(BiFunction<S, Call, URI> uri) {
    return new HttpStep<>(client, "POST", uri);
  }

  /** A POST to a fixed address. */
  public <S> HttpStep<S> post(String uri) {
    return post(fixed(uri));
  }

  /** A PUT to the address that {@code uri} makes of the state. */
  public <S> HttpStep<S> put(BiFunction<S, Call, URI> uri) {
    return new HttpStep<>(client, "PUT", uri);
  }

  /** A DELETE of the address that {@code uri} makes of the state. */
  public <S> HttpStep<S> delete(BiFunction<S, Call, URI> uri) {
    return new HttpStep<>(client, "DELETE", uri);
  }

  /** A GET of the address that {@code uri} makes of the state, for look-ups. */
  public <S> HttpStep<S> get(BiFunction<S, Call, URI> uri) {
    return new HttpStep<>(client, "GET", uri);
  }

  private static <S> BiFunction<S, Call, URI> fixed(String uri) {
    URI parsed = URI.create(uri);
    return (state, call) -> parsed;
  }

  /** Reads one field of a JSON answer as text. */
  public static Function<JsonNode, String> field(String name) {
    return node -> node.required(name).asString();
  }
}
