package io.tcpreplayj.linux;

import org.jspecify.annotations.Nullable;

/** Looks every second whether an interface is up still, for sockets that are not told. */
public final class LinkWatch {
    private static final long LOOK_NS = 1_000_000_000L;

    private final @Nullable Link link;
    private State state;
    private State told;
    private long lookedNs = System.nanoTime();

    /** What is known of an interface. */
    public enum State {
        UP,
        /** Set down, or not up yet: it may come up again. */
        DOWN,
        /** Deleted, or moved to another network namespace. */
        GONE
    }

    /** @param link or null for all interfaces, of which none is missed */
    public LinkWatch(final @Nullable Link link) {
        this.link = link;
        state = link == null || link.up() ? State.UP : State.DOWN;
        told = state;
    }

    /** Whether it went down since the last call, or is gone. */
    public boolean wentDown() {
        if (System.nanoTime() - lookedNs >= LOOK_NS) {
            look();
        }
        final boolean isNews = state == State.GONE || (state == State.DOWN && told == State.UP);
        told = state;
        return isNews;
    }

    /** What it is now, without waiting for the next look. One that is gone stays so. */
    public State look() {
        lookedNs = System.nanoTime();
        if (link != null && state != State.GONE) {
            try {
                state = Link.byIndex(link.index()).up() ? State.UP : State.DOWN;
            } catch (final LinuxException e) {
                // Whatever else it is, as EMFILE: of the interface nothing is known by that.
                state = e.isNoDevice() ? State.GONE : state;
            }
        }
        return state;
    }
}
