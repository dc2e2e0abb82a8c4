package io.tcpreplayj.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TcpDiagnosisTest {
    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void look_findsAConnectionAndWhatTheKernelMeasuredOfIt(final String address) throws IOException {
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getByName(address));
                Socket client = new Socket(listener.getInetAddress(), listener.getLocalPort());
                Socket server = listener.accept();
                TcpDiagnosis diagnosis = new TcpDiagnosis()) {
            client.getOutputStream().write(1);
            assertThat(server.getInputStream().read()).isEqualTo(1);

            assertThat(diagnosis.look(
                            endpoint(client.getLocalSocketAddress()), endpoint(server.getLocalSocketAddress())))
                    .isTrue();
            assertThat(diagnosis.sawLoss()).isFalse();
            assertThat(diagnosis.hasUnacked()).isFalse();
            // Linux's TCP_RTO_MIN, and the round trip.
            assertThat(diagnosis.retransmitTimeoutNs()).isBetween(200_000_000L, 1_000_000_000L);
        }
    }

    @Test
    void fillsSegments_withAMultipleOfWhatFullOnesBring() throws IOException {
        final InetAddress address = InetAddress.getByName("127.0.0.1");
        try (SocketChannel client = SocketChannel.open();
                ServerSocketChannel listener = ServerSocketChannel.open();
                TcpDiagnosis diagnosis = new TcpDiagnosis()) {
            listener.bind(new InetSocketAddress(address, 0));
            client.connect(listener.getLocalAddress());
            try (SocketChannel server = listener.accept()) {
                final Endpoint local = endpoint(client.getLocalAddress());
                final Endpoint remote = endpoint(server.getLocalAddress());
                receive(server, client, 5);
                assertThat(diagnosis.look(local, remote)).isTrue();
                assertThat(diagnosis.fillsSegments(5)).isFalse();

                receive(server, client, 1 << 20);
                assertThat(diagnosis.look(local, remote)).isTrue();
                int full = 1;
                while (full < 1 << 16 && !diagnosis.fillsSegments(full)) {
                    full++;
                }
                assertThat(full).isBetween(10_000, 65_483);
                assertThat(diagnosis.fillsSegments(3 * full)).isTrue();
                assertThat(diagnosis.fillsSegments(3 * full - 1)).isFalse();
                assertThat(diagnosis.fillsSegments(0)).isFalse();
            }
        }
    }

    private static void receive(final SocketChannel from, final SocketChannel to, final int bytes) throws IOException {
        final ByteBuffer sent = ByteBuffer.allocate(bytes);
        final ByteBuffer received = ByteBuffer.allocate(bytes);
        from.configureBlocking(false);
        while (received.hasRemaining()) {
            from.write(sent);
            assertThat(to.read(received)).isPositive();
        }
    }

    @Test
    void look_findsNoConnectionThatIsNone() throws IOException {
        final Endpoint nobody = new Endpoint(IpAddress.parse("127.1.2.3"), 9);
        try (TcpDiagnosis diagnosis = new TcpDiagnosis()) {
            assertThat(diagnosis.look(nobody, nobody)).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1,127.0.0.1,true",
        "127.0.0.1,127.0.0.2,false",
        "0.0.0.0,127.0.0.2,true",
        "0.0.0.0,::1,false",
        "::,::1,true",
        "::,127.0.0.1,true",
        "::1,127.0.0.1,false"
    })
    void listens_whereConnectionsWouldBeTaken(final String bound, final String asked, final boolean taken)
            throws IOException {
        // 0.0.0.0 stays one of IPv4 as a channel of that family only.
        final ProtocolFamily family =
                bound.indexOf(':') < 0 ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6;
        try (ServerSocketChannel listener = ServerSocketChannel.open(family);
                TcpDiagnosis diagnosis = new TcpDiagnosis()) {
            listener.bind(new InetSocketAddress(InetAddress.getByName(bound), 0));
            final int port = ((InetSocketAddress) listener.getLocalAddress()).getPort();
            assertThat(diagnosis.listens(new Endpoint(IpAddress.parse(asked), port)))
                    .isEqualTo(taken);
        }
    }

    private static Endpoint endpoint(final SocketAddress address) {
        final InetSocketAddress internet = (InetSocketAddress) address;
        return new Endpoint(IpAddress.of(internet.getAddress()), internet.getPort());
    }
}
