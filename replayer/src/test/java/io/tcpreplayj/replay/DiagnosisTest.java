package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.replay.doctor.Finding;
import io.tcpreplayj.replay.judge.LatencyRecorder;
import io.tcpreplayj.replay.judge.Ledger;
import io.tcpreplayj.replay.judge.SessionRecord;
import io.tcpreplayj.replay.script.FlowScript;
import io.tcpreplayj.replay.script.Scripts;
import io.tcpreplayj.replay.tcp.Outcome;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class DiagnosisTest {
    private static final Endpoint TARGET = new Endpoint(IpAddress.parse("10.1.2.3"), 80);
    private static final TransportChoice PACKET = new TransportChoice(TransportChoice.Kind.PACKET, "");

    private static final Diagnosis.Why WHY =
            () -> new Finding("probe", Finding.Level.FAIL, "10.1.2.3 is up", "open the port");

    private final Ledger ledger = new Ledger();

    private void ended(final Outcome outcome) {
        final FlowScript script = Scripts.flow().send("request").build();
        ledger.planned(script);
        new SessionRecord(script, ledger, new LatencyRecorder()).ended(outcome, 0, 0, 0);
    }

    private @Nullable Trouble of(final boolean silent, final Agent agent, final Diagnosis.Why why) {
        return Diagnosis.of(silent, ledger, TARGET, PACKET, agent, why);
    }

    @Test
    void refusedPackets_areNamedWithTheErrno() {
        assertThat(of(true, new Refused(7, "ENETDOWN"), WHY).text())
                .contains("12 packets left this host (the kernel refused 7 more, last by ENETDOWN)");
        assertThat(of(true, new Refused(0, ""), WHY).text()).doesNotContain("refused");
    }

    @Test
    void silentTarget_isExplainedByTheDoctor() {
        assertThat(of(true, new Refused(0, ""), WHY).text())
                .isEqualTo("no answer from 10.1.2.3:80 within 3 s: 12 packets left this host, none came back;"
                        + " 10.1.2.3 is up\nhint: open the port");
        assertThat(of(true, new Refused(0, ""), WHY).stop()).isEqualTo(Trouble.Stop.SILENT);
        assertThat(of(true, new Refused(0, ""), () -> {
                            throw new IOException("no eyes");
                        })
                        .text())
                .contains("none came back; why is not known: no eyes\nhint: tcpreplay-j doctor");
    }

    /** Whoever lost an intercept need not look for an interface. */
    @Test
    void wayThatBroke_isToldByWhatBroke() {
        assertThat(Diagnosis.broke(new FeedLease.Lost("it said goodbye"), TARGET))
                .extracting(Trouble::stop, Trouble::found)
                .containsExactly(Trouble.Stop.INTERCEPT, "the way to 10.1.2.3:80 broke: it said goodbye");
        assertThat(Diagnosis.broke(new FeedLease.Lost("it said goodbye"), TARGET)
                        .cure())
                .startsWith("does tcpreplay-j intercept run there");
        assertThat(Diagnosis.broke(new IOException("ENODEV"), TARGET).text())
                .isEqualTo("the way to 10.1.2.3:80 broke: ENODEV\nhint: was the interface removed or set down? run"
                        + " again when it is there");
    }

    /** Some may have been too late to begin, and the rest is not even tried. */
    @Test
    void targetThatRefusesAllThatBegan_isTold() {
        ended(Outcome.REFUSED);
        ended(Outcome.REFUSED);
        ended(Outcome.LATE);
        ended(Outcome.NOT_STARTED);
        assertThat(of(false, new Refused(0, ""), WHY).text())
                .startsWith("target 10.1.2.3:80 refused all 2 connections: nothing listens there\nhint: ");
        ended(Outcome.COMPLETED);
        assertThat(of(false, new Refused(0, ""), WHY)).isNull();
    }

    @Test
    void targetThatRefusesAllConversationsThatBegan_isTold() {
        final Map<String, Long> failed = Map.of("refused", 2L, "late", 1L, "not-started", 4L);
        assertThat(UdpRun.refused(new ReplayResult.Flows(7, 0, Map.of(), failed), false, TARGET)
                        .text())
                .startsWith("target 10.1.2.3:80 refused 2 of 7 UDP conversations and answered none");
        final ReplayResult.Flows another = new ReplayResult.Flows(8, 1, Map.of(), failed);
        assertThat(UdpRun.refused(another, false, TARGET)).isNull();
        assertThat(UdpRun.refused(another, true, TARGET).text())
                .as("not each is told that it is refused")
                .contains("refused 2 of 8");
        assertThat(UdpRun.refused(new ReplayResult.Flows(1, 0, Map.of(), Map.of("late", 1L)), true, TARGET))
                .isNull();
    }

    @Test
    void unreachableTarget_isNamedWithTheCure() {
        ended(Outcome.UNREACHABLE);
        ended(Outcome.UNREACHABLE);
        assertThat(of(false, new Refused(0, ""), WHY).text())
                .contains("10.1.2.3:80 could not be reached by 2 connections")
                .contains("ip route get 10.1.2.3");
    }

    @Test
    void overrunTarget_isToldFromASilentOne() {
        ended(Outcome.SYN_TIMEOUT);
        ended(Outcome.SYN_TIMEOUT);
        assertThat(of(false, new Refused(0, ""), WHY)).isNull();
        ended(Outcome.COMPLETED);
        assertThat(of(false, new Refused(0, ""), WHY).text())
                .contains("10.1.2.3:80 answered no SYN of 2 connections and took 1 others")
                .contains("--max-connections");
    }

    /** An agent that sent 12 packets and had some refused. */
    private record Refused(long count, String why) implements Agent {
        @Override
        public void work(final long maxWaitNs) {}

        @Override
        public boolean done() {
            return true;
        }

        @Override
        public int openSessions() {
            return 0;
        }

        @Override
        public void drain() {}

        @Override
        public void abort() {}

        @Override
        public void giveUp() {}

        @Override
        public boolean heardAnything() {
            return false;
        }

        @Override
        public ReplayResult.Packets packets() {
            return new ReplayResult.Packets(12, 0, count, 0, ReplayResult.EgressWatch.NONE, null);
        }

        @Override
        public String lastRefusal() {
            return why;
        }

        @Override
        public void close() {}
    }
}
