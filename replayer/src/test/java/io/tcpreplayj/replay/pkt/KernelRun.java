package io.tcpreplayj.replay.pkt;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Plays one script against a client of this machine's kernel, in real time; says where the two part. */
final class KernelRun implements AutoCloseable {
    /** Timers of the kernel tick, and this machine has other work: by so much a segment may be early or late. */
    private static final long TOLERANCE_NS = 60_000_000L;

    private static final int TARGET_ISS = 0x7fff_fff0;
    private static final int TARGET_TS_BASE = 0x4000_0000;

    /** Where packets go to the kernel. */
    interface Wire {
        void send(ByteBuffer packet) throws IOException;
    }

    private final Script script;
    private final Endpoint here;
    private final Endpoint there;
    private final Wire wire;
    private final Deque<Seen> queue = new ArrayDeque<>();
    private final List<String> story = new ArrayList<>();
    private final KernelMatch match = new KernelMatch();
    private @Nullable KernelClient client;
    private @Nullable Target target;
    private @Nullable String deviation;
    private int clientPort;
    private long startNs;
    private long previousNs;
    private int next;

    KernelRun(final Script script, final Endpoint here, final Endpoint there, final Wire wire) {
        this.script = script;
        this.here = here;
        this.there = there;
        this.wire = wire;
    }

    void start(final long nowNs) throws IOException {
        startNs = nowNs;
        client = new KernelClient(script, there, nowNs);
    }

    boolean started() {
        return client != null;
    }

    boolean over() {
        return deviation != null || next == script.events().size();
    }

    /** Where the kernel did otherwise, or null. */
    @Nullable
    String deviation() {
        return deviation;
    }

    /** A packet of the kernel's client. */
    void onPacket(final PacketView view, final ByteBuffer packet, final long nowNs) {
        Target t = target;
        if (t == null ? !SegmentParser.isSyn(view.segFlags()) : view.sourcePort() != clientPort) {
            // Of a connection that an earlier try left behind.
            return;
        }
        if (t == null) {
            t = begin(view, nowNs);
            target = t;
        }
        final Seen seen = new Seen(nowNs - startNs, t.read(packet));
        story.add(Notation.seconds(seen.atNs()) + " > " + Notation.of(seen.segment()));
        queue.add(seen);
    }

    /** The SYN tells the kernel's numbers; the script's time begins with it. */
    private Target begin(final PacketView syn, final long nowNs) {
        startNs = nowNs;
        clientPort = syn.sourcePort();
        final TcpOptions options = new TcpOptions();
        options.parse(syn.buffer(), syn.optionsOffset(), syn.optionsLength());
        final Variant numbers = new Variant(
                !here.address().isV4(),
                syn.segSeq(),
                TARGET_ISS,
                options.tsVal() - Variant.FIRST_TSVAL,
                TARGET_TS_BASE);
        final Endpoint from = new Endpoint(here.address(), clientPort);
        return new Target(from, there, Numbers.ofClient(numbers), Numbers.ofTarget(numbers));
    }

    /** Does what is due. */
    void turn(final long nowNs) throws IOException {
        if (client == null) {
            return;
        }
        client.turn(nowNs);
        final long sinceNs = nowNs - startNs;
        while (!over() && step(script.events().get(next), sinceNs)) {
            next++;
        }
    }

    /** Returns whether the event is over. */
    private boolean step(final Event event, final long sinceNs) throws IOException {
        if (event instanceof Event.Expect expect) {
            return stepExpect(expect, sinceNs);
        }
        final long atNs = event.timing().earliestNs(previousNs);
        if (event instanceof Event.Arrive arrive) {
            while (!queue.isEmpty()) {
                final Seen seen = queue.remove();
                if (!match.isFurtherAck(seen.segment())) {
                    deviate(event, "nothing before this line", seen);
                    return false;
                }
            }
            if (sinceNs < atNs || target == null) {
                return false;
            }
            story.add(Notation.seconds(sinceNs) + " < " + Notation.of(arrive.segment()));
            match.onArrival(arrive.segment());
            wire.send(target.packet(arrive.segment()));
            previousNs = sinceNs;
            return true;
        }
        if (sinceNs < atNs) {
            return false;
        }
        previousNs = atNs;
        return true;
    }

    private boolean stepExpect(final Event.Expect expect, final long sinceNs) {
        final long earliestNs = expect.timing().earliestNs(previousNs);
        final long latestNs = expect.timing().latestNs(previousNs);
        while (!queue.isEmpty()) {
            final Seen seen = queue.remove();
            switch (match.judge(expect.segment(), seen.segment())) {
                case SAME -> {
                    final boolean late = seen.atNs() > latestNs + TOLERANCE_NS;
                    if (late || (seen.atNs() < earliestNs - TOLERANCE_NS && !KernelMatch.isPureAck(seen.segment()))) {
                        deviate(
                                expect,
                                "at " + Notation.seconds(earliestNs) + ": " + Notation.of(expect.segment()),
                                seen);
                        return false;
                    }
                    previousNs = seen.atNs();
                    return true;
                }
                case PART, MORE -> {
                    // The rest of what the line says follows, or what it says nothing about came first.
                }
                case OTHER -> {
                    deviate(expect, Notation.of(expect.segment()), seen);
                    return false;
                }
            }
        }
        if (sinceNs > latestNs + TOLERANCE_NS) {
            deviation = where(expect) + Differ.sideBySide(Notation.of(expect.segment()), "nothing");
        }
        return false;
    }

    private void deviate(final Event event, final String wanted, final Seen seen) {
        deviation = where(event)
                + Differ.sideBySide(wanted, "at " + Notation.seconds(seen.atNs()) + ": " + Notation.of(seen.segment()));
    }

    private String where(final Event event) {
        return script.name() + ".pkt:" + event.line().number() + ": "
                + event.line().text() + "\nuntil then:\n  " + String.join("\n  ", story) + "\n";
    }

    @Override
    public void close() {
        if (client != null) {
            client.close();
        }
    }
}
