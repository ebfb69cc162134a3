package dev.concordat.house.planted.saga;

import java.sql.Connection;

/** What the machine reaches in its own package. */
public interface PlantedStep {

  /** Speaks SQL. */
  Connection connection();
}
