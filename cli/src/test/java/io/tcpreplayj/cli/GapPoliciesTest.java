package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.testdata.ByteServer;
import io.tcpreplayj.testdata.FlowPcap;
import io.tcpreplayj.testdata.ThinnedPcap;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TF-34 against a real server: what becomes of the flows of a capture from which 1 % of the client's frames are missing. */
final class GapPoliciesTest {
    private static final FlowPcap.Shape SHAPE = new FlowPcap.Shape(200, 10, 600, 900, 1_000, 500);
    private static final long WHOLE = (long) SHAPE.exchanges() * SHAPE.requestBytes();

    @TempDir
    private Path directory;

    private Path database;
    private ThinnedPcap.Missing missing;

    @BeforeEach
    void index() throws IOException {
        final Path whole = directory.resolve("whole.pcap");
        final Path thinned = directory.resolve("thinned.pcap");
        FlowPcap.write(whole, SHAPE, 11);
        missing = ThinnedPcap.write(whole, thinned, 0.01, 11);
        database = directory.resolve("flows.tfdb");
        final Run indexed = new Run().main("index", "-q", "--db", database, thinned);
        assertThat(indexed.exit()).as(indexed.err()).isZero();
        assertThat(missing.withHoles()).hasSizeGreaterThan(10);
        assertThat(missing.withoutSyn()).isEmpty();
    }

    private record Replayed(Map<String, Object> report, List<ByteServer.Received> received) {
        long number(final String part, final String field) {
            return ((Number) ((Map<?, ?>) report.get(part)).get(field)).longValue();
        }

        Object skipped() {
            return ((Map<?, ?>) report.get("flows")).get("skipped");
        }

        long withBytes(final long bytes) {
            return received.stream().filter(each -> each.bytes() == bytes).count();
        }
    }

    private Replayed replay(final String policy) throws IOException, InterruptedException {
        final Path journal = directory.resolve("journal-" + policy);
        try (ByteServer server = ByteServer.start(
                InetAddress.getLoopbackAddress(), 0, SHAPE.requestBytes(), SHAPE.answerBytes(), journal)) {
            final Run run = new Run()
                    .main(
                            "replay",
                            database,
                            "--target",
                            "127.0.0.1:" + server.port(),
                            "--transport",
                            "socket",
                            "--gap",
                            policy,
                            "--json",
                            "-q");
            assertThat(run.exit()).as(run.out() + run.err()).isZero();
            final Map<String, Object> report = JSON.std.mapFrom(run.out());
            final long flows = ((Number) ((Map<?, ?>) report.get("flows")).get("replayed")).longValue();
            assertThat(Eventually.holds(
                            Duration.ofSeconds(5), () -> received(journal).size() == flows))
                    .as("the server has noted every connection")
                    .isTrue();
            return new Replayed(report, received(journal));
        }
    }

    private static List<ByteServer.Received> received(final Path journal) throws IOException {
        return ByteServer.received(journal);
    }

    @Test
    void dropFlow_leavesThemOut() throws IOException, InterruptedException {
        final Replayed dropped = replay("drop-flow");
        assertThat(dropped.skipped()).hasToString("{gap=" + missing.withHoles().size() + "}");
        assertThat(dropped.withBytes(WHOLE))
                .isEqualTo(SHAPE.flows() - missing.withHoles().size());
    }

    @Test
    void fill_sendsAsManyBytesAsWereSent() throws IOException, InterruptedException {
        final Replayed filled = replay("fill");
        assertThat(filled.withBytes(WHOLE)).isEqualTo(SHAPE.flows());
        assertThat(filled.received()).extracting(ByteServer.Received::end).containsOnly("eof");
        assertThat(filled.number("bytes", "clientAcked")).isEqualTo(SHAPE.flows() * WHOLE);
        assertThat(filled.number("bytes", "serverReceived"))
                .isEqualTo((long) SHAPE.flows() * SHAPE.exchanges() * SHAPE.answerBytes());
    }

    @Test
    void truncate_sendsWhatLiesBeforeTheFirstHole_andCloses() throws IOException, InterruptedException {
        final Replayed cut = replay("truncate");
        final Set<Long> lengths = new TreeSet<>();
        cut.received().forEach(each -> lengths.add(each.bytes()));
        assertThat(lengths)
                .allSatisfy(bytes -> assertThat(bytes % SHAPE.requestBytes()).isZero());
        final long whole = SHAPE.flows() - missing.withHoles().size();
        final long notBegun = ((Number) ((Map<?, ?>) cut.skipped()).get("gap")).longValue();
        assertThat(cut.withBytes(WHOLE)).isEqualTo(whole);
        assertThat(cut.received()).hasSize((int) (SHAPE.flows() - notBegun));
        assertThat(notBegun).isLessThan(missing.withHoles().size() / 2);
        assertThat(cut.received()).extracting(ByteServer.Received::end).containsOnly("eof");
        assertThat(cut.number("requests", "answered")).isEqualTo(cut.number("requests", "total"));
    }

    @Test
    void skip_sendsWhatIsThere() throws IOException, InterruptedException {
        final Replayed skipped = replay("skip");
        assertThat(skipped.received()).hasSize(SHAPE.flows());
        final long holes = missing.withHoles().size();
        assertThat(skipped.withBytes(WHOLE)).isEqualTo(SHAPE.flows() - holes);
    }
}
