package io.tcpreplayj.replay;

import io.tcpreplayj.linux.Link;
import io.tcpreplayj.linux.LinuxException;

/** What an interface takes as it is now, and never more than when it was opened: frames have room for that. */
final class LinkMtu {
    private final Link link;
    private final int most;
    private int bytes;

    LinkMtu(final Link link, final int most) {
        this.link = link;
        this.most = most;
        bytes = most;
    }

    int bytes() {
        return bytes;
    }

    /** Asks the kernel. */
    void look() {
        try {
            bytes = Math.min(most, Link.byIndex(link.index()).mtu());
        } catch (final LinuxException e) {
            // An interface that is gone is for the next packet to tell of.
        }
    }
}
