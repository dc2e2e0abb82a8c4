package io.tcpreplayj.flow.db;

import com.esotericsoftware.kryo.KryoException;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.FlowSummary;
import io.tcpreplayj.fuzz.Limits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Input: the bytes of one stored record, past all checksums. */
public final class RecordCodecFuzz {
    private static final RecordCodec NEW = new RecordCodec(FlowDbFormat.VERSION);
    private static final RecordCodec OLD = new RecordCodec(FlowDbFormat.OLDEST_VERSION);

    private RecordCodecFuzz() {}

    public static void fuzzerTestOneInput(final byte[] input) {
        Limits.run(input, bytes -> {
            decodeFlow(NEW, bytes);
            decodeFlow(OLD, bytes);
            decodeCaptures(bytes);
        });
    }

    private static void decodeFlow(final RecordCodec codec, final byte[] input) {
        try {
            final FlowSummary summary = codec.decodeSummary(input, 0, input.length);
            final FlowRecord flow = codec.decode(input, FlowRecord.class);
            if (summary.id() != flow.id() || summary.requests() != flow.requests()) {
                throw new AssertionError("the summary is another flow's: " + summary);
            }
            // Whatever could be read is judged, and can be written.
            RecordCheck.fault(flow, 1, 100);
            StoredFlow.encode(flow);
        } catch (final KryoException e) {
            check(e);
        }
    }

    private static void decodeCaptures(final byte[] input) {
        try {
            NEW.decodeAll(input, CaptureInfo.class).forEach(StoredFlow::encode);
        } catch (final KryoException e) {
            check(e);
        }
    }

    private static void check(final KryoException e) {
        if (e.getMessage() == null) {
            throw new AssertionError("no message", e);
        }
    }

    public static List<byte[]> seeds() throws IOException {
        final List<byte[]> seeds = new ArrayList<>();
        for (final byte[] file : FlowDbFuzz.seeds()) {
            try (FlowDb db = FlowDbFuzz.open(file)) {
                db.forEach(flow -> seeds.add(StoredFlow.encode(flow)));
                db.captures().forEach(capture -> seeds.add(StoredFlow.encode(capture)));
            }
        }
        return seeds;
    }
}
