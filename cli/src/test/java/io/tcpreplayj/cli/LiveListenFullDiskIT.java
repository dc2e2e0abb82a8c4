package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.intercept.feed.FeedAddress;
import io.tcpreplayj.intercept.relay.RelaySender;
import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.pcap.CaptureFiles;
import io.tcpreplayj.pcap.CaptureReader;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code live --listen --target} whose disk is full while connections are being replayed. */
final class LiveListenFullDiskIT {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final RelaySender.Spool SPOOL = new RelaySender.Spool(null, 4 << 20);
    private static final int KIB = 256;
    /** Three connections are over behind it, and two have begun. */
    private static final int FIRST_PART = 50;
    /** The ends of the fifth connection, counted from 1: without them it is open until the end. */
    private static final Set<Integer> ENDS_OF_FIFTH = Set.of(61, 64);

    @TempDir
    private Path directory;

    @BeforeAll
    static void needs() {
        Privileges.needRootAnd("mount", "umount");
    }

    @Test
    void theHostIsEnded_itsConnectionsToo_andTheRestIsTold() throws Exception {
        final Path door = directory.resolve("door");
        final Run run = new Run();
        try (TmpfsMount disk = TmpfsMount.of(KIB, directory.resolve("disk"));
                SilentServer server = new SilentServer()) {
            final Path database = disk.directory().resolve("all.tfdb");
            final Thread listener = new Thread(() -> run.main(
                    "live",
                    "--listen",
                    "unix:" + door,
                    "--record",
                    database,
                    "--sources",
                    "2",
                    "--target",
                    "127.0.0.1:" + server.port(),
                    "--transport",
                    "socket",
                    "--response-timeout",
                    "1s"));
            listener.start();
            assertThat(Eventually.holds(PATIENCE, () -> Files.exists(door))).isTrue();
            try (RelaySender source = RelaySender.open(FeedAddress.unix(door), null, "web1", SPOOL)) {
                send(source, 1, FIRST_PART);
                assertThat(Eventually.holds(PATIENCE, () -> server.accepted() == 5))
                        .as("5 connections: %s", run.err())
                        .isTrue();
                fill(disk.directory());
                send(source, FIRST_PART + 1, Integer.MAX_VALUE);
                assertThat(Eventually.holds(PATIENCE, source::isOver))
                        .as("it was refused: %s", run.err())
                        .isTrue();
                assertThat(source.trouble()).contains("No space left on device");
            }
            Files.delete(disk.directory().resolve("filler"));
            try (RelaySender other = RelaySender.open(FeedAddress.unix(door), null, "web2", SPOOL)) {
                assertThat(other.finish(PATIENCE.toMillis())).isTrue();
            }
            listener.join(PATIENCE.toMillis());
            assertThat(listener.isAlive()).isFalse();
            assertThat(run.exit()).as(run.err()).isEqualTo(8);
            assertThat(run.err()).contains("web1 is recorded no more: ", "No space left on device");
            assertThat(run.out()).contains("web1: not recorded to its end", "6 replayed", "loss ");
        }
    }

    private static void fill(final Path disk) {
        assertThatThrownBy(() -> {
                    try (OutputStream out = Files.newOutputStream(disk.resolve("filler"))) {
                        while (true) {
                            out.write(new byte[4096]);
                        }
                    }
                })
                .isInstanceOf(IOException.class);
    }

    private static void send(final RelaySender sender, final int first, final int last) throws IOException {
        final Path capture = ProjectTree.root().resolve("testdata/captures/keepalive4.pcap");
        final int[] number = {0};
        final PacketHandler part = (buffer, offset, caplen, origlen, captureTimeNs, linktype) -> {
            number[0]++;
            if (number[0] >= first && number[0] <= last && !ENDS_OF_FIFTH.contains(number[0])) {
                sender.onPacket(buffer, offset, caplen, origlen, captureTimeNs, linktype);
            }
        };
        try (CaptureReader reader = CaptureFiles.open(capture)) {
            while (reader.poll(part, 100) >= 0) {
                sender.flush();
            }
        }
        sender.flush();
    }

    /** Takes connections, and says nothing. */
    private static final class SilentServer implements AutoCloseable {
        private final ServerSocket door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final List<Socket> guests = new CopyOnWriteArrayList<>();

        SilentServer() throws IOException {
            final Thread thread = new Thread(this::serve, "silent-server");
            thread.setDaemon(true);
            thread.start();
        }

        private void serve() {
            try {
                while (!door.isClosed()) {
                    guests.add(door.accept());
                }
            } catch (final IOException e) {
                assertThat(door.isClosed()).as(e.toString()).isTrue();
            }
        }

        int port() {
            return door.getLocalPort();
        }

        int accepted() {
            return guests.size();
        }

        @Override
        public void close() throws IOException {
            door.close();
            for (final Socket guest : guests) {
                guest.close();
            }
        }
    }
}
