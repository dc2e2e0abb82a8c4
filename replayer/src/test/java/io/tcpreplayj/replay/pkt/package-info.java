/** Conformance scripts: what a target sends and what the client must answer, line by line, in virtual time. */
@NullMarked
package io.tcpreplayj.replay.pkt;

import org.jspecify.annotations.NullMarked;
