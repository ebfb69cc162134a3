package dev.concordat.atomic;

import dev.concordat.core.BranchId;
import dev.concordat.core.BranchId.Place;
import dev.concordat.core.Status;
import dev.concordat.store.Branches;
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

  private static final String WAITS = "Waits";
  private static final String UNSEEN = "Unseen";
  private static final String FOLLOWED = "Followed";
  private static final String HEURISTIC = "Heuristic";

  private record Key(String id, String attempt) {}

  private static final class Known {
    private final List<InDoubt.Waiting> waiting = new ArrayList<>();
    private Optional<Decision> decision = Optional.empty();
    private String decider = "";
    private String mark = "";
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
          .ifPresent(
              made -> decided(of, made, one.decider().orElse(""), one.branch().id().decider()));
    }
    for (Site site : sites) {
      if (site.decides()) {
        for (Decision made : site.deciding().unsettled(null, Duration.ZERO, null, most)) {
          String attempt = made.attempt();
          if (attempt != null) {
            decided(known(made.id(), attempt), made, site.place().name(), site.place().mark());
          }
        }
      }
    }
  }

  private Known known(String id, String attempt) {
    return known.computeIfAbsent(new Key(id, attempt), unused -> new Known());
  }

  private static void decided(Known of, Decision made, String decider, String mark) {
    of.decision = Optional.of(made);
    of.decider = decider;
    of.mark = mark;
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
              WAITS,
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
          .forEach(place -> moments.add(elsewhere(made, of.mark, place)));
    });
    String name = of.decision.map(Decision::name).orElse(AtomicStory.TWO_PHASE);
    return new AtomicStory(
        of.decision.isPresent() ? name + "/" + id : id,
        name,
        status(moments),
        moments.stream().map(AtomicStory.Moment::at).min(Comparator.naturalOrder()).orElseThrow(),
        moments);
  }

  /** Where all have followed, only the note of it is to be made yet. */
  private static Status status(List<AtomicStory.Moment> moments) {
    List<String> types = moments.stream().map(AtomicStory.Moment::type).toList();
    if (types.contains(HEURISTIC)) {
      return Status.NEEDS_ATTENTION;
    }
    return types.contains(WAITS) || types.contains(UNSEEN) ? Status.PREPARED : Status.COMPLETED;
  }

  private static boolean waits(Known of, Place place) {
    return of.waiting.stream().anyMatch(one -> one.branch().id().branch().equals(place));
  }

  /** A branch that was prepared, and was not found so. */
  private AtomicStory.Moment elsewhere(Decision made, String decider, Place place) {
    return sites.stream()
        .filter(site -> site.place().mark().equals(place.mark()))
        .findFirst()
        .map(site -> followed(made, site, new BranchId(made.id(), attempt(made), place, decider)))
        .orElseGet(() ->
            moment(
                made,
                place,
                UNSEEN,
                "was prepared; its database was not looked at, name it with --database"));
  }

  /** It may also have been prepared, and have ended, since those that wait were looked for. */
  private static AtomicStory.Moment followed(Decision made, Site site, BranchId branch) {
    Place place = branch.branch();
    if (site.branches().hasCommitted(branch)) {
      return moment(made, place, FOLLOWED, "was prepared, and committed; that is to be noted");
    }
    boolean waits =
        site.branches().prepared().stream().map(Branches.Prepared::id).anyMatch(branch::equals);
    if (waits || site.branches().hasCommitted(branch)) {
      return moment(made, place, WAITS, "is prepared, and commits as soon as somebody tells it");
    }
    return moment(
        made,
        place,
        HEURISTIC,
        "was to commit and did not: somebody rolled it back by hand, or its database has lost it;"
            + " see concordat indoubt show");
  }

  private static String attempt(Decision made) {
    return String.valueOf(made.attempt());
  }

  private static AtomicStory.Moment moment(Decision made, Place place, String type, String text) {
    return new AtomicStory.Moment(made.at(), place.name(), type, text);
  }
}
