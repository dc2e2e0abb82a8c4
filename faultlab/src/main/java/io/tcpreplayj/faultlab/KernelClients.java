package io.tcpreplayj.faultlab;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The exchanges of a {@link io.tcpreplayj.testdata.FlowPcap}, held by clients of the kernel: each connects at its time, sends,
 * reads the whole answer, thinks, and closes. A process of its own, a thread a client.
 */
final class KernelClients {
    private static final int ATTEMPT_MS = 130_000;
    private static final long STACK_BYTES = 128 << 10;
    /** A client whose server gave up, and whose RST was lost, waits for ever: it reads, and nothing of its own is under way. */
    private static final long LONGEST_NS = 1_200_000_000_000L;

    private final InetSocketAddress server;
    private final int exchanges;
    private final byte[] request;
    private final int answerBytes;
    private final long thinkUs;
    private final AtomicInteger failed = new AtomicInteger();

    private KernelClients(final String[] arguments) throws IOException {
        server = new InetSocketAddress(InetAddress.getByName(arguments[0]), Integer.parseInt(arguments[1]));
        exchanges = Integer.parseInt(arguments[3]);
        request = new byte[Integer.parseInt(arguments[4])];
        answerBytes = Integer.parseInt(arguments[5]);
        thinkUs = Long.parseLong(arguments[6]);
    }

    /**
     * Arguments: address, port, flows, exchanges, request bytes, answer bytes, think time and spacing in microseconds. Prints
     * the nanoseconds from the first to the last, and how many clients did not end in order, or not within twenty minutes.
     */
    public static void main(final String[] arguments) throws IOException, InterruptedException {
        final KernelClients clients = new KernelClients(arguments);
        final long startNs = System.nanoTime();
        clients.holdAll(Integer.parseInt(arguments[2]), Long.parseLong(arguments[7]) * 1_000, startNs);
        System.err.println(System.nanoTime() - startNs + " " + clients.failed);
    }

    private void holdAll(final int flows, final long spacingNs, final long startNs) throws InterruptedException {
        final List<Thread> threads = new ArrayList<>();
        for (int flow = 0; flow < flows; flow++) {
            final long dueNs = startNs + flow * spacingNs;
            for (long leftNs = dueNs - System.nanoTime(); leftNs > 0; leftNs = dueNs - System.nanoTime()) {
                TimeUnit.NANOSECONDS.sleep(leftNs);
            }
            final Thread thread = new Thread(null, this::hold, "client-" + flow, STACK_BYTES);
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
        for (final Thread thread : threads) {
            thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(startNs + LONGEST_NS - System.nanoTime())));
            if (thread.isAlive()) {
                failed.incrementAndGet();
            }
        }
    }

    private void hold() {
        try (Socket socket = new Socket()) {
            socket.setTcpNoDelay(true);
            socket.connect(server, ATTEMPT_MS);
            converse(socket);
        } catch (final IOException e) {
            failed.incrementAndGet();
        } catch (final InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        }
    }

    private void converse(final Socket socket) throws IOException, InterruptedException {
        final OutputStream out = socket.getOutputStream();
        final DataInputStream in = new DataInputStream(socket.getInputStream());
        final byte[] answer = new byte[answerBytes];
        for (int exchange = 0; exchange < exchanges; exchange++) {
            TimeUnit.MICROSECONDS.sleep(thinkUs);
            out.write(request);
            in.readFully(answer);
        }
        TimeUnit.MICROSECONDS.sleep(thinkUs);
        socket.shutdownOutput();
        if (in.read() >= 0) {
            throw new IOException("more than the answers");
        }
    }
}
