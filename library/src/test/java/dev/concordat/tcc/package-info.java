/** Tests of try, confirm, cancel. */
@NullMarked
package dev.concordat.tcc;

import org.jspecify.annotations.NullMarked;
