package io.tcpreplayj.replay;

import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.db.FlowDb;
import java.io.IOException;
import java.util.List;

/** The whole of a replay, from selected flows to the result: the one entry point for the command line. */
public final class Replay {
    /** What a run tells while it runs; called a few times a second on the replay's own thread. */
    public interface Progress {
        /** Nothing is told. */
        Progress NONE = new Progress() {
            @Override
            public void onStart(final String banner) {}

            @Override
            public void onTick(final Snapshot now) {}
        };

        /** Once, before the first packet: what goes where, by which transport and why. */
        void onStart(String banner);

        void onTick(Snapshot now);
    }

    /** A moment of a run. {@code doneFraction} from 0 to 1. */
    public record Snapshot(
            double doneFraction,
            long elapsedNs,
            long plannedNs,
            long openFlows,
            long okFlows,
            long failedFlows,
            double requestsPerSecond,
            long lagP99Ns) {}

    private Replay() {}

    /**
     * Plans without sending: what {@code --dry-run} prints.
     *
     * @throws UserException when the plan cannot work
     */
    public static String plan(final FlowDb db, final List<FlowRecord> flows, final ReplayOptions options) {
        throw new UnsupportedOperationException("not built yet");
    }

    /**
     * Replays and returns what happened. {@code flows} are all flows of the selection, replayable or not; those filtered
     * away are counted by {@code filtered}.
     *
     * @throws UserException when nothing could be sent: no privilege, forbidden target, pool too small, …
     */
    public static ReplayResult run(
            final FlowDb db,
            final List<FlowRecord> flows,
            final long filtered,
            final ReplayOptions options,
            final Progress progress)
            throws IOException {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Asks the running replay to drain (first call) or to stop now (second call); from a signal handler's thread. */
    public static void interrupt(final int signal) {
        throw new UnsupportedOperationException("not built yet");
    }
}
