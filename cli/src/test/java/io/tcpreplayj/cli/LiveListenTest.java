package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.intercept.feed.FeedAddress;
import io.tcpreplayj.intercept.relay.RelaySender;
import io.tcpreplayj.pcap.CaptureFiles;
import io.tcpreplayj.pcap.CaptureReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code live --listen} in this process, over a UNIX socket. */
final class LiveListenTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final RelaySender.Spool SPOOL = new RelaySender.Spool(null, 4 << 20);

    @TempDir
    private Path directory;

    @Test
    void sourceWhoseDatabaseCannotBeWritten_endsAlone() throws Exception {
        Files.createDirectory(directory.resolve("all-bad.tfdb"));
        final Path door = directory.resolve("door");
        final Run run = new Run();
        final Thread listener = new Thread(() -> run.main(
                "live", "--listen", "unix:" + door, "--record", directory.resolve("all.tfdb"), "--sources", "2"));
        listener.start();
        assertThat(Eventually.holds(PATIENCE, () -> Files.exists(door))).isTrue();
        try (RelaySender bad = RelaySender.open(FeedAddress.unix(door), null, "bad", SPOOL);
                RelaySender good = RelaySender.open(FeedAddress.unix(door), null, "good", SPOOL)) {
            send(bad);
            assertThat(Eventually.holds(PATIENCE, bad::isOver)).isTrue();
            assertThat(bad.trouble()).contains("all-bad.tfdb is a directory");
            send(good);
            assertThat(good.finish(PATIENCE.toMillis())).isTrue();
        }
        listener.join(PATIENCE.toMillis());
        assertThat(listener.isAlive()).isFalse();
        assertThat(run.exit()).as(run.err()).isEqualTo(8);
        assertThat(run.err()).contains("bad is recorded no more: ").contains("all-bad.tfdb is a directory");
        assertThat(run.out()).contains("bad: not recorded to its end").contains("good: ");
        assertThat(RecordedFlow.all(directory.resolve("all-good.tfdb"))).isNotEmpty();
    }

    private static void send(final RelaySender sender) throws Exception {
        final Path capture = ProjectTree.root().resolve("testdata/captures/keepalive4.pcap");
        try (CaptureReader reader = CaptureFiles.open(capture)) {
            while (reader.poll(sender, 100) >= 0) {
                sender.flush();
            }
        }
        sender.flush();
    }
}
