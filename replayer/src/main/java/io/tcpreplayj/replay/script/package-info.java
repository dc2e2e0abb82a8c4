/** What a captured client did, and what of it may be done again by now. */
@NullMarked
package io.tcpreplayj.replay.script;

import org.jspecify.annotations.NullMarked;
