package io.tcpreplayj.cli;

import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.db.FlowDb;
import io.tcpreplayj.replay.Replay;
import io.tcpreplayj.replay.ReplayOptions;
import io.tcpreplayj.replay.ReplayResult;
import java.io.IOException;
import java.util.List;

/** What the replay command needs of the replayer; the tests put a made-up result behind it. */
interface ReplayEngine {
    /** The real replayer. */
    ReplayEngine REAL = new ReplayEngine() {
        @Override
        public String plan(final FlowDb db, final List<FlowRecord> flows, final ReplayOptions options)
                throws IOException {
            return Replay.plan(db, flows, options);
        }

        @Override
        public ReplayResult run(
                final FlowDb db,
                final List<FlowRecord> flows,
                final long filtered,
                final ReplayOptions options,
                final Replay.Progress progress)
                throws IOException {
            return Replay.run(db, flows, filtered, options, progress);
        }

        @Override
        public void interrupt(final int signal) {
            Replay.interrupt(signal);
        }
    };

    String plan(FlowDb db, List<FlowRecord> flows, ReplayOptions options) throws IOException;

    ReplayResult run(FlowDb db, List<FlowRecord> flows, long filtered, ReplayOptions options, Replay.Progress progress)
            throws IOException;

    void interrupt(int signal);
}
