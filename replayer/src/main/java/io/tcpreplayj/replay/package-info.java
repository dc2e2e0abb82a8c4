/** Plan, pace and run a replay. */
@NullMarked
package io.tcpreplayj.replay;

import org.jspecify.annotations.NullMarked;
