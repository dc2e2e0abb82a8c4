package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Endpoint;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** Sends one {@link Probe} by the transport that a replay would choose. */
public final class ProbeRun {
    private static final int PATIENCE_MS = 1_500;

    private final Endpoint target;
    private final TransportChoice choice;
    private final @Nullable Interception interception;

    private ProbeRun(final Endpoint target, final TransportChoice choice, final @Nullable Interception interception) {
        this.target = target;
        this.choice = choice;
        this.interception = interception;
    }

    /**
     * Chooses the transport.
     *
     * @param asked "auto" or a transport's name
     * @throws UserException when none can work here
     */
    public static ProbeRun choose(
            final Endpoint target, final String asked, final @Nullable Interception interception) {
        final List<Endpoint> targets = List.of(target);
        final TransportChoice choice = interception == null
                ? TransportChoice.make(asked, targets)
                : TransportChoice.intercepted(asked, targets);
        return new ProbeRun(target, choice, interception);
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
        if (choice.kind() == TransportChoice.Kind.SOCKET) {
            return byKernel(target, PATIENCE_MS, before);
        }
        if (interception != null && interception.clients() == null) {
            throw new UserException(
                    "no probe is sent with --clients original: it has no captured client",
                    "give --clients a network that the intercept swallows");
        }
        final int base = ThreadLocalRandom.current().nextInt();
        final TransportNeeds needs = TransportNeeds.ofOne(target);
        try (RawTransport transport = RawTransports.open(choice, needs, base, interception)) {
            return Probe.over(transport, target, before);
        }
    }

    /**
     * By the kernel's own TCP, from an address of this host.
     *
     * @param before is told the client's port before anything is sent
     */
    public static ProbeResult byKernel(final Endpoint target, final int patienceMs, final IntConsumer before)
            throws IOException {
        final long beganNs = System.nanoTime();
        try (Socket socket = new Socket()) {
            socket.setSoLinger(true, 0);
            socket.bind(new InetSocketAddress(0));
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
