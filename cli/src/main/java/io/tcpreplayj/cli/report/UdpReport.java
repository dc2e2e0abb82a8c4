package io.tcpreplayj.cli.report;

import com.fasterxml.jackson.core.JsonGenerator;
import io.tcpreplayj.replay.ReplayResult.Udp;
import java.io.IOException;
import java.io.PrintStream;

/** What became of the UDP conversations of a replay. */
final class UdpReport {
    private UdpReport() {}

    static void text(final Udp udp, final PrintStream out) {
        final Udp.Datagrams datagrams = udp.datagrams();
        out.println("udp        " + datagrams.planned() + " datagrams = " + datagrams.sent() + " sent + "
                + datagrams.notSent() + " not; " + datagrams.received() + " received"
                + (udp.gatesTimedOut() == 0 ? "" : "; " + udp.gatesTimedOut() + " sent without the answer before"));
        final Udp.Dns dns = udp.dns();
        if (dns.queries() > 0) {
            out.println("dns        " + dns.queries() + (dns.queries() == 1 ? " query" : " queries") + " = "
                    + dns.answered() + " answered + " + dns.timedOut() + " timed out + " + dns.cutOff()
                    + " cut off + " + dns.notSent() + " not sent");
            out.println("           rcodes: " + dns.rcodeSame() + " as recorded, " + Ledgers.sum(dns.rcodeDifferent())
                    + " different, " + dns.recordedUnanswered() + " not recorded"
                    + (dns.rcodeDifferent().isEmpty() ? "" : ": " + Human.reasons(dns.rcodeDifferent()))
                    + (dns.unmatched() == 0 ? "" : "; " + dns.unmatched() + " answers to no query that waited"));
            final var latency = udp.latencyNs();
            out.println("           recorded p50 "
                    + Human.duration(latency.recorded().p50()) + ", p99 "
                    + Human.duration(latency.recorded().p99()) + "; replayed p50 "
                    + Human.duration(latency.replayed().p50()) + ", p99 "
                    + Human.duration(latency.replayed().p99()));
        }
        final Udp.Answers answers = udp.answers();
        if (answers.expected() > 0 || answers.extra() > 0) {
            out.println("answers    " + answers.expected() + " = " + answers.equal() + " equal + " + answers.different()
                    + " different + " + answers.notCompared() + " not compared + " + answers.missing() + " missing; "
                    + answers.extra() + " more");
        }
    }

    static void json(final Udp udp, final JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("udp");
        final Udp.Datagrams datagrams = udp.datagrams();
        json.writeObjectFieldStart("datagrams");
        json.writeNumberField("planned", datagrams.planned());
        json.writeNumberField("sent", datagrams.sent());
        json.writeNumberField("notSent", datagrams.notSent());
        json.writeNumberField("received", datagrams.received());
        json.writeNumberField("sentBytes", datagrams.sentBytes());
        json.writeNumberField("receivedBytes", datagrams.receivedBytes());
        json.writeNumberField("gatesTimedOut", udp.gatesTimedOut());
        json.writeEndObject();
        final Udp.Dns dns = udp.dns();
        json.writeObjectFieldStart("dns");
        json.writeNumberField("queries", dns.queries());
        json.writeNumberField("answered", dns.answered());
        json.writeNumberField("timedOut", dns.timedOut());
        json.writeNumberField("cutOff", dns.cutOff());
        json.writeNumberField("notSent", dns.notSent());
        json.writeNumberField("rcodeSame", dns.rcodeSame());
        Json.reasons(json, "rcodeDifferent", dns.rcodeDifferent());
        json.writeNumberField("recordedUnanswered", dns.recordedUnanswered());
        json.writeNumberField("unmatched", dns.unmatched());
        json.writeEndObject();
        final Udp.Answers answers = udp.answers();
        json.writeObjectFieldStart("answers");
        json.writeNumberField("expected", answers.expected());
        json.writeNumberField("equal", answers.equal());
        json.writeNumberField("different", answers.different());
        json.writeNumberField("notCompared", answers.notCompared());
        json.writeNumberField("missing", answers.missing());
        json.writeNumberField("extra", answers.extra());
        json.writeEndObject();
        json.writeObjectFieldStart("latencyNs");
        JsonReport.percentiles(json, "recorded", udp.latencyNs().recorded());
        JsonReport.percentiles(json, "replayed", udp.latencyNs().replayed());
        JsonReport.percentiles(json, "serviceTime", udp.latencyNs().serviceTime());
        json.writeEndObject();
        json.writeEndObject();
    }

    /** The first sum that is wrong, in words; empty when all hold. */
    static String fault(final Udp udp) {
        final Udp.Datagrams datagrams = udp.datagrams();
        final Udp.Dns dns = udp.dns();
        final Udp.Answers answers = udp.answers();
        if (datagrams.planned() != datagrams.sent() + datagrams.notSent()) {
            return "datagrams do not add up: " + datagrams;
        }
        if (dns.queries() != dns.answered() + dns.timedOut() + dns.cutOff() + dns.notSent()
                || dns.answered() != dns.rcodeSame() + Ledgers.sum(dns.rcodeDifferent()) + dns.recordedUnanswered()) {
            return "queries do not add up: " + dns;
        }
        final long sum = answers.equal() + answers.different() + answers.notCompared() + answers.missing();
        return answers.expected() == sum ? "" : "answers do not add up: " + answers;
    }
}
