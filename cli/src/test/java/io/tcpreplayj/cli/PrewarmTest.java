package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.cli.AcceptanceLab.Recording;
import io.tcpreplayj.testdata.FlowPcap;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TF-42: connections stand, idle, before the first request leaves. */
final class PrewarmTest {
    private static final int FLOWS = 5;
    private static final int REQUEST = 100;
    private static final int ANSWER = 50;
    private static final long SECOND_NS = 1_000_000_000L;

    private final List<Long> accepted = new CopyOnWriteArrayList<>();
    private final List<Long> firstBytes = new CopyOnWriteArrayList<>();

    /** At twice the pace: the two seconds are the target's, not the capture's. */
    @Test
    void allConnectionsAreOpen_beforeTheFirstRequestLeaves(@TempDir final Path scratch) throws Exception {
        final Recording recording =
                AcceptanceLab.record(scratch, "flows", new FlowPcap.Shape(FLOWS, 2, REQUEST, ANSWER, 1_000, 1_000));
        try (ServerSocket server = new ServerSocket(0, FLOWS, InetAddress.getByName("127.0.0.1"))) {
            final List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < FLOWS; i++) {
                threads.add(new Thread(() -> serve(server)));
            }
            threads.forEach(Thread::start);
            final String target = "127.0.0.1:" + server.getLocalPort();
            final Run run = new Run()
                    .main(
                            "replay",
                            recording.database(),
                            "--target",
                            target,
                            "--transport",
                            "socket",
                            "--speed",
                            "2x",
                            "--prewarm",
                            "2s",
                            "-q");
            assertThat(run.exit()).as(run.err()).isZero();
            for (final Thread each : threads) {
                each.join();
            }
        }
        assertThat(firstBytes).hasSize(FLOWS);
        final long firstNs = Collections.min(firstBytes);
        assertThat(firstNs - Collections.max(accepted)).isPositive();
        assertThat(firstNs - Collections.min(accepted)).isBetween(SECOND_NS, 8 * SECOND_NS);
    }

    private void serve(final ServerSocket server) {
        try (Socket socket = server.accept()) {
            accepted.add(System.nanoTime());
            int read = socket.getInputStream().read();
            firstBytes.add(System.nanoTime());
            for (int bytes = 1; read >= 0; bytes++) {
                if (bytes % REQUEST == 0) {
                    socket.getOutputStream().write(new byte[ANSWER]);
                }
                read = socket.getInputStream().read();
            }
        } catch (final IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void withoutAPace_thereIsNoAhead() {
        final Run run =
                new Run().main("replay", "x.tfdb", "--target", "127.0.0.1:1", "--speed", "max", "--prewarm", "2s");
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains("--prewarm wants a pace");
    }
}
