/**
 * Declared flows of events between services, and the tracker that says what is missing.
 *
 * <p>Each {@link Service} declares what it does on an event and what it publishes then. A {@link
 * Flow} declares what is expected and by when. Nobody leads: the tracker only looks on, and where
 * it may, raises the event that starts the compensations.
 */
@NullMarked
package dev.concordat.choreography;

import org.jspecify.annotations.NullMarked;
