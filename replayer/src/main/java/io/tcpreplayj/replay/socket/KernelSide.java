package io.tcpreplayj.replay.socket;

import java.nio.channels.Selector;

/** What all kernel sockets of an agent share. */
record KernelSide(Selector selector, PathLosses losses) {}
