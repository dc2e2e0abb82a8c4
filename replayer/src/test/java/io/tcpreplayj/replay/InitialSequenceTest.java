package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class InitialSequenceTest {
    private static final Endpoint TARGET = new Endpoint(IpAddress.parse("127.0.0.1"), 80);
    private static final long SECOND_NS = 1_000_000_000L;

    private static Endpoint client(final int port) {
        return new Endpoint(IpAddress.parse("198.18.0.1"), port);
    }

    @Test
    void tf03_tf32_secondConnectionOfATuple_beginsAboveTheFirst_inThisRunAndTheNext() {
        final InitialSequence run = new InitialSequence();
        final int first = run.iss(client(40_000), TARGET, SECOND_NS);
        final int second = run.iss(client(40_000), TARGET, 2 * SECOND_NS);
        assertThat(second - first).as("one tick in 4 µs, RFC 6528").isEqualTo(250_000);
        // The next run's clock begins at 0, and time has passed since this one began.
        assertThat(new InitialSequence().iss(client(40_000), TARGET, SECOND_NS) - first)
                .isNotNegative();
    }

    @Test
    void tf03_tuplesOfOneMoment_haveNumbersFarApart() {
        final InitialSequence run = new InitialSequence();
        final Set<Integer> seen = new HashSet<>();
        for (int port = 1024; port < 2024; port++) {
            seen.add(run.iss(client(port), TARGET, 0) >>> 16);
        }
        assertThat(seen).as("upper halves of 1000 ISNs").hasSizeGreaterThan(950);
    }

    @Test
    void tf09_timestampsOfALaterRun_areNotBelowThoseOfThisOne() {
        final int now = new InitialSequence().tsOffset();
        assertThat(new InitialSequence().tsOffset() - now).isNotNegative();
    }
}
