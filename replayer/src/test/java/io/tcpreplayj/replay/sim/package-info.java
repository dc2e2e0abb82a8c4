/**
 * The deterministic simulator: real sessions against a model of a server's TCP over a network that does its worst, in
 * virtual time, all of it drawn from one seed.
 */
@NullMarked
package io.tcpreplayj.replay.sim;

import org.jspecify.annotations.NullMarked;
