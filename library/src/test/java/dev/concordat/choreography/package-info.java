@NullMarked
package dev.concordat.choreography;

import org.jspecify.annotations.NullMarked;
