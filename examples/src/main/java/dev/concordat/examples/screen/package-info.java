/** What people see in the terminal: colours, a progress bar, timelines and summaries. */
@NullMarked
package dev.concordat.examples.screen;

import org.jspecify.annotations.NullMarked;
