/** Packets to flows: both directions reassembled, the client's behaviour recorded. */
@NullMarked
package io.tcpreplayj.flow;

import org.jspecify.annotations.NullMarked;
