package io.tcpreplayj.cli.report;

import io.tcpreplayj.flow.db.Repair;
import io.tcpreplayj.flow.db.Verification;
import java.io.PrintStream;

/** What {@code verify} found and did, for people. */
public final class VerifyText {
    /** Of a disk's failure there may be thousands; JSON has them all. */
    private static final int MOST_LINES = 50;

    private VerifyText() {}

    /** A database that was looked at. */
    public static void write(final Verification found, final PrintStream out) {
        out.println(Human.safe(String.valueOf(found.file())) + ": " + (found.clean() ? "whole" : "damaged"));
        contents(found, out);
        damage(found, out);
    }

    /** A database that was repaired, or needed no repair. */
    public static void write(final Repair repair, final PrintStream out) {
        final String name = Human.safe(String.valueOf(repair.before().file()));
        final var kept = repair.kept();
        if (kept == null) {
            out.println(name + ": whole, nothing to repair");
            contents(repair.before(), out);
            return;
        }
        damage(repair.before(), out);
        tail(repair.before(), "cut off", out);
        out.println(name + ": repaired; the file as it was is " + Human.safe(String.valueOf(kept)));
        contents(repair.after(), out);
        lost(repair, out);
    }

    private static void contents(final Verification found, final PrintStream out) {
        final Verification.Contents contents = found.contents();
        out.println("  " + Human.bytes(found.fileBytes()) + ": " + Human.count(contents.flows(), "flow") + " with "
                + Human.bytes(contents.clientBytes()) + " of " + Human.count(contents.captures(), "capture") + " in "
                + Human.count(contents.commits(), "commit") + ", " + Human.count(contents.blocks(), "block"));
        tail(found, "not used: a writer is at work, or died", out);
        if (found.unused().deadBytes() > 0) {
            out.println("  " + found.unused().deadBytes() + " bytes between commits are not used: a writer died there");
        }
    }

    private static void tail(final Verification found, final String what, final PrintStream out) {
        final long bytes = found.unused().tailBytes();
        if (bytes > 0) {
            out.println("  " + bytes + " bytes behind the last commit, from byte " + (found.fileBytes() - bytes)
                    + " on: " + what);
        }
    }

    private static void damage(final Verification found, final PrintStream out) {
        int lines = 0;
        for (final Verification.Damage damage : found.damage()) {
            if (++lines > MOST_LINES) {
                out.println("  and " + (found.damage().size() - MOST_LINES) + " more (--json prints all)");
                return;
            }
            out.println("  byte " + damage.offset() + ": " + Human.safe(damage.what()));
        }
    }

    private static void lost(final Repair repair, final PrintStream out) {
        int lines = 0;
        for (final Repair.LostFlow flow : repair.lost()) {
            if (++lines > MOST_LINES) {
                out.println("  and " + (repair.lost().size() - MOST_LINES) + " more lost (--json prints all)");
                break;
            }
            out.println("  lost: flow " + flow.id() + " of capture " + flow.captureId() + ", "
                    + Human.time(flow.startNs()) + ": " + Human.safe(flow.why()));
        }
        if (repair.unnamedLost() > 0) {
            out.println("  lost: " + Human.count(repair.unnamedLost(), "flow") + " of which not even the id is left");
        }
        repair.lostCaptures().forEach(id -> out.println("  lost: name and counters of capture " + id));
    }
}
