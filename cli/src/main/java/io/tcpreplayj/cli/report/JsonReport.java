package io.tcpreplayj.cli.report;

import com.fasterxml.jackson.core.JsonGenerator;
import io.tcpreplayj.replay.ReplayResult;
import io.tcpreplayj.replay.ReplayResult.Percentiles;
import io.tcpreplayj.replay.Trouble;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/** A replay's result for machines: one object, its fields stable in name and order. */
public final class JsonReport {
    private JsonReport() {}

    /** Writes it and a newline; {@code out} stays open. */
    public static void print(final ReplayResult result, final int exit, final OutputStream out) throws IOException {
        try (JsonGenerator json = Json.generator(out)) {
            json.writeStartObject();
            fields(json, result);
            json.writeNumberField("exit", exit);
            json.writeEndObject();
            json.writeRaw('\n');
        }
    }

    /** The same in an object that is open, but for the exit code. */
    public static void fields(final JsonGenerator json, final ReplayResult result) throws IOException {
        ledger(json, result);
        rewrites(json, result.rewrites());
        json.writeObjectFieldStart("latencyNs");
        percentiles(json, "recorded", result.latencyNs().recorded());
        percentiles(json, "replayed", result.latencyNs().replayed());
        percentiles(json, "serviceTime", result.latencyNs().serviceTime());
        json.writeEndObject();
        json.writeObjectFieldStart("lagNs");
        json.writeNumberField("p50", result.lagNs().p50());
        json.writeNumberField("p99", result.lagNs().p99());
        json.writeNumberField("max", result.lagNs().max());
        json.writeEndObject();
        if (result.udp() != null) {
            UdpReport.json(result.udp(), json);
        }
        run(json, result);
    }

    private static void ledger(final JsonGenerator json, final ReplayResult result) throws IOException {
        json.writeObjectFieldStart("flows");
        json.writeNumberField("total", result.flows().total());
        json.writeNumberField("replayed", result.flows().replayed());
        Json.reasons(json, "skipped", result.flows().skipped());
        Json.reasons(json, "failed", result.flows().failed());
        json.writeEndObject();
        json.writeObjectFieldStart("requests");
        json.writeNumberField("total", result.requests().total());
        json.writeNumberField("sent", result.requests().sent());
        json.writeNumberField("answered", result.requests().answered());
        json.writeNumberField("timedOut", result.requests().timedOut());
        json.writeEndObject();
        json.writeObjectFieldStart("reconnects");
        json.writeNumberField("connectionsLost", result.reconnects().connectionsLost());
        json.writeNumberField("requestsRepeated", result.reconnects().requestsRepeated());
        json.writeNumberField("requestsAbandoned", result.reconnects().requestsAbandoned());
        json.writeEndObject();
        json.writeObjectFieldStart("bytes");
        json.writeNumberField("clientPlanned", result.bytes().clientPlanned());
        json.writeNumberField("clientAcked", result.bytes().clientAcked());
        if (result.kernelTcp()) {
            json.writeNullField("clientRetransmitted");
        } else {
            json.writeNumberField("clientRetransmitted", result.bytes().clientRetransmitted());
        }
        json.writeNumberField("serverReceived", result.bytes().serverReceived());
        json.writeEndObject();
        json.writeObjectFieldStart("responses");
        json.writeNumberField("compared", result.responses().compared());
        json.writeNumberField("matched", result.responses().matched());
        json.writeNumberField("different", result.responses().different());
        Json.reasons(json, "notCompared", result.responses().notCompared());
        json.writeEndObject();
    }

    private static void rewrites(final JsonGenerator json, final ReplayResult.@Nullable Rewrites rewrites)
            throws IOException {
        if (rewrites != null) {
            json.writeObjectFieldStart("rewrites");
            json.writeNumberField("places", rewrites.places());
            json.writeNumberField("flows", rewrites.flows());
            json.writeArrayFieldStart("unmatched");
            for (final String subject : rewrites.unmatched()) {
                json.writeString(subject);
            }
            json.writeEndArray();
            json.writeEndObject();
        }
    }

    /** Null where nothing was measured: a 0 would read as "at once". */
    public static void percentiles(final JsonGenerator json, final String name, final Percentiles times)
            throws IOException {
        json.writeObjectFieldStart(name);
        final String[] names = {"p50", "p90", "p99", "p999", "max"};
        final long[] values = {times.p50(), times.p90(), times.p99(), times.p999(), times.max()};
        for (int i = 0; i < names.length; i++) {
            if (times.count() == 0) {
                json.writeNullField(names[i]);
            } else {
                json.writeNumberField(names[i], values[i]);
            }
        }
        json.writeEndObject();
    }

    private static void run(final JsonGenerator json, final ReplayResult result) throws IOException {
        if (Double.isInfinite(result.speed())) {
            json.writeStringField("speed", "max");
        } else {
            json.writeNumberField("speed", result.speed());
        }
        json.writeNumberField("copies", result.copies());
        json.writeStringField("transport", result.transport());
        json.writeStringField("target", result.target());
        json.writeNumberField("seed", result.seed());
        json.writeNumberField("startedNs", result.startedNs());
        json.writeNumberField("endedNs", result.endedNs());
        json.writeObjectFieldStart("replayer");
        json.writeNumberField("cpuSeconds", result.replayer().cpuSeconds());
        json.writeNumberField("maxRssBytes", result.replayer().maxRssBytes());
        json.writeBooleanField("trustworthy", result.replayer().trustworthy());
        final ReplayResult.Restraint restraint = result.replayer().restraint();
        if (restraint.bitsPerSecond() == 0) {
            json.writeNullField("maxBitsPerSecond");
            json.writeNullField("bandwidthHeldShare");
        } else {
            json.writeNumberField("maxBitsPerSecond", restraint.bitsPerSecond());
            json.writeNumberField("bandwidthHeldShare", restraint.heldShare());
        }
        json.writeNumberField("pauses", restraint.pauses());
        json.writeNumberField("pausedNs", restraint.pausedNs());
        json.writeEndObject();
        packets(json, result);
        trouble(json, result);
    }

    private static void trouble(final JsonGenerator json, final ReplayResult result) throws IOException {
        json.writeStringField("stopped", result.stopped());
        final Trouble trouble = result.trouble();
        if (trouble == null) {
            json.writeNullField("diagnosis");
            return;
        }
        json.writeObjectFieldStart("diagnosis");
        json.writeStringField("found", trouble.found());
        json.writeStringField("cure", trouble.cure());
        json.writeEndObject();
    }

    // Null where the kernel does TCP: a 0 would read as "none".
    private static void packets(final JsonGenerator json, final ReplayResult result) throws IOException {
        if (result.kernelTcp()) {
            json.writeNullField("packets");
            return;
        }
        json.writeObjectFieldStart("packets");
        json.writeNumberField("sent", result.packets().sent());
        json.writeNumberField("received", result.packets().received());
        json.writeNumberField("sendDropped", result.packets().sendDropped());
        json.writeNumberField("receiveDropped", result.packets().receiveDropped());
        final ReplayResult.EgressWatch watch = result.packets().watch();
        json.writeStringField("guard", watch.held().word());
        if (watch.held() == ReplayResult.EgressWatch.Held.HELD || watch.stopped() > 0) {
            json.writeNumberField("stopped", watch.stopped());
        } else {
            json.writeNullField("stopped");
        }
        final ReplayResult.Percentiles delay = result.packets().feedDelayNs();
        if (delay == null) {
            json.writeNullField("feedDelayNs");
        } else {
            percentiles(json, "feedDelayNs", delay);
        }
        json.writeEndObject();
    }
}
