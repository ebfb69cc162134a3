package dev.concordat.test;

import dev.concordat.saga.SagaEvent;
import dev.concordat.saga.Story;
import dev.concordat.store.Entry;
import dev.concordat.store.InstanceRow;
import java.util.List;

/** What the store says of one instance when all is over. */
record Observation(InstanceRow row, List<Entry> entries, Story story) {

  List<SagaEvent> events() {
    return story.moments().stream().map(Story.Moment::event).toList();
  }
}
