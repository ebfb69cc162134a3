/** What users see: features, bad input and faults, on a real PostgreSQL. */
@NullMarked
package dev.concordat;

import org.jspecify.annotations.NullMarked;
