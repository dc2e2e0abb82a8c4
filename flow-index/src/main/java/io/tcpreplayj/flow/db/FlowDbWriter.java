package io.tcpreplayj.flow.db;

import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.FlowSink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * Writes a flow database: a brand-new file under a temporary name that appears by rename with its first commit, or
 * appends to an existing one. One writer at a time; readers see the last commit.
 */
public final class FlowDbWriter implements FlowSink, AutoCloseable {
    /**
     * Opens for appending, or begins a new file (mode 0600).
     *
     * @throws CorruptFlowDbException when {@code file} exists and is not a sound flow database
     */
    public static FlowDbWriter open(final Path file) throws IOException {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Captures already in the database. */
    public List<CaptureInfo> captures() {
        throw new UnsupportedOperationException("not built yet");
    }

    /** The id for the next capture. */
    public int nextCaptureId() {
        throw new UnsupportedOperationException("not built yet");
    }

    /** The id for the next flow. */
    public long nextFlowId() {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Appends one flow and its client bytes; ids may come in any order. Throws UncheckedIOException when writing fails. */
    @Override
    public void onFlow(final FlowRecord flow, final ByteBuffer clientBytes) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Makes all that was appended durable and visible, with the capture it came from. */
    public void commit(final CaptureInfo capture) throws IOException {
        throw new UnsupportedOperationException("not built yet");
    }

    /** What was appended since the last commit is dropped. */
    @Override
    public void close() throws IOException {}
}
