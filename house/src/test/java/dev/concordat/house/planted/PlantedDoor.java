package dev.concordat.house.planted;

/** The door of the crooked house. */
public interface PlantedDoor {}
