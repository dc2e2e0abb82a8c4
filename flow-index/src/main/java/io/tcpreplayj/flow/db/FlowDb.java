package io.tcpreplayj.flow.db;

import io.tcpreplayj.flow.FlowRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** Reads a flow database: the state of its last valid commit. */
public final class FlowDb implements AutoCloseable {
    /**
     * Opens the last valid commit.
     *
     * @throws CorruptFlowDbException when the file is no flow database or none of its commits is valid
     * @throws FlowDbVersionException when a newer or older program wrote it
     */
    public static FlowDb open(final Path file) throws IOException {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Flows in the database. */
    public int size() {
        throw new UnsupportedOperationException("not built yet");
    }

    /** The captures that were indexed into it, by id from 0. */
    public List<CaptureInfo> captures() {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Hands over every flow, in order of ids. */
    public void forEach(final Consumer<FlowRecord> consumer) throws IOException {
        throw new UnsupportedOperationException("not built yet");
    }

    /** The flow with that id, or null. */
    public @org.jspecify.annotations.Nullable FlowRecord flow(final long id) throws IOException {
        throw new UnsupportedOperationException("not built yet");
    }

    /** The client's bytes of a flow (position to limit), checked against their CRC; read-only, may be kept. */
    public ByteBuffer clientBytes(final long id) throws IOException {
        throw new UnsupportedOperationException("not built yet");
    }

    /** What a reader should tell the user: a torn tail that was ignored, for example. */
    public List<String> warnings() {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public void close() throws IOException {}
}
