package io.tcpreplayj.cli.report;

import com.fasterxml.jackson.core.JsonGenerator;
import io.tcpreplayj.flow.db.Repair;
import io.tcpreplayj.flow.db.Verification;
import java.io.IOException;
import java.io.PrintStream;

/** What {@code verify} found and did, as one JSON object. */
public final class VerifyJson {
    private VerifyJson() {}

    /** A database that was looked at. */
    public static void write(final Verification found, final int exit, final PrintStream out) throws IOException {
        try (JsonGenerator json = Json.generator(out)) {
            json.writeStartObject();
            json.writeStringField("database", found.file().toString());
            found(found, json);
            end(exit, json);
        }
    }

    /** A database that was repaired, or needed no repair: what is there now, and what was wrong. */
    public static void write(final Repair repair, final int exit, final PrintStream out) throws IOException {
        try (JsonGenerator json = Json.generator(out)) {
            json.writeStartObject();
            json.writeStringField("database", repair.before().file().toString());
            found(repair.after(), json);
            json.writeObjectFieldStart("repair");
            json.writeStringField(
                    "kept", repair.kept() == null ? null : repair.kept().toString());
            json.writeObjectFieldStart("before");
            found(repair.before(), json);
            json.writeEndObject();
            json.writeArrayFieldStart("lost");
            for (final Repair.LostFlow flow : repair.lost()) {
                json.writeStartObject();
                json.writeNumberField("id", flow.id());
                json.writeNumberField("capture", flow.captureId());
                json.writeNumberField("startNs", flow.startNs());
                json.writeStringField("why", flow.why());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeNumberField("unnamedLost", repair.unnamedLost());
            json.writeArrayFieldStart("lostCaptures");
            for (final int id : repair.lostCaptures()) {
                json.writeNumber(id);
            }
            json.writeEndArray();
            json.writeEndObject();
            end(exit, json);
        }
    }

    private static void end(final int exit, final JsonGenerator json) throws IOException {
        json.writeNumberField("exit", exit);
        json.writeEndObject();
        json.writeRaw('\n');
    }

    private static void found(final Verification found, final JsonGenerator json) throws IOException {
        json.writeBooleanField("clean", found.clean());
        json.writeNumberField("bytes", found.fileBytes());
        json.writeNumberField("commits", found.contents().commits());
        json.writeNumberField("captures", found.contents().captures());
        json.writeNumberField("flows", found.contents().flows());
        json.writeNumberField("clientBytes", found.contents().clientBytes());
        json.writeNumberField("blocks", found.contents().blocks());
        json.writeNumberField("tailBytes", found.unused().tailBytes());
        json.writeNumberField("deadBytes", found.unused().deadBytes());
        json.writeArrayFieldStart("damage");
        for (final Verification.Damage damage : found.damage()) {
            json.writeStartObject();
            json.writeNumberField("offset", damage.offset());
            json.writeStringField("what", damage.what());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("lostFlows");
        for (final long id : found.lostFlows()) {
            json.writeNumber(id);
        }
        json.writeEndArray();
    }
}
