package dev.concordat.reservation;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The code of a definition.
 *
 * @param asksAtOnce how many questions, voids and refunds a process has under way at the provider
 */
record ReservationCode<S>(
    Function<S, Money> amount,
    LocalAction<S> hold,
    ProviderAction<S> call,
    EvidenceAction<S> confirm,
    LocalAction<S> release,
    @Nullable ProviderAction<S> status,
    @Nullable ProviderAction<S> voiding,
    @Nullable ProviderAction<S> refund,
    @Nullable EvidenceAction<S> reverse,
    ProviderGuard guard,
    int asksAtOnce) {}
