package io.tcpreplayj.replay;

import io.tcpreplayj.intercept.feed.ResponseFeed;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What the user-space clients need: a way out, a way in and addresses to live at; with everything that was set up on this
 * host for it.
 *
 * @param description where packets leave and come back, for people: "tj0, 3 clients in 198.18.0.0/20"
 * @param upkeep what must be looked after while the run goes on
 */
record RawTransport(Wire wire, ResponseFeed feed, LocalEndpoints endpoints, String description, Upkeep upkeep)
        implements AutoCloseable {
    /** State of this host that lives as long as the run. */
    interface Upkeep extends AutoCloseable {
        /** Nothing to look after until the run is over. */
        static Upkeep until(final Runnable closing) {
            return new Upkeep() {
                @Override
                public boolean everySecond() {
                    return false;
                }

                @Override
                public void close() {
                    closing.run();
                }
            };
        }

        /**
         * Called about once a second.
         *
         * @return whether packets take another way from now on
         */
        boolean everySecond() throws IOException;

        /** What kept packets of ours from going elsewhere than to the targets. Asks the kernel: not for the hot path. */
        default ReplayResult.EgressWatch watch() {
            return ReplayResult.EgressWatch.NONE;
        }

        @Override
        void close();
    }

    /** How long segments are on their way from intercepts; null where they come to this host by themselves. */
    ReplayResult.@Nullable Percentiles feedDelayNs() {
        return feed instanceof MeasuredFeed measured ? measured.delay() : null;
    }

    /** The rules go last: until then the kernel must not answer for our clients. */
    @Override
    public void close() {
        wire.close();
        feed.close();
        upkeep.close();
    }
}
