package dev.concordat.cli;

import dev.concordat.core.ConcordatException;
import dev.concordat.examples.demo.Demo;
import dev.concordat.examples.run.Theatre;
import dev.concordat.examples.screen.Screen;
import dev.concordat.local.LocalServerException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code concordat demo}: real orders cross real services, fail, crash, and still end whole. */
@Command(
    name = "demo",
    description = "Shows in four acts what happens to orders when things go wrong.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Exit status: 0 every order ended and every law holds; 1 not so.",
      "",
      "Example:",
      "  concordat demo"
    })
public final class DemoCommand implements Callable<Integer> {

  @Option(names = "--json", description = "Prints one JSON document.")
  private boolean json;

  /** Plays it. */
  @Override
  public Integer call() {
    Demo demo = new Demo(json ? Screen.besideDocument() : Screen.standard());
    try (Theatre theatre = Theatre.open()) {
      demo.play(theatre);
    } catch (IllegalStateException | LocalServerException | ConcordatException e) {
      Interrupt.brokeOff("The demonstration broke off", e);
      return 1;
    }
    if (json) {
      System.out.println(demo.toJson());
    }
    return demo.isGood() ? 0 : 1;
  }
}
