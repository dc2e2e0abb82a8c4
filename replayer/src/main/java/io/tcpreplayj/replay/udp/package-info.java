/** UDP conversations over the kernel's sockets, one each, and what their answers are judged by. */
@NullMarked
package io.tcpreplayj.replay.udp;

import org.jspecify.annotations.NullMarked;
