package dev.concordat.bench;

/**
 * What has to hold after a measurement: the number that {@code sql} gives has grown by {@code each}
 * for every unit of work done.
 *
 * @param name what is counted, for people
 * @param sql gives one number
 * @param each by how much it grows with each unit of work; 0 if it must stay
 */
record Law(String name, String sql, long each) {}
