package io.tcpreplayj.replay.script;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.flow.ClientEvents;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Seeded: random scripts against random servers, in virtual time. */
class ScriptCursorPropertyTest {
    private static final long MS = 1_000_000L;
    private static final long SECOND = 1_000 * MS;
    private static final long BASE_SEED = 20261123L;

    /** What the live server does with each answer. */
    private enum Server {
        SAME,
        SHORTER,
        LONGER,
        SILENT,
        CLOSES
    }

    private record Arrival(long atNs, long totalBytes, boolean push) {}

    private record Told(int exchange, long dueNs, long sentNs, long bytes, long lastByteNs, boolean timedOut) {}

    private static final class Book implements ScriptListener {
        final List<Told> sent = new ArrayList<>();
        final List<Told> ended = new ArrayList<>();

        @Override
        public void onRequestSent(final int exchange, final long dueNs, final long sentNs) {
            sent.add(new Told(exchange, dueNs, sentNs, 0, 0, false));
        }

        @Override
        public void onExchangeEnd(
                final int exchange,
                final long dueNs,
                final long sentNs,
                final long responseBytes,
                final long lastByteNs,
                final boolean timedOut) {
            ended.add(new Told(exchange, dueNs, sentNs, responseBytes, lastByteNs, timedOut));
        }
    }

    private static FlowScript randomScript(final Random random) {
        final Scripts flow = Scripts.flow();
        if (random.nextInt(4) == 0) {
            flow.after(random.nextInt(50) * MS).answer(1 + random.nextInt(100));
        }
        final int exchanges = 1 + random.nextInt(6);
        for (int e = 0; e < exchanges; e++) {
            for (int segment = 1 + random.nextInt(3); segment > 0; segment--) {
                flow.after(random.nextInt(80) * MS).send("q".repeat(1 + random.nextInt(50)));
            }
            // Longer than half the SYN's round trip: an answer, not bytes that were under way.
            flow.after((2 + random.nextInt(60)) * MS).answer(1 + random.nextInt(3_000));
        }
        flow.after(random.nextInt(30) * MS);
        switch (random.nextInt(4)) {
            case 0 -> flow.fin();
            case 1 -> flow.rst();
            case 2 -> flow.serverFin().after(MS).fin();
            default -> {}
        }
        return flow.build();
    }

    /** Against a server as quick as the captured one, every send is due at its captured time, to the nanosecond. */
    @Test
    void tf38_sameServerSameTimes_everySendIsDueAtItsCapturedTime() {
        long checked = 0;
        for (long seed = BASE_SEED; seed < BASE_SEED + 2_000; seed++) {
            final FlowScript script = randomScript(new Random(seed));
            final ClientEvents events = script.flow().events();
            final Book book = new Book();
            final ScriptCursor cursor = new ScriptCursor(script, new Pace(1, 30 * SECOND), book);
            // The capture's connection stood at 200 µs (Scripts).
            cursor.onEstablished(200_000, 200_000);
            long released = 0;
            long live = 0;
            for (int row = 0; row < events.size(); row++) {
                final long dueNs = events.sentNs(row);
                if (events.gate(row) > live) {
                    live = events.gate(row);
                    final long cameNs = dueNs - events.delayNs(row);
                    final long bytes =
                            Math.min(live, script.flow().serverStream().bytes());
                    cursor.onServerBytes(bytes, true, cameNs);
                    if (live > bytes) {
                        cursor.onServerFin(cameNs);
                    }
                }
                // Not so when a row due at the same time has taken this one along.
                final boolean pending = events.kind(row) == ClientEvents.DATA
                        ? cursor.releasedBytes() == released
                        : !cursor.finReleased() && !cursor.resetReleased();
                if (pending) {
                    assertThat(cursor.nextDeadlineNs())
                            .as("seed %d row %d", seed, row)
                            .isEqualTo(dueNs);
                    checked++;
                }
                cursor.advance(dueNs);
                released += events.length(row);
                assertThat(cursor.releasedBytes())
                        .as("seed %d row %d", seed, row)
                        .isGreaterThanOrEqualTo(released);
                cursor.onClientBytesSent(released, dueNs);
            }
        }
        assertThat(checked).isGreaterThan(10_000);
    }

