package dev.concordat.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tidy rules see what they are meant to see: each is shown a planted bad example. */
class TidyRulesTest {

  private static JavaFile file(String text) {
    return new JavaFile("library/src/main/java/dev/concordat/saga/Planted.java", text);
  }

  private static JavaFile methodOf(int lines) {
    String body = "    int a;\n".repeat(lines - 2);
    return file("class Planted {\n  void tall() {\n" + body + "  }\n}\n");
  }

  @Nested
  class Sizes {

    @Test
    void aFileOfFiveHundredLinesIsTheLongest() {
      assertThat(TidyRules.fileSize(file("//\n".repeat(500)))).isEmpty();
      assertThat(TidyRules.fileSize(file("//\n".repeat(501)))).hasSize(1);
    }

    @Test
    void aMethodOfSixtyLinesIsTheLongest() {
      assertThat(TidyRules.methodSize(methodOf(60))).isEmpty();
      assertThat(TidyRules.methodSize(methodOf(61)))
          .singleElement()
          .hasToString(
              "library/src/main/java/dev/concordat/saga/Planted.java:2: "
                  + "tall takes 61 lines; limit 60");
    }

    @Test
    void aMethodInAnInnerOrAnonymousClassCountsToo() {
      String inner = "Object o = new Object() { public int hashCode() {" + "\n".repeat(61) + "}};";

      assertThat(TidyRules.methodSize(file("class Planted {" + inner + "}"))).hasSize(1);
    }

    @Test
    void oneLongMethodInAHundredIsTooMany() {
      JavaFile shorts = file("class Planted { " + "void f() {} ".repeat(100) + "}");

      assertThat(TidyRules.longMethods(List.of(shorts, methodOf(41)))).isEmpty();
      assertThat(TidyRules.longMethods(List.of(shorts, methodOf(41), methodOf(41)))).hasSize(2);
    }

    @Test
    void aLineOfAHundredColumnsIsTheWidest() {
      assertThat(TidyRules.lineWidth(file("x".repeat(100)))).isEmpty();
      assertThat(TidyRules.lineWidth(file("x".repeat(101)))).hasSize(1);
    }

    @Test
    void publicMethodsWithFiveParametersAreCounted() {
      JavaFile five = file("class P { public void f(int a, int b, int c, int d, int e) {} }");

      assertThat(TidyRules.manyParameters(List.of(five, methodOf(3)))).isOne();
    }
  }

  @Nested
  class Calls {

    @ParameterizedTest
    @ValueSource(
        strings = {
          "System.currentTimeMillis()",
          "System.nanoTime()",
          "Instant.now()",
          "java.time.Instant.now()",
          "Clock.systemUTC()",
          "Thread.sleep(1)",
          "TimeUnit.SECONDS.sleep(1)",
          "new Random()",
          "new java.util.Random(7)",
          "UUID.randomUUID()",
          "ThreadLocalRandom.current()",
          "Executors.newVirtualThreadPerTaskExecutor()",
          "CompletableFuture.supplyAsync(f)",
          "future.thenApplyAsync(f)",
          "new Thread(f)",
          "Thread.ofVirtual()",
          "Thread.ofPlatform()",
          "Thread.startVirtualThread(f)",
          "use(Instant::now)",
          "use(UUID::randomUUID)",
          "use(Thread::new)",
        })
    void theLibraryMayNotCall(String call) {
      assertThat(BannedCalls.inLibrary(file("class P { Object o = " + call + "; }"))).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "clock.now()",
          "client.sendAsync(request)",
          "Thread.currentThread()",
          "\"Thread.sleep(1)\"",
          "Instant.ofEpochMilli(0)",
          "timers.sleepUntil(due)",
        })
    void theLibraryMayCall(String call) {
      assertThat(BannedCalls.inLibrary(file("class P { Object o = " + call + "; }"))).isEmpty();
    }

    @Test
    void aStaticImportDoesNotHideTheCall() {
      JavaFile hidden = file("import static java.lang.System.nanoTime; class P {}");

      assertThat(BannedCalls.inLibrary(hidden)).hasSize(1);
    }

    @Test
    void testsMayReadTheClockButNotSleep() {
      assertThat(BannedCalls.sleepsIn(file("class P { long a = System.nanoTime(); }"))).isEmpty();
      assertThat(BannedCalls.sleepsIn(file("class P {{ Thread.sleep(1); }}"))).hasSize(1);
      assertThat(BannedCalls.sleepsIn(file("class P {{ TimeUnit.DAYS.sleep(1); }}"))).hasSize(1);
    }
  }

  @Nested
  class Words {

    @Test
    void postponedWorkIsSeen() {
      assertThat(TidyRules.postponedWork(file("// TO" + "DO later"))).hasSize(1);
      assertThat(TidyRules.postponedWork(file("// FIX" + "ME later"))).hasSize(1);
      assertThat(TidyRules.postponedWork(file("enum Todo { TODOS }"))).isEmpty();
    }

    @Test
    void disabledTestsAndMocksAreSeen() {
      assertThat(TidyRules.disabledTests(file("  @Disabled(\"flaky\")"))).hasSize(1);
      assertThat(TidyRules.disabledTests(file("  @DisabledOnOs(LINUX)"))).hasSize(1);
      assertThat(TidyRules.mocks(file("import org.mockito.Mockito;"))).hasSize(1);
    }

    @Test
    void aPackageWithoutDescriptionOrNullMarkIsSeen() {
      JavaFile type = new JavaFile("a/src/main/java/p/Type.java", "class Type {}");
      JavaFile marked = new JavaFile("a/src/main/java/p/package-info.java", "\n@NullMarked\n");
      JavaFile bare = new JavaFile("a/src/main/java/p/package-info.java", "package p;\n");

      assertThat(TidyRules.packageInfo(List.of(type, marked))).isEmpty();
      assertThat(TidyRules.packageInfo(List.of(type, bare))).hasSize(1);
      assertThat(TidyRules.packageInfo(List.of(type))).hasSize(1);
    }
  }
}
