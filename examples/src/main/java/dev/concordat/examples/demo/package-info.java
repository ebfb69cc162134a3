/** The demonstration in four acts: {@link dev.concordat.examples.demo.Demo}. */
@NullMarked
package dev.concordat.examples.demo;

import org.jspecify.annotations.NullMarked;
