package dev.concordat.test;

import dev.concordat.store.Entry;
import dev.concordat.store.InstanceRow;
import java.util.List;

/** What the store says of one instance when all is over; {@code why} in words. */
record Observation(InstanceRow row, List<Entry> entries, List<?> events, String why) {}
