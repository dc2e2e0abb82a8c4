/** A network that does everything networks do wrong, on purpose and by seed, and a server that notes what came through. */
@org.jspecify.annotations.NullMarked
package io.tcpreplayj.faultlab;
