package dev.concordat.atomic;

import dev.concordat.core.BranchId.Place;
import dev.concordat.core.Status;
import dev.concordat.store.Decisions.Decision;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Puts together what branches that wait and decisions that are not followed yet tell. */
final class InDoubtStories {

  private record Key(String id, String attempt) {}

  private static final class Known {
    private final List<InDoubt.Waiting> waiting = new ArrayList<>();
    private Optional<Decision> decision = Optional.empty();
    private String decider = "";
  }

  private final List<Site> sites;
  private final Map<Key, Known> known = new LinkedHashMap<>();

  InDoubtStories(List<Site> sites, List<InDoubt.Waiting> waiting, int most) {
    this.sites = sites;
    for (InDoubt.Waiting one : waiting) {
      Known of = known(one.branch().id().id(), one.branch().id().attempt());
      of.waiting.add(one);
      one.decision()
          .filter(made -> made.commits(one.branch().id().attempt()))
          .ifPresent(made -> decided(of, made, one.decider().orElse("")));
    }
    for (Site site : sites) {
      if (site.decides()) {
        for (Decision made : site.deciding().unsettled(null, Duration.ZERO, most)) {
          String attempt = made.attempt();
          if (attempt != null) {
            decided(known(made.id(), attempt), made, site.place().name());
          }
        }
      }
    }
  }

  private Known known(String id, String attempt) {
    return known.computeIfAbsent(new Key(id, attempt), unused -> new Known());
  }

  private static void decided(Known of, Decision made, String decider) {
    of.decision = Optional.of(made);
    of.decider = decider;
  }

  List<AtomicStory> all() {
    List<AtomicStory> all = new ArrayList<>();
    known.forEach((key, of) -> all.add(story(key.id(), of)));
    all.sort(Comparator.comparing(AtomicStory::since).reversed());
    return all;
  }

  private AtomicStory story(String id, Known of) {
    List<AtomicStory.Moment> moments = new ArrayList<>();
    for (InDoubt.Waiting one : of.waiting) {
      moments.add(
          new AtomicStory.Moment(
              one.branch().since(),
              one.branch().id().branch().name(),
              "Waits",
              "is prepared, and waits for "
                  + one.branch().age().toSeconds()
                  + " s; "
                  + one.next()));
    }
    of.decision.ifPresent(made -> {
      moments.add(
          new AtomicStory.Moment(
              made.at(),
              of.decider,
              "Decided",
              "committed, and with it the decision that all commit"));
      made.branches().stream()
          .filter(place -> !waits(of, place))
          .forEach(place -> moments.add(elsewhere(made, place)));
    });
    String name = of.decision.map(Decision::name).orElse(AtomicStory.TWO_PHASE);
    return new AtomicStory(
        of.decision.isPresent() ? name + "/" + id : id,
        name,
        isOver(of) ? Status.COMPLETED : Status.PREPARED,
        moments.stream().map(AtomicStory.Moment::at).min(Comparator.naturalOrder()).orElseThrow(),
        moments);
  }

  /** All branches were looked at and none waits: only the note of it is to be made yet. */
  private boolean isOver(Known of) {
    return of.waiting.isEmpty()
        && of.decision.stream()
            .flatMap(made -> made.branches().stream())
            .allMatch(this::isLookedAt);
  }

  private boolean isLookedAt(Place place) {
    return sites.stream().anyMatch(site -> site.place().mark().equals(place.mark()));
  }

  private static boolean waits(Known of, Place place) {
    return of.waiting.stream().anyMatch(one -> one.branch().id().branch().equals(place));
  }

  /** A branch that was prepared, and is not found so. */
  private AtomicStory.Moment elsewhere(Decision made, Place place) {
    boolean looked = isLookedAt(place);
    return new AtomicStory.Moment(
        made.at(),
        place.name(),
        looked ? "Followed" : "Unseen",
        looked
            ? "is prepared no more; that is to be noted"
            : "was prepared; its database was not looked at, name it with --database");
  }
}