    /** Whatever the server does: all is released, in order, once, and each exchange is told of exactly once. */
    @Test
    void tf39_anyServer_everyByteIsReleasedAndEveryExchangeEnds() {
        for (long seed = BASE_SEED; seed < BASE_SEED + 3_000; seed++) {
            final Random random = new Random(seed);
            final FlowScript script = randomScript(random);
            final Server server = Server.values()[random.nextInt(Server.values().length)];
            final double speed = new double[] {0.5, 1, 2, Double.POSITIVE_INFINITY}[random.nextInt(4)];
            run(seed, random, script, server, new Pace(speed, 3 * SECOND));
        }
    }

    /** The same of a script that grows while it is played: each row leaves when it would have, but not before it is captured. */
    @Test
    void anyServer_growingScript_noRowLeavesBeforeItIsCaptured_andAllDo_whateverIsForgotten() {
        long freed = 0;
        for (long seed = BASE_SEED; seed < BASE_SEED + 3_000; seed++) {
            final Random random = new Random(seed);
            final FlowScript script = randomScript(random);
            final Server server = Server.values()[random.nextInt(Server.values().length)];
            random.nextInt(4);
            // Connected before or after its first rows were captured, and told of them late or at once.
            final Growth growth = new Growth(script, (random.nextInt(40) - 20) * MS, random.nextInt(3) * MS);
            run(seed, random, script, growth, server, new Pace(1, 3 * SECOND));
            freed += growth.freed();
        }
        assertThat(freed).isGreaterThan(1_000);
    }

    /** One that is all there when it begins is played as the whole one is. */
    @Test
    void anyServer_scriptGrownBefore_isPlayedAsTheWholeOne() {
        for (long seed = BASE_SEED; seed < BASE_SEED + 1_000; seed++) {
            final FlowScript script = randomScript(new Random(seed));
            final Server server = Server.values()[(int) (seed % Server.values().length)];
            final Growth grown = new Growth(script, -100 * SECOND, 0);
            grown.upTo(0);
            final Pace pace = new Pace(1, 3 * SECOND);
            final Book book = run(seed, new Random(seed), script, grown, server, pace);
            final Book whole = run(seed, new Random(seed), script, null, server, pace);
            assertThat(book.sent).as("seed %d", seed).isEqualTo(whole.sent);
            assertThat(book.ended).as("seed %d", seed).isEqualTo(whole.ended);
        }
    }

    private static void run(
            final long seed, final Random random, final FlowScript script, final Server server, final Pace pace) {
        run(seed, random, script, null, server, pace);
    }

