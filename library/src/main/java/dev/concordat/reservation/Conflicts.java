package dev.concordat.reservation;

import dev.concordat.reservation.Evidence.Finding;
import dev.concordat.reservation.ReservationEvent.Correction;
import dev.concordat.reservation.ReservationEvent.Correction.How;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The machine's rules for evidence that comes after the end and is not believed, or comes to who
 * has no rule for it: it is never passed over, a person must look.
 */
final class Conflicts {

  private Conflicts() {}

  /** The next piece that nobody looks at yet, or null. */
  static @Nullable Evidence next(ReservationState state) {
    return Stream.concat(state.findings.all().stream(), state.changed.stream())
        .filter(Findings::isConclusive)
        .filter(piece -> !state.weighed.contains(piece))
        .filter(piece -> state.late.stream().noneMatch(each -> each.evidence().equals(piece)))
        .filter(piece -> broken(state, piece) != null)
        .findFirst()
        .orElse(null);
  }

  static Correction correction(ReservationState state, Evidence piece) {
    String before =
        switch (state.phase) {
          case CORRECTED -> "it was corrected";
          case SET_ASIDE -> "it was set aside";
          case CONFIRMED -> "it was confirmed";
          default -> "it was released";
        };
    return new Correction(
        How.PERSON,
        broken(state, piece),
        before + ", and " + ReservationTelling.told(piece) + " does not fit with that");
  }

  private static @Nullable ReservationBreak broken(ReservationState state, Evidence piece) {
    return switch (state.phase) {
      case CONFIRMED, RELEASED ->
          state.changed.contains(piece) || contradicts(state.findings.belief(), piece)
              ? ReservationBreak.EVIDENCE_CONFLICTS
              : null;
      case SET_ASIDE ->
          state.setAside == null
                  || (state.setAside == Finding.DONE) != (piece.finding() == Finding.DONE)
              ? ReservationBreak.EVIDENCE_CONFLICTS
              : null;
      case CORRECTED -> afterCorrection(state, piece);
      default -> null;
    };
  }

  private static boolean contradicts(@Nullable Finding belief, Evidence piece) {
    return (belief == Finding.DONE && piece.finding() != Finding.DONE)
        || (belief == Finding.REFUSED && piece.finding() == Finding.DONE);
  }

  /** What is said of a refund after it; of other corrections the provider knows nothing. */
  private static @Nullable ReservationBreak afterCorrection(
      ReservationState state, Evidence piece) {
    ReservationEvent.ReservationCorrectionStarted started = state.correction;
    boolean refund = started != null && started.correction().how() == How.REFUND;
    if (!refund || piece.finding() == Finding.REFUSED) {
      return ReservationBreak.EVIDENCE_CONFLICTS;
    }
    List<String> known =
        state.weighed.stream()
            .filter(each -> each.finding() == Finding.REVERSED)
            .flatMap(each -> Stream.ofNullable(each.reference()))
            .toList();
    if (piece.reference() != null && !known.isEmpty() && !known.contains(piece.reference())) {
      return ReservationBreak.DOUBLE_REFUND;
    }
    Money said = piece.amount();
    return said == null || said.equals(state.amount()) ? null : ReservationBreak.AMOUNT_DIFFERS;
  }
}
