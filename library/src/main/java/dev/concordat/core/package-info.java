/**
 * The words every room uses: outcomes, errors, retry policies, statuses. Nothing here touches the
 * outside world. Start with {@link dev.concordat.core.Outcome}.
 */
@NullMarked
package dev.concordat.core;

import org.jspecify.annotations.NullMarked;
