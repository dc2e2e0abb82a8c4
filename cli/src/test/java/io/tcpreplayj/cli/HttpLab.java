package io.tcpreplayj.cli;

import io.tcpreplayj.testdata.Lab;
import io.tcpreplayj.testdata.Nginx;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A client and a server namespace with our nginx in the latter, and a resident command line in each: {@code tun} runs beside
 * the server, the other transports run in the client's namespace.
 */
final class HttpLab implements AutoCloseable {
    private static final int PORT = 8080;

    private final Path directory;
    private final Lab lab;
    private final Nginx nginx;
    private final ResidentCli onServer;
    private final ResidentCli onClient;

    /** Root, or the test is skipped. @param directory for scratch files */
    HttpLab(final Path directory) throws IOException {
        Privileges.needRootAnd("ip", "nginx", "nft", "ethtool");
        this.directory = directory;
        lab = Lab.pair();
        nginx = Nginx.small(lab.server(), directory.resolve("nginx"), PORT);
        onServer = ResidentCli.in(lab.server(), directory);
        onClient = ResidentCli.in(lab.client(), directory);
    }

    Lab lab() {
        return lab;
    }

    Nginx nginx() {
        return nginx;
    }

    /** The server as seen on its wire. @param family 4 or 6 */
    String target(final int family) {
        return family == 4 ? lab.serverV4() + ":" + PORT : "[" + lab.serverV6() + "]:" + PORT;
    }

    ResidentCli onServer() {
        return onServer;
    }

    /** Where a transport belongs. */
    ResidentCli cli(final String transport) {
        return transport.equals("tun") ? onServer : onClient;
    }

    /** Replays with a JSON report, and {@link #sessions} afterwards. */
    ResidentCli.Result replay(
            final ResidentCli cli,
            final String database,
            final String target,
            final String transport,
            final String... more)
            throws IOException {
        final List<String> words = new ArrayList<>(List.of("replay", database, "--target", target));
        words.addAll(
                List.of("--transport", transport, "--sessions", sessionsFile().toString(), "--json", "-q"));
        words.addAll(List.of(more));
        return cli.run(words.toArray(String[]::new));
    }

    List<Session> sessions() throws IOException {
        return Session.read(sessionsFile());
    }

    private Path sessionsFile() {
        return directory.resolve("sessions.json");
    }

    @Override
    public void close() throws IOException {
        onClient.close();
        onServer.close();
        nginx.close();
        lab.close();
    }
}
