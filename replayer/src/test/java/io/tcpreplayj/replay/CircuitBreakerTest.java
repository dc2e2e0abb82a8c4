package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.replay.script.ScriptListener;
import io.tcpreplayj.replay.tcp.Outcome;
import io.tcpreplayj.replay.tcp.ResponseBytes;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class CircuitBreakerTest {
    private static final long MS = 1_000_000L;
    private static final Endpoint TARGET = new Endpoint(IpAddress.parse("10.1.2.3"), 80);

    private final Told told = new Told();
    private int stops;
    private final CircuitBreaker breaker = breaker(true);

    private CircuitBreaker breaker(final boolean on) {
        final CircuitBreaker made = new CircuitBreaker(told, on);
        made.guards(() -> stops++);
        return made;
    }

    @Test
    void targetThatRefusesAll_stopsTheRunOnce_atTheHundredth() {
        for (int i = 0; i < 99; i++) {
            session(Outcome.REFUSED, i * MS);
        }
        assertThat(breaker.tripped()).isFalse();
        session(Outcome.REFUSED, 99 * MS);
        session(Outcome.REFUSED, 100 * MS);
        assertThat(stops).isEqualTo(1);
        assertThat(breaker.told(TARGET)).contains("10.1.2.3:80 refused or ignored 100 of 100 connections", "\nhint: ");
        assertThat(told.ended).as("the books hear of all").isEqualTo(101);
    }

    @Test
    void oneOfFive_isNoReason_andMoreIs() {
        for (int i = 0; i < 1_000; i++) {
            session(i % 5 == 4 ? Outcome.REFUSED : Outcome.COMPLETED, i * MS);
        }
        assertThat(stops).isZero();
        for (int i = 0; i < 60; i++) {
            session(Outcome.SYN_TIMEOUT, 1_000 * MS);
        }
        assertThat(stops).isEqualTo(1);
    }

    @Test
    void refusalsOfLongAgo_areForgotten() {
        for (int i = 0; i < 99; i++) {
            session(Outcome.REFUSED, i * MS);
        }
        session(Outcome.REFUSED, 6_000 * MS);
        assertThat(stops).isZero();
        for (int i = 0; i < 100; i++) {
            session(Outcome.REFUSED, 60_000 * MS);
        }
        assertThat(stops).isEqualTo(1);
    }

    @Test
    void connectionsThatEndOtherwise_areNoneOfItsBusiness() {
        for (int i = 0; i < 1_000; i++) {
            session(Outcome.RESET_BY_TARGET, i * MS);
            breaker.onEnded(i, Outcome.NOT_STARTED, 0, 0, 0, null, i * MS);
        }
        assertThat(stops).isZero();
        assertThat(breaker.told(TARGET)).isNull();
    }

    private void session(final Outcome outcome, final long nowNs) {
        breaker.onStarted(0, nowNs);
        breaker.onEnded(0, outcome, 0, 0, 0, null, nowNs);
    }

    private static final class Told implements SessionEvents {
        private int ended;

        @Override
        public ScriptListener scriptListener(final int index) {
            throw new AssertionError("nobody asked");
        }

        @Override
        public @Nullable ResponseBytes responseBytes(final int index) {
            return null;
        }

        @Override
        public void onStarted(final int index, final long nowNs) {}

        @Override
        public void onConnectionLost(final int index, final int done, final int next, final Moved moved) {}

        @Override
        public void onEnded(
                final int index,
                final Outcome outcome,
                final long ackedBytes,
                final long receivedBytes,
                final long retransmittedBytes,
                final @Nullable Endpoint local,
                final long nowNs) {
            ended++;
        }
    }
}
