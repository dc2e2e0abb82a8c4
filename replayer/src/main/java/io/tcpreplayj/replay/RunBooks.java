package io.tcpreplayj.replay;

import io.tcpreplayj.replay.judge.LatencyRecorder;
import io.tcpreplayj.replay.judge.Ledger;

/** What a run's result is made from. */
interface RunBooks {
    Ledger ledger();

    LatencyRecorder latency();

    /** The target never answered: what is cut short from now on ends as SYN_TIMEOUT. */
    void onSilence();
}
