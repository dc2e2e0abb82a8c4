/** The transport without privileges: kernel sockets, driven by the same scripts. */
@NullMarked
package io.tcpreplayj.replay.socket;

import org.jspecify.annotations.NullMarked;
