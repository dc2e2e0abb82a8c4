/** Where one answer of a protocol ends: sharpens the byte-counting gate rule. */
@NullMarked
package io.tcpreplayj.replay.protocol;

import org.jspecify.annotations.NullMarked;
