package dev.concordat.local;

import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A start that came to nothing, with what the server said about it.
 *
 * @param state how it looked from outside
 * @param log what the server wrote from this start on
 */
record StartFailure(DataFolder folder, int port, String state, String log) {
  private static final Pattern OTHER_VERSION =
      Pattern.compile("by PostgreSQL version (\\S+),.*compatible with this version (\\S+)\\.");
  private static final int LINES_SHOWN = 8;

  boolean isPortTaken() {
    return log.contains("could not bind") && log.contains("Address already in use");
  }

  /** The failure in words for the person who has to do something about it. */
  LocalPostgresException explained() {
    Matcher version = OTHER_VERSION.matcher(log);
    String message;
    if (isPortTaken()) {
      message =
          "Port " + port + " is taken by another program: choose another port, or leave it open.";
    } else if (version.find()) {
      message = otherVersion(version.group(1), version.group(2));
    } else if (log.contains("postmaster.pid\" already exists") || log.contains("still in use")) {
      message =
          "Another PostgreSQL server runs in "
              + folder.folder()
              + ": stop it first, or choose another folder.";
    } else {
      message = "PostgreSQL did not start (" + state + "). It said:\n" + lastLines();
    }
    return new LocalPostgresException(message);
  }

  private String otherVersion(String theirs, String ours) {
    return "The data in "
        + folder.folder()
        + " belong to PostgreSQL "
        + theirs
        + ", and this is PostgreSQL "
        + ours
        + ": choose another folder, or move the data with pg_dump and psql.";
  }

  private String lastLines() {
    List<String> lines = log.lines().filter(Predicate.not(String::isBlank)).toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - LINES_SHOWN), lines.size()));
  }
}
