package io.tcpreplayj.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.tcpreplayj.cli.report.Human;
import io.tcpreplayj.cli.report.Json;
import io.tcpreplayj.cli.report.Ledgers;
import io.tcpreplayj.flow.PayloadKept;
import java.io.IOException;
import java.util.function.Consumer;

/** What became of packets and flows, for people and for machines. */
final class LedgerReport {
    private final PayloadKept kept;
    private final Consumer<String> print;

    /**
     * @param kept how much of the payload goes into the database
     * @param print takes each line for people
     */
    LedgerReport(final PayloadKept kept, final Consumer<String> print) {
        this.kept = kept;
        this.print = print;
    }

    /** As lines of text. */
    void print(final IndexLedger ledger) {
        final var skipped = ledger.skipped();
        print.accept("  packets  " + ledger.packets() + " read = " + ledger.indexed() + " indexed + "
                + Ledgers.sum(skipped) + " skipped" + (skipped.isEmpty() ? "" : ": " + Human.reasons(skipped)));
        contents(ledger.contents());
        final var reasons = ledger.notReplayable();
        if (kept == PayloadKept.REDACTED) {
            print.accept("  redacted " + Human.count(ledger.redactedValues(), "value") + ", "
                    + Human.count(ledger.redactedBytes(), "byte"));
        }
        print.accept("  flows    " + ledger.flows() + " found = " + ledger.replayable() + " replayable + "
                + Ledgers.sum(reasons) + " not" + (reasons.isEmpty() ? "" : ": " + Human.reasons(reasons)));
    }

    /** What is not so in every capture. */
    private void contents(final CaptureContents contents) {
        if (!contents.isEthernetOnly()) {
            print.accept("  links    " + Human.reasons(contents.linkTypes()));
        }
        if (!contents.tunnels().isEmpty()) {
            print.accept("  tunnels  " + Human.reasons(contents.tunnels()));
        }
        if (!contents.fragments().isEmpty()) {
            print.accept("  pieces   " + Human.count(Ledgers.sum(contents.fragments()), "IP fragment") + " = "
                    + Human.reasons(contents.fragments()));
        }
        if (contents.copies() > 0) {
            print.accept(
                    "  copies   " + Human.count(contents.copies(), "segment") + " captured twice, bytes counted once");
        }
        if (contents.truncated() > 0) {
            print.accept("  cut      " + Human.count(contents.truncated(), "packet") + " by the snaplen");
        }
    }

    /** As members of a JSON object. */
    void write(final JsonGenerator generator, final IndexLedger ledger) throws IOException {
        generator.writeObjectFieldStart("packets");
        generator.writeNumberField("read", ledger.packets());
        generator.writeNumberField("indexed", ledger.indexed());
        Json.reasons(generator, "skipped", ledger.skipped());
        Json.reasons(generator, "linkTypes", ledger.contents().linkTypes());
        Json.reasons(generator, "tunnels", ledger.contents().tunnels());
        Json.reasons(generator, "fragments", ledger.contents().fragments());
        generator.writeNumberField("duplicates", ledger.contents().copies());
        generator.writeNumberField("truncated", ledger.contents().truncated());
        generator.writeEndObject();
        generator.writeObjectFieldStart("flows");
        generator.writeNumberField("found", ledger.flows());
        generator.writeNumberField("replayable", ledger.replayable());
        Json.reasons(generator, "notReplayable", ledger.notReplayable());
        generator.writeEndObject();
        if (kept == PayloadKept.REDACTED) {
            generator.writeObjectFieldStart("redacted");
            generator.writeNumberField("values", ledger.redactedValues());
            generator.writeNumberField("bytes", ledger.redactedBytes());
            generator.writeEndObject();
        }
    }
}
