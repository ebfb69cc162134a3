/**
 * The services of the scenarios: real HTTP servers, each with a PostgreSQL database of its own.
 * Start with {@link dev.concordat.examples.services.Services}.
 */
@NullMarked
package dev.concordat.examples.services;

import org.jspecify.annotations.NullMarked;
