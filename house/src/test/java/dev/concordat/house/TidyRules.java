package dev.concordat.house;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The rules on sizes, words and packages; each answers where it is broken. */
final class TidyRules {
  static final int FILE_LINES = 500;
  static final int METHOD_LINES = 60;
  static final int LONG_METHOD_LINES = 40;
  static final int COLUMNS = 100;
  static final int PARAMETERS = 4;

  private static final Pattern POSTPONED = Pattern.compile("\\b(TO" + "DO|FIX" + "ME|XX" + "X)\\b");
  private static final Pattern DISABLED = Pattern.compile("@Disabled\\w*\\b");
  private static final Pattern MOCKS =
      Pattern.compile("import (static )?(org\\.mockito|org\\.easymock|io\\.mockk|mockit)\\..*");
  private static final String PACKAGE_INFO = "package-info.java";

  private TidyRules() {}

  static List<Finding> fileSize(JavaFile file) {
    int lines = file.lines().size();
    return lines <= FILE_LINES
        ? List.of()
        : List.of(Finding.at(file, 1, lines + " lines; at most " + FILE_LINES + ": split it"));
  }

  static List<Finding> lineWidth(JavaFile file) {
    return linesWhere(
        file,
        line -> !line.startsWith("import ") && line.codePointCount(0, line.length()) > COLUMNS,
        "wider than " + COLUMNS + " columns");
  }

  static List<Finding> methodSize(JavaFile file) {
    return Method.of(file).stream()
        .filter(method -> method.lines() > METHOD_LINES)
        .map(method -> tooLong(method, METHOD_LINES))
        .toList();
  }

  /** The methods above forty lines, if they are one in a hundred or more of all. */
  static List<Finding> longMethods(Collection<JavaFile> files) {
    List<Method> all = files.stream().flatMap(file -> Method.of(file).stream()).toList();
    List<Method> tall = all.stream().filter(m -> m.lines() > LONG_METHOD_LINES).toList();
    return tall.size() * 100 < all.size()
        ? List.of()
        : tall.stream().map(method -> tooLong(method, LONG_METHOD_LINES)).toList();
  }

  private static Finding tooLong(Method method, int limit) {
    String what = method.name() + " takes " + method.lines() + " lines; limit " + limit;
    return Finding.at(method.file(), method.line(), what);
  }

  /** Public methods with more than four parameters: counted, not forbidden. */
  static long manyParameters(Collection<JavaFile> files) {
    return files.stream()
        .flatMap(file -> Method.of(file).stream())
        .filter(method -> method.isPublic() && method.parameters() > PARAMETERS)
        .count();
  }

  static List<Finding> postponedWork(JavaFile file) {
    return linesWhere(file, POSTPONED.asPredicate(), "do it now, or open an issue");
  }

  static List<Finding> disabledTests(JavaFile file) {
    return linesWhere(
        file, line -> DISABLED.matcher(line.strip()).lookingAt(), "a test runs or goes");
  }

  static List<Finding> mocks(JavaFile file) {
    return linesWhere(file, MOCKS.asMatchPredicate(), "no mocks: use the real thing or a fake");
  }

  private static List<Finding> linesWhere(JavaFile file, Predicate<String> bad, String what) {
    List<String> lines = file.lines();
    return IntStream.range(0, lines.size())
        .filter(i -> bad.test(lines.get(i)))
        .mapToObj(i -> Finding.at(file, i + 1L, what))
        .toList();
  }

  /** Every package says what it is for, and that its types are never null unless they say so. */
  static List<Finding> packageInfo(Collection<JavaFile> files) {
    Set<String> described =
        files.stream()
            .filter(file -> file.isNamed(PACKAGE_INFO) && file.text().contains("\n@NullMarked"))
            .map(JavaFile::folder)
            .collect(Collectors.toSet());
    Set<String> bare =
        files.stream()
            .filter(file -> !file.isNamed("module-info.java"))
            .map(JavaFile::folder)
            .filter(folder -> !described.contains(folder))
            .collect(Collectors.toCollection(TreeSet::new));
    return bare.stream()
        .map(folder -> new Finding(folder + PACKAGE_INFO, 1, "missing, or without @NullMarked"))
        .toList();
  }

  /** Everything one file of any kind has to keep. */
  static List<Finding> ofAnyFile(JavaFile file) {
    List<Finding> found = new ArrayList<>();
    Stream.of(fileSize(file), lineWidth(file), methodSize(file), postponedWork(file))
        .forEach(found::addAll);
    return found;
  }
}
