package dev.concordat.cli;

import dev.concordat.Concordat;
import dev.concordat.atomic.AtomicStory;
import dev.concordat.atomic.InDoubt;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import picocli.CommandLine.Option;

/** Where else than in the one database to look for commits that have not ended. */
final class AtomicOptions {

  private static final int MOST = 500;

  @Option(
      names = "--database",
      paramLabel = "NAME=URL",
      description = {
        "One more database that takes part in two-phase commits, as",
        "ledger=jdbc:postgresql://host/name?user=…; may be given several times."
      })
  private final Map<String, String> databases = new LinkedHashMap<>();

  /** Two-phase commits that have not ended, newest first, and then three-phase commits. */
  List<AtomicStory> under(DataSource source, DatabaseOptions own, int most) {
    if (isOnlyAParticipants(source, own)) {
      return Concordat.threePhaseStories(source, Optional.empty(), most);
    }
    Map<String, DataSource> all = all(source, own);
    List<AtomicStory> stories = new ArrayList<>();
    try (InDoubt doubt = Concordat.inDoubt(all, own.schema())) {
      stories.addAll(doubt.stories(MOST));
    }
    all.values()
        .forEach(one -> stories.addAll(Concordat.threePhaseStories(one, Optional.empty(), most)));
    return stories;
  }

  /** The one that is called so, if there is. */
  Optional<AtomicStory> find(DataSource source, DatabaseOptions own, String id) {
    if (isOnlyAParticipants(source, own)) {
      return Concordat.threePhaseStories(source, Optional.of(id), MOST).stream().findFirst();
    }
    Map<String, DataSource> all = all(source, own);
    try (InDoubt doubt = Concordat.inDoubt(all, own.schema())) {
      Optional<AtomicStory> found =
          doubt.stories(MOST).stream().filter(story -> story.isCalled(id)).findFirst();
      return found.isPresent()
          ? found
          : all.values().stream()
              .flatMap(one -> Concordat.threePhaseStories(one, Optional.of(id), MOST).stream())
              .findFirst();
    }
  }

  /** Whether that database has nothing to tell but what a participant knows. */
  static boolean isOnlyAParticipants(DataSource source, DatabaseOptions own) {
    return new DatabaseExamination(source, Duration.ZERO).isOnlyAParticipants(own.schema());
  }

  private Map<String, DataSource> all(DataSource source, DatabaseOptions own) {
    Map<String, DataSource> all = new LinkedHashMap<>();
    all.put("database", source);
    databases.forEach((name, url) -> {
      DatabasesOptions.requireName("--database", name);
      all.put(name, own.at(url).reachable(System.getenv()));
    });
    return all;
  }
}
