package dev.concordat.house.planted.saga;

import dev.concordat.house.planted.core.PlantedWord;
import java.sql.Connection;
import java.util.concurrent.Executor;

/** A machine that is not pure in four ways, one of them hidden in a neighbour of its package. */
public interface PlantedMachine {

  /** Points down: right. */
  PlantedWord word();

  /** Speaks SQL. */
  Connection connection();

  /** Runs things elsewhere. */
  Executor executor();

  /** Owns a thread. */
  Thread thread();

  /** Reaches SQL through a type of its own package. */
  PlantedStep step();
}
