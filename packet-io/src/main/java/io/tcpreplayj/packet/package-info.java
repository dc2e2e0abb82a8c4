/** Packet headers as flyweights, checksums, serial arithmetic: pure functions over buffers. */
@NullMarked
package io.tcpreplayj.packet;

import org.jspecify.annotations.NullMarked;
