/** The way of captured packets from the hosts that serve real clients to the one that records and replays them. */
@NullMarked
package io.tcpreplayj.intercept.relay;

import org.jspecify.annotations.NullMarked;
