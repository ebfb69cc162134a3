package dev.concordat.house;

import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.ImportTree;
import com.sun.source.tree.MemberReferenceTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.TreeScanner;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Finds calls that read a clock, draw at random, sleep or begin a thread behind the engine's back.
 *
 * <p>The search is by name, in calls, constructions, method references and static imports, so text
 * in comments and strings does not disturb it.
 */
final class BannedCalls {

  /** A pattern over {@code Type.member}, with {@code new} as the member of a construction. */
  private record Ban(Pattern call, String instead) {
    static Ban of(String call, String instead) {
      return new Ban(Pattern.compile(call), instead);
    }
  }

  private static final String TIME = "take the time from the platform, or from the event's now";
  private static final String RANDOM = "draw from the platform's randomness";
  private static final String THREADS = "let the engine's platform begin threads and wait";

  private static final List<Ban> EVERYWHERE =
      List.of(
          Ban.of("System\\.(currentTimeMillis|nanoTime)", TIME),
          Ban.of("(Instant|LocalDate|LocalTime|\\w+DateTime)\\.now", TIME),
          Ban.of("Clock\\.(system\\w*|tick\\w*)", TIME),
          Ban.of("InstantSource\\.system", TIME),
          Ban.of("Date\\.new", TIME),
          Ban.of("(Random|SplittableRandom|SecureRandom)\\.new", RANDOM),
          Ban.of("UUID\\.randomUUID", RANDOM),
          Ban.of("Math\\.random", RANDOM),
          Ban.of("ThreadLocalRandom\\.\\w+", RANDOM),
          Ban.of("Thread\\.(sleep|new|ofVirtual|ofPlatform|startVirtualThread)", THREADS),
          Ban.of("TimeUnit\\.sleep|\\w+\\.sleep", THREADS),
          Ban.of("Timer\\.new|ForkJoinPool\\.\\w+|\\w*ThreadPoolExecutor\\.new", THREADS),
          Ban.of("Executors\\.\\w+", THREADS),
          Ban.of(
              "\\w*\\.(run|supply|handle|whenComplete|exceptionally\\w*|then\\w+)Async", THREADS),
          Ban.of("\\w*\\.(completeOnTimeout|orTimeout|delayedExecutor|parallelStream)", THREADS));

  private static final List<Ban> SLEEP_ONLY =
      List.of(
          Ban.of(
              "(Thread|TimeUnit|\\w*SECONDS|MINUTES|HOURS|DAYS)\\.sleep|sleep",
              "wait for what you wait for, or use virtual time"));

  private final JavaFile file;
  private final List<Ban> bans;

  private BannedCalls(JavaFile file, List<Ban> bans) {
    this.file = file;
    this.bans = bans;
  }

  /** Every banned call in a main source of the library. */
  static List<Finding> inLibrary(JavaFile file) {
    return new BannedCalls(file, EVERYWHERE).find();
  }

  /** Sleeping in a test: slow when it works and wrong when it does not. */
  static List<Finding> sleepsIn(JavaFile file) {
    return new BannedCalls(file, SLEEP_ONLY).find();
  }

  private List<Finding> find() {
    ParsedFile parsed = file.parse();
    List<Finding> found = new ArrayList<>();
    new TreeScanner<Void, Void>() {
      @Override
      public Void scan(Tree tree, Void ignored) {
        callIn(tree)
            .flatMap(BannedCalls.this::ban)
            .ifPresent(what -> found.add(Finding.at(file, parsed.firstLine(tree), what)));
        return super.scan(tree, null);
      }
    }.scan(parsed.unit(), null);
    return found;
  }

  private Optional<String> ban(String call) {
    return bans.stream()
        .filter(ban -> ban.call().matcher(call).matches())
        .map(ban -> call + " is banned here: " + ban.instead())
        .findFirst();
  }

  /** The call this part of the tree makes, as {@code Type.member}, if it makes one. */
  private static Optional<String> callIn(Tree tree) {
    return switch (tree) {
      case MethodInvocationTree call -> Optional.of(selected(call.getMethodSelect()));
      case NewClassTree creation -> Optional.of(last(creation.getIdentifier()) + ".new");
      case MemberReferenceTree reference ->
          Optional.of(last(reference.getQualifierExpression()) + "." + reference.getName())
              .map(name -> name.replace("<init>", "new"));
      case ImportTree imported when imported.isStatic() ->
          Optional.of(selected((ExpressionTree) imported.getQualifiedIdentifier()));
      case null, default -> Optional.empty();
    };
  }

  private static String selected(ExpressionTree select) {
    return select instanceof MemberSelectTree member
        ? last(member.getExpression()) + "." + member.getIdentifier()
        : "." + select;
  }

  private static String last(Tree tree) {
    return switch (tree) {
      case IdentifierTree identifier -> identifier.getName().toString();
      case MemberSelectTree member -> member.getIdentifier().toString();
      case null, default -> "";
    };
  }
}
