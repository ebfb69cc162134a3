package dev.concordat.examples;

/**
 * A trip.
 *
 * @param id its id
 * @param city where to
 * @param flight the reference of the flight, once booked
 * @param room the reference of the hotel room, once booked
 * @param car the reference of the car, once rented
 */
public record Trip(String id, String city, String flight, String room, String car) {

  Trip withFlight(String reference) {
    return new Trip(id, city, reference, room, car);
  }

  Trip withRoom(String reference) {
    return new Trip(id, city, flight, reference, car);
  }

  Trip withCar(String reference) {
    return new Trip(id, city, flight, room, reference);
  }
}
