package dev.concordat.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The account a server runs under. PostgreSQL refuses to run as root, so root starts it as somebody
 * else; anybody else starts it as they are, and so are other servers started.
 *
 * @param prefix the words to put before a command
 */
record Account(List<String> prefix) {
  private static final int NOBODY = 65534;
  private static final boolean ROOT = "0".equals(Shell.run("id", "-u").output());

  /** The account of this program, for a server that minds nobody. */
  static Account own() {
    return new Account(List.of());
  }

  static boolean isRoot() {
    return ROOT;
  }

  /**
   * The first way to become somebody else that works here and can use both folders.
   *
   * @param binaries the unpacked server, which the account must be able to execute
   * @param folder the server's folder, which the account must be able to write
   * @param isFresh whether the folder holds no database yet and so may change hands
   */
  static Account choose(Path binaries, Path folder, boolean isFresh) {
    if (!ROOT) {
      return own();
    }
    try {
      return chooseForRoot(binaries, folder, isFresh);
    } catch (IOException e) {
      throw new LocalServerException("Cannot change the owner of " + folder + ".", e);
    }
  }

  private static Account chooseForRoot(Path binaries, Path folder, boolean isFresh)
      throws IOException {
    int owner = isFresh ? NOBODY : uid(folder);
    List<Attempt> attempts = attempts(owner);
    for (Attempt attempt : attempts) {
      if (isFresh) {
        Files.setAttribute(folder, "unix:uid", attempt.owner());
      }
      if (attempt.works(binaries, folder)) {
        return new Account(attempt.prefix());
      }
    }
    throw new LocalServerException(
        "PostgreSQL refuses to run as root, and none of setpriv, chroot and unshare could run it"
            + " as somebody else in "
            + folder
            + ". Choose a folder other users may enter, or run as an ordinary user.");
  }

  /** Commands that become the command they are given; one that stays in between would not do. */
  private static List<Attempt> attempts(int owner) {
    String ids = "--reuid=" + owner + " --regid=" + owner;
    String both = "--userspec=+" + owner + ":+" + owner;
    return List.of(
        new Attempt(owner, List.of(("setpriv " + ids + " --clear-groups").split(" "))),
        new Attempt(owner, List.of("chroot", both, "--groups=", "/")),
        new Attempt(0, List.of("unshare", "-U"))); // keeps root's files, loses root's powers
  }

  private static int uid(Path folder) throws IOException {
    return (int) Files.getAttribute(folder, "unix:uid");
  }

  private record Attempt(int owner, List<String> prefix) {

    boolean works(Path binaries, Path folder) {
      String test = "test \"$(id -u)\" != 0 && test -x \"$1\" && test -w \"$2\"";
      String server = binaries.resolve("bin/postgres").toString();
      List<String> probe = List.of("sh", "-c", test, "probe", server, folder.toString());
      return Shell.run(Shell.join(prefix, probe)).isDone();
    }
  }
}
