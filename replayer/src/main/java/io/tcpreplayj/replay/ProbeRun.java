package io.tcpreplayj.replay;

import io.tcpreplayj.linux.TransparentSocket;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntConsumer;

/** Sends one {@link Probe} by the transport that a replay would choose. */
public final class ProbeRun {
    private static final int PATIENCE_MS = 1_500;

    private final Endpoint target;
    private final TransportChoice choice;
    private final ProbeClients clients;

    private ProbeRun(final Endpoint target, final TransportChoice choice, final ProbeClients clients) {
        this.target = target;
        this.choice = choice;
        this.clients = clients;
    }

    /**
     * Chooses the transport.
     *
     * @param asked "auto" or a transport's name
     * @throws UserException when none can work here
     */
    public static ProbeRun choose(final Endpoint target, final String asked, final ProbeClients clients) {
        return new ProbeRun(target, TransportChoice.make(asked, List.of(target), clients.interception()), clients);
    }

    /** The transport's name. */
    public String transport() {
        return choice.kind().label();
    }

    /** Why it was chosen. */
    public String reason() {
        return choice.reason();
    }

    /**
     * Sends it.
     *
     * @param before is told the client's port before anything is sent
     * @throws UserException when the transport cannot be set up: no neighbour, no intercept, no port left
     */
    public ProbeResult send(final IntConsumer before) throws IOException {
        final int base = ThreadLocalRandom.current().nextInt();
        if (choice.kind() == TransportChoice.Kind.SOCKET) {
            return byKernel(socketClient(base), target, PATIENCE_MS, before);
        }
        final Interception interception = clients.interception();
        final IpAddress captured = clients.captured();
        final boolean original = interception != null && interception.clients() == null;
        if (original && captured == null) {
            throw noClientKnown(target);
        }
        final IpAddress client = original && captured != null ? captured : target.address();
        final TransportNeeds needs = TransportNeeds.ofOne(target, client);
        try (RawTransport transport = RawTransports.open(choice, needs, base, interception)) {
            return Probe.over(transport, client, target, before);
        }
    }

    static UserException noClientKnown(final Endpoint target) {
        return new UserException(
                "no probe is sent with --clients original: no captured client is known",
                "name the database: tcpreplay-j doctor flows.tfdb --target " + target + " ...");
    }

    /** Of the clients' network, or any port of this host's own address. */
    private InetSocketAddress socketClient(final int base) {
        final SocketClients sockets = clients.sockets();
        return sockets == null
                ? new InetSocketAddress(0)
                : socket(sockets.asker(target, clients.captured(), base).from());
    }

    private static InetSocketAddress socket(final Endpoint client) {
        return new InetSocketAddress(client.address().toInetAddress(), client.port());
    }

    /** By the kernel's own TCP, from any address that it takes for its own. */
    static ProbeResult fromOwn(final Endpoint client, final Endpoint target) throws IOException {
        return byKernel(socket(client), target, PATIENCE_MS, port -> {});
    }

    /**
     * By the kernel's own TCP, from an address of this host.
     *
     * @param before is told the client's port before anything is sent
     */
    public static ProbeResult byKernel(final Endpoint target, final int patienceMs, final IntConsumer before)
            throws IOException {
        return byKernel(new InetSocketAddress(0), target, patienceMs, before);
    }

    private static ProbeResult byKernel(
            final InetSocketAddress local, final Endpoint target, final int patienceMs, final IntConsumer before)
            throws IOException {
        final long beganNs = System.nanoTime();
        try (SocketChannel channel = SocketChannel.open()) {
            final Socket socket = channel.socket();
            socket.setSoLinger(true, 0);
            TransparentSocket.bind(channel, local);
            before.accept(socket.getLocalPort());
            socket.connect(new InetSocketAddress(target.address().toInetAddress(), target.port()), patienceMs);
            return ProbeResult.of(ProbeResult.Fate.CONNECTED, System.nanoTime() - beganNs, "");
        } catch (final SocketTimeoutException e) {
            return ProbeResult.of(ProbeResult.Fate.SILENT, System.nanoTime() - beganNs, "");
        } catch (final NoRouteToHostException e) {
            return ProbeResult.of(ProbeResult.Fate.REJECTED, System.nanoTime() - beganNs, "");
        } catch (final ConnectException e) {
            final String why = String.valueOf(e.getMessage());
            return ProbeResult.of(
                    why.contains("refused") ? ProbeResult.Fate.REFUSED : ProbeResult.Fate.NOT_SENT,
                    System.nanoTime() - beganNs,
                    why);
        } catch (final java.net.SocketException e) {
            return ProbeResult.of(
                    ProbeResult.Fate.NOT_SENT, System.nanoTime() - beganNs, String.valueOf(e.getMessage()));
        }
    }
}
