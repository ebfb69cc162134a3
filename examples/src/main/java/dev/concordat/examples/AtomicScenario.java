package dev.concordat.examples;

import dev.concordat.atomic.TwoPhaseTransaction;
import java.util.List;
import java.util.Set;

/** Several databases of one owner that change together or not at all, by two-phase commit. */
public non-sealed interface AtomicScenario extends Scenario {

  /** The name of the database in which the callers keep what they were answered. */
  String CALLERS = "callers";

  /** The SQL of that database. */
  String ANSWERS = "CREATE TABLE IF NOT EXISTS answer (id text PRIMARY KEY, answer text NOT NULL)";

  /** Nothing is prepared yet. */
  String BEFORE_PREPARE = "before prepare";

  /** One of those that are to prepare has done so. */
  String BETWEEN_PREPARES = "between prepares";

  /** All are prepared, and nothing is decided. */
  String AFTER_PREPARE = "after prepare";

  /** It is decided, and nobody has been told. */
  String AFTER_DECISION = "after decision";

  /** One of those that are to follow the decision has done so. */
  String BETWEEN_COMMITS = "between commits";

  /** The moments at which a coordinator can be killed, in order. */
  List<String> PHASES =
      List.of(BEFORE_PREPARE, BETWEEN_PREPARES, AFTER_PREPARE, AFTER_DECISION, BETWEEN_COMMITS);

  /** The databases, each on a server of its own. The first keeps the decisions. */
  List<String> databases();

  /** Those whose servers can be killed in the middle of the runs. */
  List<String> mortal();

  /** Those that are no PostgreSQL but a MariaDB, which takes part through its XA driver. */
  default Set<String> resources() {
    return Set.of();
  }

  /** The SQL that makes a database's tables. */
  String tables(String database);

  /**
   * The work of one transaction.
   *
   * @param number of the transaction, from 1
   * @param unlucky whether it is one that the business refuses
   * @param refuse the step whose branch is made to refuse, or an empty text
   * @return the receipt
   */
  String work(TwoPhaseTransaction tx, long number, boolean unlucky, String refuse) throws Exception;

  /** Of the laws those that hold at every moment, also while transactions are under way. */
  List<Law> always();

  /** A transaction's id. */
  default String id(long number) {
    return name() + "-" + number;
  }
}
