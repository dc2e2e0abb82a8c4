package io.tcpreplayj.intercept;

import io.tcpreplayj.linux.Link;
import io.tcpreplayj.linux.PacketFilter;
import java.io.IOException;

/** How frames of an interface are seen: by {@link PacketRingTap#open}, or by what this module does not know. */
@FunctionalInterface
public interface TapOpener {
    /**
     * Opens a tap. No frame that {@code filter} refuses ever comes of it.
     *
     * @param snaplen bytes of each frame that are wanted
     * @param outgoing also of frames that this host sends
     */
    ResponseTap open(Link link, PacketFilter filter, int snaplen, boolean outgoing) throws IOException;
}
