package dev.concordat.house.planted.attic;

/** Stands in a room the plan does not know. */
public interface PlantedBox {}
