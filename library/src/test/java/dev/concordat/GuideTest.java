package dev.concordat;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.concordat.core.Outcome;
import dev.concordat.core.RefusedException;
import dev.concordat.core.RetryPolicy;
import dev.concordat.core.Status;
import dev.concordat.http.Http;
import dev.concordat.saga.Saga;
import dev.concordat.saga.SagaHandle;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

/**
 * Goal: the saga of docs/saga.md compiles and runs, forward and back. Method: it stands here too,
 * and ReadmeTest compares; a real HTTP server and a real PostgreSQL.
 */
class GuideTest {

  record Trip(String customer, String flight, String room) {
    Trip withFlight(String newFlight) {
      return new Trip(customer, newFlight, room);
    }

    Trip withRoom(String newRoom) {
      return new Trip(customer, flight, newRoom);
    }

    Trip approved(boolean yes) {
      if (!yes) {
        throw new RefusedException("not approved");
      }
      return this;
    }
  }

  private final Queue<String> happened = new ConcurrentLinkedQueue<>();

  /** The trips of the example, in the database of the saga. */
  private final class Trips {
    Trip insert(Connection tx, Trip trip) throws SQLException {
      Fixture.note(tx, "entered");
      return trip;
    }

    void reject(Connection tx, Trip trip) throws SQLException {
      Fixture.note(tx, "rejected");
    }
  }

  /** The systems outside of the example. */
  private final class Outside {
    String book(String key) {
      happened.add("room booked");
      return "12";
    }

    void cancel(String key) {
      happened.add("room cancelled");
    }

    Trip charge(String key, Trip trip) {
      happened.add("charged");
      return trip;
    }

    Outcome<Trip> lookUp(String key, Trip trip) {
      return new Outcome.Unknown<>("nobody asked");
    }

    Trip send(String key, Trip trip) {
      happened.add("ticket sent");
      return trip;
    }
  }

  private HttpServer airline() throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/bookings",
        exchange -> {
          happened.add("flight " + exchange.getRequestMethod());
          byte[] answer = "{\"id\":\"SK 1\"}".getBytes(java.nio.charset.StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    return server;
  }

  private Saga<Trip> bookTrip(String airline) {
    Http http = new Http();
    Trips trips = new Trips();
    Outside hotels = new Outside();
    Outside cards = hotels;
    Outside mail = hotels;

    Saga<Trip> bookTrip =
        Saga.named("book-trip", Trip.class)
            .version(1)
            .attribute("customer", Trip::customer)
            .local("enter", (tx, trip) -> trips.insert(tx, trip))
            .compensate((tx, trip) -> trips.reject(tx, trip))
            .parallel(
                Saga.branch(Trip.class)
                    .step(
                        "book flight",
                        http.<Trip>post(airline + "/bookings")
                            .body(trip -> Map.of("from", "OSL"))
                            .answer(
                                (trip, json) -> trip.withFlight(json.required("id").asString())))
                    .compensate(
                        http.<Trip>delete(
                                (trip, call) -> URI.create(airline + "/bookings/" + call.key()))
                            .asCompensation()),
                Saga.branch(Trip.class)
                    .step("book hotel", (trip, call) -> trip.withRoom(hotels.book(call.key())))
                    .compensate((trip, call) -> hotels.cancel(call.key()))
                    .retry(
                        RetryPolicy.exponential(Duration.ofMillis(200))
                            .upTo(Duration.ofSeconds(10))
                            .attempts(5))
                    .timeout(Duration.ofSeconds(30)))
            .awaitSignal("approval", Boolean.class, (trip, yes) -> trip.approved(yes))
            .timeout(Duration.ofDays(2))
            .pivot("charge", (trip, call) -> cards.charge(call.key(), trip))
            .inDoubt((trip, call) -> cards.lookUp(call.key(), trip))
            .retriable("send ticket", (trip, call) -> mail.send(call.key(), trip))
            .deadline(Duration.ofDays(3))
            .build();
    return bookTrip;
  }

  @Test
  void theSagaOfTheGuideRunsForwardAndBack() throws Exception {
    HttpServer airline = airline();
    Saga<Trip> saga = bookTrip("http://127.0.0.1:" + airline.getAddress().getPort());
    try (Fixture db = Fixture.open();
        Concordat concordat = db.concordat(saga).start()) {
      SagaHandle<Trip> approved = concordat.start(saga, "one", new Trip("ada", "", ""));
      approved.signal("approval", true);

      assertThat(approved.await(Fixture.PATIENCE).state()).isEqualTo(new Trip("ada", "SK 1", "12"));
      assertThat(happened)
          .containsExactlyInAnyOrder("flight POST", "room booked", "charged", "ticket sent");

      happened.clear();
      SagaHandle<Trip> declined = concordat.start(saga, "two", new Trip("bob", "", ""));
      declined.signal("approval", false);

      assertThat(declined.await(Fixture.PATIENCE).status()).isEqualTo(Status.COMPENSATED);
      assertThat(happened)
          .containsExactlyInAnyOrder(
              "flight POST", "room booked", "flight DELETE", "room cancelled");
      assertThat(db.ledger()).isEqualTo("entered,entered,rejected");
    } finally {
      airline.stop(0);
    }
  }
}
