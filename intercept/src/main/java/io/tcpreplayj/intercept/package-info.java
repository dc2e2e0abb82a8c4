/** Sees the target's answers and keeps them from everyone but the replayer. */
@NullMarked
package io.tcpreplayj.intercept;

import org.jspecify.annotations.NullMarked;
