package dev.concordat.examples;

import dev.concordat.http.HttpStep;
import dev.concordat.saga.Saga;
import java.time.Duration;
import java.util.List;
import java.util.function.BiFunction;

/** A flight, a room and a car, booked at the same time at three services: all three or none. */
public final class TravelScenario implements SagaScenario<Trip> {

  @Override
  public String name() {
    return "travel";
  }

  @Override
  public String pattern() {
    return "saga with parallel branches";
  }

  @Override
  public String sentence() {
    return "A flight, a hotel room and a car, booked in parallel: all three or none.";
  }

  @Override
  public List<String> services() {
    return List.of("flights", "hotels", "cars");
  }

  @Override
  public Saga<Trip> saga(Surroundings around) {
    Remote flights = around.service("flights");
    Remote hotels = around.service("hotels");
    Remote cars = around.service("cars");
    return Saga.named("book-trip", Trip.class)
        .parallel(
            Saga.branch(Trip.class)
                .step("book flight", booked(flights.call("book flight"), Trip::withFlight))
                .compensate(flights.undo("cancel flight")),
            Saga.branch(Trip.class)
                .step("book hotel", booked(hotels.call("book hotel"), Trip::withRoom))
                .compensate(hotels.undo("cancel hotel")),
            Saga.branch(Trip.class)
                .step("rent car", booked(cars.call("rent car"), Trip::withCar))
                .compensate(cars.undo("return car")))
        .deadline(Duration.ofMinutes(10))
        .build();
  }

  /**
   * Each branch writes its reference into a component of its own; the branches' ends are merged.
   */
  private static HttpStep<Trip> booked(
      HttpStep<Trip> call, BiFunction<Trip, String, Trip> withReference) {
    return call.answer(
        (trip, answer) -> withReference.apply(trip, answer.required("reference").asString()));
  }

  @Override
  public Trip input(String id, long number, boolean unlucky) {
    return new Trip(id, unlucky ? "Atlantis" : "city-" + number % 50, "", "", "");
  }

  @Override
  public List<Law> laws() {
    String booked = "SELECT trip, place FROM booking WHERE status = 'BOOKED'";
    return List.of(
        Law.same(
            "a trip has flight, room and car, or none of them",
            new Law.Query("flights", booked),
            new Law.Query("hotels", booked),
            new Law.Query("cars", booked)),
        conserved("seats", "flights"),
        conserved("rooms", "hotels"),
        conserved("cars", "cars"),
        Journals.ended(home()),
        Journals.undoneInReverse(),
        Journals.doneOnce());
  }

  private static Law conserved(String what, String service) {
    return Law.none(
        what + " are conserved: free and booked ones add up to what there was",
        service,
        """
        SELECT name, 'had', opening, 'and has', free + count(trip)
        FROM place LEFT JOIN booking ON place = name AND status = 'BOOKED'
        GROUP BY name HAVING opening <> free + count(trip)
        """);
  }
}
