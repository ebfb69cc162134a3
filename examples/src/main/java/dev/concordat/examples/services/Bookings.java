package dev.concordat.examples.services;

import dev.concordat.examples.db.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import tools.jackson.databind.JsonNode;

/**
 * Books places for trips: seats of flights, rooms of hotels, cars. Three services run this program,
 * each with a database and a step of its own. In {@code Atlantis} there is no room.
 */
final class Bookings {

  private static final String TABLES =
      """
      CREATE TABLE IF NOT EXISTS place (
        name    text PRIMARY KEY,
        opening int  NOT NULL,
        free    int  NOT NULL
      );
      CREATE TABLE IF NOT EXISTS booking (
        trip   text PRIMARY KEY,
        place  text NOT NULL,
        status text NOT NULL
      );
      INSERT INTO place
      SELECT 'city-' || n, 1000000, 1000000 FROM generate_series(0, 49) AS n
      ON CONFLICT DO NOTHING;
      """;

  private final String what;

  private Bookings(String what) {
    this.what = what;
  }

  /** A service that sells one kind of thing; Atlantis has the given number of them. */
  static ServicePlan plan(String name, String book, String cancel, int inAtlantis) {
    Bookings bookings = new Bookings(name);
    String atlantis =
        "INSERT INTO place VALUES ('Atlantis', %d, %d) ON CONFLICT DO NOTHING;"
            .formatted(inAtlantis, inAtlantis);
    return new ServicePlan(name, TABLES + atlantis)
        .endpoint(book, bookings::book)
        .endpoint(cancel, Bookings::cancel);
  }

  private Reply book(Connection tx, JsonNode trip) throws SQLException {
    String id = Request.text(trip, "id");
    if (Sql.number(tx, "SELECT 1 FROM booking WHERE trip = ?", id).isPresent()) {
      return Reply.refused(id + " was cancelled before it was booked");
    }
    String place = Request.text(trip, "city");
    String take = "UPDATE place SET free = free - 1 WHERE name = ? AND free > 0";
    if (Sql.update(tx, take, place) == 0) {
      return Reply.refused("no " + what + " left in " + place);
    }
    Sql.update(tx, "INSERT INTO booking VALUES (?, ?, 'BOOKED')", id, place);
    return new Reply(200, "{\"reference\":\"" + what + "/" + id + "\"}");
  }

  /** Frees what is booked; if nothing is, the row refuses a booking that comes late. */
  private static Reply cancel(Connection tx, JsonNode trip) throws SQLException {
    String id = Request.text(trip, "id");
    String none = "INSERT INTO booking VALUES (?, ?, 'CANCELLED') ON CONFLICT DO NOTHING";
    if (Sql.update(tx, none, id, Request.text(trip, "city")) == 0) {
      Sql.update(
          tx,
          """
          WITH cancelled AS (
            UPDATE booking SET status = 'CANCELLED' WHERE trip = ? AND status = 'BOOKED'
            RETURNING place)
          UPDATE place SET free = free + 1 FROM cancelled WHERE name = cancelled.place
          """,
          id);
    }
    return Reply.DONE;
  }
}
