package io.tcpreplayj.linux;

import org.jspecify.annotations.Nullable;

/** Looks every second whether an interface is up still, for sockets that are not told. */
public final class LinkWatch {
    private static final long LOOK_NS = 1_000_000_000L;

    private final @Nullable Link link;
    private boolean isUp;
    private boolean isGone;
    private long lookedNs = System.nanoTime();

    /** @param link or null for all interfaces, of which none is missed */
    public LinkWatch(final @Nullable Link link) {
        this.link = link;
        isUp = link != null && link.up();
    }

    /** Whether it went down since the last call, or is gone. */
    public boolean wentDown() {
        if (link == null || isGone || System.nanoTime() - lookedNs < LOOK_NS) {
            return isGone;
        }
        return look();
    }

    /** The same, without waiting for the next look. */
    public boolean look() {
        lookedNs = System.nanoTime();
        if (link == null) {
            return false;
        }
        final boolean wasUp = isUp;
        try {
            isUp = Link.byIndex(link.index()).up();
        } catch (final LinuxException e) {
            isUp = false;
            isGone = true;
        }
        return isGone || (wasUp && !isUp);
    }
}
