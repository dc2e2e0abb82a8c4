package io.tcpreplayj.replay.judge;

/** What became of the comparison of one live answer with the recorded one; every exchange gets exactly one. */
public enum Verdict {
    /** Same length, same CRC-32C; where the flow is HTTP, apart from the value of the Date field. */
    MATCHED("matched"),
    /** Other length or other bytes. */
    DIFFERENT("different"),
    /** The capture holds no answer, or not all of it. */
    UNRECORDED("unrecorded"),
    /** Not one byte came. */
    NO_ANSWER("no-answer"),
    /** The connection ended within the answer. */
    INCOMPLETE("incomplete"),
    /** The request never left. */
    NOT_SENT("not-sent"),
    /** The tap cut packets, so not all bytes were seen. */
    TRUNCATED("truncated"),
    /** Bytes came out of order and were not kept. */
    REORDERED("reordered"),
    /** The bytes of several answers came together, and lengths alone do not part them. */
    MERGED("merged");

    private final String label;

    Verdict(final String label) {
        this.label = label;
    }

    /** The word in reports and JSON. */
    public String label() {
        return label;
    }

    /** Whether the two answers were compared at all. */
    public boolean compared() {
        return this == MATCHED || this == DIFFERENT;
    }
}
