package dev.concordat.house.planted.postgres;

/** A neighbour of the engine. */
public interface PlantedTable {}
