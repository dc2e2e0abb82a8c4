/** The client TCP engine: no I/O, no clock, no threads, no allocation per segment. */
@NullMarked
package io.tcpreplayj.replay.tcp;

import org.jspecify.annotations.NullMarked;
