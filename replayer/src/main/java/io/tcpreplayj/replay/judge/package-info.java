/** Recorded against live: ledger, latency, differences. */
@NullMarked
package io.tcpreplayj.replay.judge;

import org.jspecify.annotations.NullMarked;
