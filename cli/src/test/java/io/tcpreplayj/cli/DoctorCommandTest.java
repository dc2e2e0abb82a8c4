package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.flow.db.FlowDb;
import io.tcpreplayj.packet.IpAddress;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whose captured address {@code doctor DB --clients original} asks from. */
final class DoctorCommandTest {
    private static final IpAddress TARGET_V4 = IpAddress.parse("10.0.0.9");
    private static final IpAddress TARGET_V6 = IpAddress.parse("fd00::9");

    @TempDir
    private Path directory;

    @Test
    void isTheFirstThatWouldBeReplayed_overTcp_inTheTargetsFamily() throws IOException {
        final Path tiny = new TinyCapture()
                .midstream(0x0a000002, 40000, 80)
                .connection(0x0a000003, 40001, 80)
                .connection(0x0a000004, 40002, 80)
                .write(directory.resolve("tiny.pcap"));
        final Path database = index(tiny);
        try (FlowDb db = FlowDb.open(database)) {
            assertThat(DoctorCommand.firstClient(db, TARGET_V4)).isEqualTo(IpAddress.parse("10.0.0.3"));
            assertThat(DoctorCommand.firstClient(db, TARGET_V6)).isEqualTo(IpAddress.parse("fd92:1::1"));
        }
    }

    @Test
    void isNobody_whereNoneCanSpeakToTheTarget() throws IOException {
        final Path database = index();
        try (FlowDb db = FlowDb.open(database)) {
            assertThat(DoctorCommand.firstClient(db, TARGET_V4)).isNull();
        }
    }

    /** Behind UDP over IPv4 and TCP over IPv6, in this order. */
    private Path index(final Path... more) throws IOException {
        final Path database = directory.resolve("x.tfdb");
        add(database, Recorded.file("dns4.pcap"), "udp");
        add(database, Recorded.file("keepalive6.pcapng.gz"), "tcp");
        for (final Path capture : more) {
            add(database, capture, "tcp");
        }
        return database;
    }

    private static void add(final Path database, final Path capture, final String expression) {
        assertThat(new Run()
                        .main("index", "-q", "--db", database, capture, expression)
                        .exit())
                .isZero();
    }
}
