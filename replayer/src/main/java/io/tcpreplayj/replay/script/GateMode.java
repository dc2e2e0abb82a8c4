package io.tcpreplayj.replay.script;

/** What a client waits for before it sends on (see {@link ScriptCursor} for the rule in full). */
public enum GateMode {
    /** The recorded bytes and a pause, or a pause alone when the answer is shorter. */
    HYBRID("hybrid"),
    /** All the recorded bytes, or the server's FIN; a shorter answer costs the response timeout. */
    BYTES("bytes"),
    /** Some byte and then a pause of max(RTT, 5 ms), however long the answer: for servers that answer otherwise. */
    QUIET("quiet"),
    /** Nothing: the recorded time alone, whatever the server answers. */
    TIME("time");

    private final String label;

    GateMode(final String label) {
        this.label = label;
    }

    /** The word on the command line. */
    public String label() {
        return label;
    }
}
