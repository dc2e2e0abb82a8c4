package io.tcpreplayj.cli;

import io.tcpreplayj.pcap.CaptureReader;
import java.io.IOException;

/** Reads what is still being captured: there may be nothing for now, and it ends when it is told to. */
interface OngoingReader extends CaptureReader {
    /** What is there by now is read, and then it is the end. */
    void finish() throws IOException;

    /** There was nothing: waits until there may be more, for a moment at most. */
    void rest() throws IOException;

    /** Until when all that there was by then has been read, or can be, by {@link System#nanoTime}. */
    default long currentNs() {
        return System.nanoTime();
    }

    /** What it is at, for people. */
    String name();

    /** What messages call all of it. */
    String summary();

    /** The database is about to be told of its captures. */
    void noteSize() throws IOException;

    /** Whether something of that capture is missing, or not there yet. */
    boolean isPartOf(int number);
}
