package dev.concordat.house.planted.engine;

import dev.concordat.house.planted.PlantedDoor;
import dev.concordat.house.planted.postgres.PlantedTable;
import java.sql.Connection;

/** An engine that knows its neighbour and the door, and speaks SQL. */
public interface PlantedWorker {

  /** Points sideways. */
  PlantedTable table();

  /** Points up. */
  PlantedDoor door();

  /** Speaks SQL. */
  Connection connection();
}
