package io.tcpreplayj.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.tcpreplayj.cli.report.Human;
import java.io.IOException;

/**
 * What became of the clock that packets are stamped by.
 *
 * @param steps how often it was set while packets came
 * @param aheadNs by how much it is ahead of the times that packets get here
 */
record ClockSteps(long steps, long aheadNs) {
    private static final long MS = 1_000_000;

    /** How it stands to the times that packets get here, for people. */
    String words() {
        if (Math.abs(aheadNs) < StampClock.LEAST_STEP_NS) {
            return "as the times of packets";
        }
        return Human.duration((Math.abs(aheadNs) + MS / 2) / MS * MS) + (aheadNs > 0 ? " ahead of" : " behind")
                + " the times of packets";
    }

    /** All of it, for people. */
    String summary() {
        return "set " + Human.count(steps, "time") + ", now " + words();
    }

    /** The same as a member of a JSON object. */
    void write(final JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("clock");
        json.writeNumberField("steps", steps);
        json.writeNumberField("aheadNs", aheadNs);
        json.writeEndObject();
    }
}
