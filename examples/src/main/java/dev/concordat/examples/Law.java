package dev.concordat.examples;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Something that must hold when every instance has ended.
 *
 * @param name the law, as a sentence
 * @param violations finds what breaks it, told for people; nothing if it holds
 */
public record Law(String name, Function<Evidence, List<String>> violations) {

  /**
   * A question to one database, whose rows are texts.
   *
   * @param database its name
   * @param sql the question
   */
  public record Query(String database, String sql) {}

  /**
   * How a law fared.
   *
   * @param name the law
   * @param holds whether it holds
   * @param violations what breaks it
   */
  public record Finding(String name, boolean holds, List<String> violations) {

    /** Copies the violations. */
    public Finding {
      violations = List.copyOf(violations);
    }
  }

  /** A law whose violations are the rows of one query. */
  public static Law none(String name, String database, String sql) {
    return new Law(name, evidence -> evidence.rows(database, sql));
  }

  /** A law that says that several databases give the same rows. */
  public static Law same(String name, Query... queries) {
    return new Law(name, evidence -> differences(evidence, queries));
  }

  private static List<String> differences(Evidence evidence, Query... queries) {
    List<TreeSet<String>> answers =
        Arrays.stream(queries)
            .map(query -> new TreeSet<>(evidence.rows(query.database(), query.sql())))
            .toList();
    TreeSet<String> all = new TreeSet<>();
    answers.forEach(all::addAll);
    List<String> found = new ArrayList<>();
    for (String row : all) {
      for (int i = 0; i < queries.length; i++) {
        if (!answers.get(i).contains(row)) {
          found.add(row + " is missing in " + queries[i].database());
        }
      }
    }
    return found;
  }

  /** Looks whether it holds. */
  public Finding check(Evidence evidence) {
    List<String> found = violations.apply(evidence);
    return new Finding(name, found.isEmpty(), found);
  }
}
