/** The way of the target's answers from where they are seen to the replayer. */
@NullMarked
package io.tcpreplayj.intercept.feed;

import org.jspecify.annotations.NullMarked;
