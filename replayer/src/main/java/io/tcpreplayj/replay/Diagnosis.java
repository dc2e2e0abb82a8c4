package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.doctor.Finding;
import io.tcpreplayj.replay.judge.Ledger;
import io.tcpreplayj.replay.tcp.Outcome;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Why nothing came back, or less than should, and what to do about it: what the run saw, and what the doctor finds. */
final class Diagnosis {
    /** Asks why, once that is worth the time. */
    @FunctionalInterface
    interface Why {
        /** What is wrong, after "no answer from …: ", and its cure. */
        Finding find() throws IOException;
    }

    private Diagnosis() {}

    /** Null when the target took connections. */
    static @Nullable Trouble of(
            final boolean silent,
            final Ledger ledger,
            final Endpoint target,
            final TransportChoice choice,
            final Agent agent,
            final Why why) {
        final long refused = ledger.count(Outcome.REFUSED);
        final long neverBegun = ledger.count(Outcome.NOT_STARTED) + ledger.count(Outcome.LATE);
        if (refused > 0 && refused + neverBegun == ledger.replayed() + ledger.failed()) {
            return new Trouble(
                    null,
                    "target " + target + " refused all " + refused + " connections: nothing listens there",
                    "start the server, or check the port: ss -ltn 'sport = :" + target.port() + "'");
        }
        final long unreachable = ledger.count(Outcome.UNREACHABLE);
        if (unreachable > 0 && ledger.replayed() == 0) {
            return new Trouble(
                    null,
                    "target " + target + " could not be reached by " + unreachable
                            + " connections: no route, no neighbour, or a rule of this host forbids it",
                    "ip route get " + target.address() + "; nft list ruleset");
        }
        if (!silent) {
            final Trouble overrun = overrun(ledger, target);
            return overrun == null ? mute(ledger.requests(), target) : overrun;
        }
        return explained(
                Trouble.Stop.SILENT,
                "no answer from " + target + " within " + ReplayRunner.SILENCE_NS / 1_000_000_000 + " s: "
                        + seen(choice, agent),
                why);
    }

    /** A target that had answered and says nothing any more. */
    static Trouble gaveUp(final ReplayRunner runner, final Endpoint target, final Instant now, final Why why) {
        return explained(Trouble.Stop.GIVEN_UP, gaveUp(runner, target.toString(), "connection", now), why);
    }

    /** What was seen of that; {@code what} was open. */
    static String gaveUp(final ReplayRunner runner, final String target, final String what, final Instant now) {
        final Instant since = now.minusNanos(runner.gaveUpNs()).truncatedTo(ChronoUnit.SECONDS);
        return "nothing heard from " + target + " since " + since + ", while "
                + counted(runner.waitedFor(), what, "was", "were") + " open and waiting: given up after "
                + String.format(Locale.ROOT, "%.1f s (--give-up)", runner.gaveUpNs() / 1e9);
    }

    /**
     * A target that became slow and did not recover.
     *
     * @param cure what to do
     */
    static Trouble slow(final SlowTarget slow, final String cure) {
        return new Trouble(
                Trouble.Stop.BREAKER,
                "stopped starting flows: target " + slow.target() + " took more than " + milliseconds(slow.limitNs())
                        + " to answer a SYN, and " + milliseconds(slow.usualNs()) + " at first; it was waited "
                        + SlowTarget.PATIENCE_NS / 1_000_000_000L + " s for it to recover",
                "it is overrun: " + cure);
    }

    private static String milliseconds(final long ns) {
        return String.format(Locale.ROOT, "%.1f ms", ns / 1e6);
    }

    /** "1 connection was", "2 connections were". */
    static String counted(final long count, final String what, final String one, final String several) {
        return count + " " + what + (count == 1 ? " " + one : "s " + several);
    }

    /** Sessions that were open when the capture ended, and of which none got any further. */
    static Trouble stalled(final int sessions, final String targets, final long patienceNs) {
        return new Trouble(
                Trouble.Stop.STALLED,
                "nothing acknowledged or answered by " + targets + " for " + patienceNs / 1_000_000_000L
                        + " s after the capture had ended: " + counted(sessions, "connection", "was", "were")
                        + " reset",
                "is it down, stuck, or cut off? a longer --response-timeout waits longer");
    }

    /** The way to the target, or that of its answers, ended in the middle of a run. */
    static Trouble broke(final IOException broken, final Endpoint target) {
        final String message = String.valueOf(broken.getMessage());
        if (broken instanceof WayBackWatch.Lost lost) {
            return new Trouble(Trouble.Stop.WAY_BACK, message, lost.cure());
        }
        final String found = "the way to " + target + " broke: " + message;
        return broken instanceof FeedLease.Lost
                ? new Trouble(
                        Trouble.Stop.INTERCEPT,
                        found,
                        "does tcpreplay-j intercept run there, and can it be reached? replay again when it does")
                : new Trouble(
                        Trouble.Stop.WAY, found, "was the interface removed or set down? run again when it is there");
    }

    /** What the run itself saw of it. */
    private static String seen(final TransportChoice choice, final Agent agent) {
        final ReplayResult.Packets packets = agent.packets();
        return switch (choice.kind()) {
            case TUN -> packets.sent() + " packets went into this machine's IP layer, none came back";
            case PACKET, XDP, RAW ->
                packets.sent() + " packets left this host" + dropped(packets, agent.lastRefusal()) + ", none came back";
            case SOCKET -> "not one connection was accepted";
        };
    }

    private static Trouble explained(final Trouble.Stop stop, final String seen, final Why why) {
        try {
            final Finding finding = why.find();
            return new Trouble(stop, seen + "; " + finding.found(), finding.cure());
        } catch (final IOException e) {
            return new Trouble(stop, seen + "; why is not known: " + e.getMessage(), "tcpreplay-j doctor looks again");
        }
    }

    /** A target that took some connections and let the SYNs of others go unanswered, all of their retries. */
    private static @Nullable Trouble overrun(final Ledger ledger, final Endpoint target) {
        final long unanswered = ledger.count(Outcome.SYN_TIMEOUT);
        if (unanswered == 0 || ledger.replayed() == 0) {
            return null;
        }
        return new Trouble(
                null,
                "target " + target + " answered no SYN of " + unanswered + " connections and took "
                        + ledger.replayed()
                        + " others: its accept queue was full, or it has all the connections it can hold",
                "look there with: ss -ltn 'sport = :" + target.port()
                        + "'; nstat -az TcpExtListenOverflows; raise its limits (backlog, somaxconn, open files), or"
                        + " replay with --max-connections");
    }

    /** A target whose TCP is alive and whose program is not. */
    private static @Nullable Trouble mute(final ReplayResult.Requests requests, final Endpoint target) {
        if (requests.answered() > 0 || requests.timedOut() == 0) {
            return null;
        }
        return new Trouble(
                null,
                "target " + target + " took the connections and answered none of " + requests.sent() + " requests",
                "is the server stuck? a longer --response-timeout waits longer");
    }

    private static String dropped(final ReplayResult.Packets packets, final String why) {
        if (packets.sendDropped() == 0) {
            return "";
        }
        return " (the kernel refused " + packets.sendDropped() + " more" + (why.isEmpty() ? "" : ", last by " + why)
                + ")";
    }
}
