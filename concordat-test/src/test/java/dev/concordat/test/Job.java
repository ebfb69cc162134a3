package dev.concordat.test;

/** The state of the sagas of these tests; each parallel branch has a component of its own. */
record Job(String customer, long amount, String flight, String hotel, String car) {

  static final Job ADA = new Job("ada", 100, "", "", "");

  Job withFlight(String key) {
    return new Job(customer, amount, key, hotel, car);
  }

  Job withHotel(String key) {
    return new Job(customer, amount, flight, key, car);
  }

  Job withCar(String key) {
    return new Job(customer, amount, flight, hotel, key);
  }
}
