/** Steps over HTTP, by the JDK's client. Start with {@link dev.concordat.http.Http}. */
@NullMarked
package dev.concordat.http;

import org.jspecify.annotations.NullMarked;
