package dev.concordat.house;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A page of {@code docs/cases}: a table of what may go wrong, {@code | case | in short | held by
 * |}, of which each row names the tests that hold it as {@code `TestClass.method`}, or says why
 * there are none.
 *
 * @param path of the page, below the root
 * @param lines of the page
 */
record CaseTable(String path, List<String> lines) {

  private static final Pattern TEST = Pattern.compile("`([A-Z]\\w*)\\.([a-z]\\w*)`");
  private static final Pattern ROW = Pattern.compile("\\|\\s*[^|\\s-][^|]*\\|[^|]*\\|(.*)\\|\\s*");
  private static final int LEAST_WORDS = 3;

  /** Every page there is. */
  static List<CaseTable> all() {
    Path folder = Project.root().resolve("docs/cases");
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      List<CaseTable> all = new ArrayList<>();
      for (Path file : files.filter(f -> f.toString().endsWith(".md")).sorted().toList()) {
        all.add(new CaseTable("docs/cases/" + file.getFileName(), Files.readAllLines(file)));
      }
      return all;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + folder, e);
    }
  }

  /** Tests that are named and not there, rows that name none and do not say why, and no rows. */
  List<Finding> findings(Collection<JavaFile> sources) {
    List<Finding> all = new ArrayList<>();
    int rows = 0;
    for (int i = 0; i < lines.size(); i++) {
      Matcher row = ROW.matcher(lines.get(i));
      if (row.matches() && !lines.get(i).matches("\\|\\s*case\\s*\\|.*")) {
        rows++;
        all.addAll(ofRow(i + 1L, row.group(1), sources));
      }
    }
    if (rows == 0) {
      all.add(new Finding(path, 1, "holds no table of cases"));
    }
    return all;
  }

  private List<Finding> ofRow(long line, String heldBy, Collection<JavaFile> sources) {
    List<Finding> all = new ArrayList<>();
    int named = 0;
    Matcher test = TEST.matcher(heldBy);
    while (test.find()) {
      named++;
      if (!exists(test.group(1), test.group(2), sources)) {
        all.add(new Finding(path, line, "there is no test " + test.group()));
      }
    }
    if (named == 0 && heldBy.strip().split("\\s+", -1).length < LEAST_WORDS) {
      all.add(new Finding(path, line, "names no test, and does not say why"));
    }
    return all;
  }

  private static boolean exists(String type, String method, Collection<JavaFile> sources) {
    return sources.stream()
        .filter(file -> file.isNamed(type + ".java"))
        .flatMap(file -> Method.of(file).stream())
        .anyMatch(one -> one.name().equals(method));
  }
}
