/** The rules of the house, checked on every module: floors, sizes, banned calls and format. */
@NullMarked
package dev.concordat.house;

import org.jspecify.annotations.NullMarked;