    private static Book run(
            final long seed,
            final Random random,
            final FlowScript script,
            final @Nullable Growth growth,
            final Server server,
            final Pace pace) {
        final String what = "seed " + seed + " " + server + " at " + pace.speed() + "x";
        final Book book = new Book();
        final ScriptCursor cursor = new ScriptCursor(growth == null ? script : growth.script(), pace, book);
        final List<Arrival> arrivals = new ArrayList<>();
        long nowNs = 5 * MS;
        long total = 0;
        long closesAtNs = Long.MAX_VALUE;
        cursor.onEstablished(4 * MS, nowNs);
        if (script.flow().events().gate(0) > 0) {
            total = answer(
                    random, arrivals, server, total, script.flow().events().gate(0), nowNs);
        }
        long sent = 0;
        int answered = 0;
        for (int step = 0; !cursor.over(); step++) {
            assertThat(step).as("%s makes progress", what).isLessThan(10_000);
            if (cursor.releasedBytes() > sent) {
                sent = cursor.releasedBytes();
                cursor.onClientBytesSent(sent, nowNs);
                while (answered < script.flow().exchanges().size() && sent >= script.offsetOf(answered + 1)) {
                    total = answer(
                            random,
                            arrivals,
                            server,
                            total,
                            script.flow().exchanges().responseBytes(answered),
                            nowNs);
                    answered++;
                    if (server == Server.CLOSES && random.nextInt(3) == 0) {
                        closesAtNs = Math.min(closesAtNs, nowNs + random.nextInt(50) * MS);
                    }
                }
                continue;
            }
            final long arrivalNs =
                    arrivals.isEmpty() ? Long.MAX_VALUE : arrivals.get(0).atNs();
            final long deadlineNs = cursor.nextDeadlineNs();
            final long growthNs = growth == null ? Long.MAX_VALUE : growth.nextNs();
            final long nextNs = Math.min(Math.min(deadlineNs, growthNs), Math.min(arrivalNs, closesAtNs));
            assertThat(nextNs).as("%s waits for something", what).isLessThan(Long.MAX_VALUE);
            final long before = cursor.releasedBytes();
            if (nextNs > nowNs) {
                cursor.advance(nextNs - 1);
                assertThat(cursor.releasedBytes())
                        .as("%s nothing leaves early", what)
                        .isEqualTo(before);
            }
            nowNs = Math.max(nowNs, nextNs);
            if (growth != null && nextNs == growthNs) {
                if (step % 2 == 0) {
                    growth.forget(cursor, sent, book.ended.size());
                }
                growth.upTo(nowNs);
                cursor.onGrown(nowNs);
            } else if (nextNs == closesAtNs) {
                closesAtNs = Long.MAX_VALUE;
                arrivals.clear();
                cursor.onServerFin(nowNs);
            } else if (nextNs == arrivalNs) {
                final Arrival arrival = arrivals.remove(0);
                cursor.onServerBytes(arrival.totalBytes(), arrival.push(), nowNs);
            } else {
                cursor.advance(nowNs);
            }
        }
        cursor.onEnd(nowNs);
        assertThat(cursor.releasedBytes()).as(what).isEqualTo(script.clientLength());
        final int exchanges = script.flow().exchanges().size();
        if (growth != null) {
            growth.check(what, book.sent.stream().map(Told::sentNs).toList());
        }
        if (!cursor.resetReleased()) {
            assertThat(cursor.finReleased()).as(what).isTrue();
        }
        check(what, book, server, exchanges, script);
        assertThat(cursor.diverged())
                .as(what)
                .isEqualTo(book.ended.stream().anyMatch(Told::timedOut) || (server == Server.SILENT && greets(script)));
        return book;
    }

    private static boolean greets(final FlowScript script) {
        return script.flow().events().gate(0) > 0;
    }

    private static void check(
            final String what, final Book book, final Server server, final int exchanges, final FlowScript script) {
        assertThat(book.sent).as(what).hasSize(exchanges);
        assertThat(book.ended).as(what).hasSize(exchanges);
        long lastNs = 0;
        for (int e = 0; e < exchanges; e++) {
            final Told sent = book.sent.get(e);
            final Told ended = book.ended.get(e);
            assertThat(sent.exchange()).as(what).isEqualTo(e);
            assertThat(ended.exchange()).as(what).isEqualTo(e);
            assertThat(sent.dueNs()).as(what).isBetween(lastNs, sent.sentNs());
            lastNs = sent.dueNs();
            if (server == Server.SAME) {
                assertThat(ended.bytes())
                        .as(what)
                        .isEqualTo(script.flow().exchanges().responseBytes(e));
                assertThat(ended.timedOut()).as(what).isFalse();
            }
            if (server == Server.SILENT) {
                assertThat(ended.bytes()).as(what).isZero();
                assertThat(ended.lastByteNs()).as(what).isEqualTo(-1);
            }
        }
    }

    /** Plans the segments of one answer, at most 4 ms apart, so that it is one answer to any reader. */
    private static long answer(
            final Random random,
            final List<Arrival> arrivals,
            final Server server,
            final long from,
            final long recorded,
            final long nowNs) {
        final long bytes = switch (server) {
            case SAME, CLOSES -> recorded;
            case SHORTER -> Math.max(1, recorded / 2);
            case LONGER -> recorded * (2 + random.nextInt(4));
            case SILENT -> 0;
        };
        long atNs = nowNs + (1 + random.nextInt(100)) * MS;
        long total = from;
        while (total < from + bytes) {
            total = Math.min(from + bytes, total + 1 + random.nextInt(1_460));
            arrivals.add(new Arrival(atNs, total, total == from + bytes));
            atNs += random.nextInt(5) * MS;
        }
        return total;
    }
}
