package io.tcpreplayj.replay.socket;

import io.tcpreplayj.replay.Turns;
import java.nio.channels.Selector;

/** What all kernel sockets of an agent share. */
record KernelSide(Selector selector, PathLosses losses, Turns turns) {}
