import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The demo's server where there is no nginx: answers everything with 1,000 bytes and logs each request line. */
final class LoggingServer {
    private LoggingServer() {}

    /** Arguments: port on 127.0.0.1, log file. */
    public static void main(final String[] arguments) throws IOException {
        final Path log = Path.of(arguments[1]);
        final InetAddress loopback = InetAddress.getByName("127.0.0.1");
        final HttpServer server =
                HttpServer.create(new InetSocketAddress(loopback, Integer.parseInt(arguments[0])), 128);
        final byte[] answer = "x".repeat(1000).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        server.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            Files.writeString(
                    log,
                    exchange.getRemoteAddress().getPort() + " \"" + exchange.getRequestMethod() + " "
                            + exchange.getRequestURI() + " " + exchange.getProtocol() + "\" 200\n",
                    StandardOpenOption.APPEND);
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
        Files.writeString(log, "");
    }
}
