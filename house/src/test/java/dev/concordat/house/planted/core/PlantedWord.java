package dev.concordat.house.planted.core;

import dev.concordat.house.planted.saga.PlantedMachine;

/** A word of the foundation that knows the upper floor: wrong, and closes a cycle. */
public interface PlantedWord {

  /** Points up. */
  PlantedMachine up();
}
