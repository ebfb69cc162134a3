/** The users' test kit: crashes, failures and lost answers at every durable point. */
@NullMarked
package dev.concordat.test;

import org.jspecify.annotations.NullMarked;
