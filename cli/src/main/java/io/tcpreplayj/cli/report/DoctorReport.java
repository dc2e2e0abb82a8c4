package io.tcpreplayj.cli.report;

import com.fasterxml.jackson.core.JsonGenerator;
import io.tcpreplayj.replay.doctor.Examination;
import io.tcpreplayj.replay.doctor.Finding;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;

/** What a doctor found: one line a check, and under each that is not ok what cures it. */
public final class DoctorReport {
    private DoctorReport() {}

    /** For people. */
    public static void text(final Examination found, final PrintStream out) {
        out.println("replay to " + found.target() + " by " + found.transport()
                + (found.reason().isEmpty() ? "" : " (" + found.reason() + ")") + "; this host is the "
                + found.place());
        for (final Finding finding : found.findings()) {
            out.printf("%-5s %-11s %s%n", finding.level().label(), finding.check(), Human.safeLines(finding.found()));
            if (!finding.cure().isEmpty()) {
                out.println("                  cure: " + Human.safeLines(finding.cure()));
            }
        }
    }

    /** For machines: one object and a newline. */
    public static void json(final Examination found, final int exit, final OutputStream out) throws IOException {
        try (JsonGenerator json = Json.generator(out)) {
            json.writeStartObject();
            json.writeStringField("target", found.target().toString());
            json.writeStringField("place", found.place());
            json.writeStringField("transport", found.transport());
            json.writeArrayFieldStart("checks");
            for (final Finding finding : found.findings()) {
                json.writeStartObject();
                json.writeStringField("check", finding.check());
                json.writeStringField("level", finding.level().label());
                json.writeStringField("found", finding.found());
                json.writeStringField("cure", finding.cure());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeBooleanField("probed", found.probed());
            json.writeNumberField("exit", exit);
            json.writeEndObject();
            json.writeRaw('\n');
        }
    }
}
