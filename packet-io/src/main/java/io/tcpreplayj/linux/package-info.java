/** The one door to the kernel: sockets, rings, TUN and netlink through JNA direct mapping. */
@NullMarked
package io.tcpreplayj.linux;

import org.jspecify.annotations.NullMarked;
