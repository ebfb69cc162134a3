package dev.concordat.engine;

import dev.concordat.store.Change;
import dev.concordat.store.InstanceRow;
import dev.concordat.store.NewInstance;
import dev.concordat.store.Write;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;

/** What never changes about an instance while one worker holds it. */
record Identity(long no, String id, UUID uid, long token, OptionalLong parent) {

  static Identity of(NewInstance born) {
    return new Identity(born.no(), born.id(), born.uid(), NewInstance.FIRST_TOKEN, born.parent());
  }

  static Identity of(InstanceRow row) {
    return new Identity(row.no(), row.id(), row.uid(), row.token(), row.parent());
  }

  Write writing(int position, String events, Change change) {
    return new Write(no, token, position, events, null, change, List.of());
  }
}
