package io.tcpreplayj.replay;

import io.tcpreplayj.replay.judge.LatencyRecorder;
import io.tcpreplayj.replay.judge.Ledger;
import io.tcpreplayj.replay.tcp.Outcome;

/** What a run's result is made from. */
interface RunBooks {
    Ledger ledger();

    LatencyRecorder latency();

    /** The target is silent: what is cut short from now on ends as {@code outcome}. */
    void onSilence(Outcome outcome);
}
