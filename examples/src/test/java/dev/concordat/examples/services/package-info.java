/** The services of the scenarios, alone. */
@NullMarked
package dev.concordat.examples.services;

import org.jspecify.annotations.NullMarked;
