package io.tcpreplayj.replay.doctor;

import org.jspecify.annotations.Nullable;

/** Looks at one thing that a replay needs. */
interface Check {
    /** One word, the line's name. */
    String name();

    /** What is there, or null when this host's part in the replay does not depend on it. */
    @Nullable
    Finding look(Patient patient, Host host);
}
