package io.tcpreplayj.replay.pkt;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.replay.script.FlowScript;
import io.tcpreplayj.replay.script.ScriptCursor;
import io.tcpreplayj.replay.script.Scripts;
import io.tcpreplayj.replay.tcp.ClientSession;
import io.tcpreplayj.replay.tcp.Outcome;
import io.tcpreplayj.replay.tcp.SegmentOut;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Plays one script against {@link ClientSession} in virtual time. Strict: a segment that no line expects is as wrong as one
 * that is missing (TF-48), and what the script leaves of the session must end by itself (TF-49).
 */
final class EngineRun {
    private static final long START_NS = 10_000_000_000L;
    private static final long NS_PER_TICK = 1_000_000L;
    private static final int MAX_WAKES = 100_000;
    /** No session takes longer to end once its target is silent: response timeouts, R2 and lingering one after the other. */
    private static final long MAX_REST_NS = 3_600_000_000_000L;

    private final Script script;
    private final Variant variant;
    private final Numbers ofClient;
    private final Target target;
    private final ClientSession session;
    private final OfferedWindow window = new OfferedWindow();
    private final Deque<Seen> queue = new ArrayDeque<>();
    private final List<String> story = new ArrayList<>();
    private long nowNs = START_NS;
    private long previousNs;
    private long deliveredBytes;
    private int wakes;
    private boolean full;

    private EngineRun(final Script script, final Variant variant) {
        this.script = script;
        this.variant = variant;
        ofClient = Numbers.ofClient(variant);
        final boolean v6 = variant.v6();
        final Endpoint here = new Endpoint(IpAddress.parse(v6 ? "fd00::1" : "198.18.0.1"), 40001);
        final Endpoint there = new Endpoint(IpAddress.parse(v6 ? "fd00::2" : "127.0.0.1"), 80);
        target = new Target(here, there, ofClient, Numbers.ofTarget(variant));
        final FlowScript flow = CapturedFlow.of(script);
        final Settings settings = script.settings();
        final ScriptCursor cursor = new ScriptCursor(flow, settings.pace(), Scripts.DEAF);
        session = new ClientSession(flow, cursor, settings.config(v6), here, there, this::onResponseBytes);
    }

    /**
     * Plays the script.
     *
     * @throws AssertionError at the first line that does not come true
     */
    static void play(final Script script, final Variant variant) {
        final EngineRun run = new EngineRun(script, variant);
        try {
            run.play();
        } catch (final AssertionError | RuntimeException e) {
            throw new AssertionError(
                    e.getMessage() + "\n(" + variant + ")\nuntil then:\n  " + String.join("\n  ", run.story), e);
        }
    }

    private void play() {
        final int tsOffset = variant.tsBase() + Variant.FIRST_TSVAL - (int) (START_NS / NS_PER_TICK);
        full = script.events().get(0) instanceof Event.Act act && act.action() == Event.Action.DEVICE_FULL;
        session.connect(variant.iss(), tsOffset, nowNs, nowNs);
        poll();
        for (final Event event : script.events()) {
            play(event);
        }
        expectNothing(null);
        letEnd();
    }

    private void play(final Event event) {
        if (event instanceof Event.Expect expect) {
            expect(expect);
            return;
        }
        final long atNs = event.timing().earliestNs(previousNs);
        if (event instanceof Event.Check check) {
            runUntil(atNs, true);
            for (final Condition condition : check.conditions()) {
                final String actual = ask(condition.name());
                if (!condition.holds(actual)) {
                    throw fail(event, condition.toString(), condition.name() + " == " + actual);
                }
            }
        } else {
            runUntil(atNs, false);
            expectNothing(event);
            if (event instanceof Event.Arrive arrive) {
                arrive(arrive.segment());
            } else if (event instanceof Event.Icmp icmp) {
                arrive(icmp.message());
            } else if (event instanceof Event.Act act) {
                act(act.action());
            }
        }
        previousNs = atNs;
    }

    private void expect(final Event.Expect expect) {
        final long earliestNs = expect.timing().earliestNs(previousNs);
        final long latestNs = expect.timing().latestNs(previousNs);
        final long toleranceNs = script.settings().toleranceNs();
        while (queue.isEmpty() && nextWakeNs() <= latestNs + toleranceNs) {
            wake();
        }
        final Seen seen = queue.poll();
        if (seen == null) {
            throw fail(expect, Notation.of(expect.segment()), "nothing until " + Notation.seconds(latestNs));
        }
        final List<String> differing = Differ.differences(expect.segment(), seen.segment(), ofClient);
        if (!differing.isEmpty()) {
            throw fail(expect, Notation.of(expect.segment()), Notation.of(seen.segment()) + "   differ: " + differing);
        }
        if (seen.atNs() < earliestNs - toleranceNs || seen.atNs() > latestNs + toleranceNs) {
            throw fail(
                    expect,
                    "at " + Notation.seconds(earliestNs) + " to " + Notation.seconds(latestNs),
                    "at " + Notation.seconds(seen.atNs()) + ": " + Notation.of(seen.segment()));
        }
        previousNs = seen.atNs();
    }

    private void arrive(final SegmentSpec segment) {
        story.add(Notation.seconds(sinceStartNs()) + " < " + Notation.of(segment));
        window.onArrival(segment);
        session.onSegment(target.view(target.packet(segment)), nowNs);
        poll();
    }

    private void arrive(final IcmpSpec message) {
        story.add(Notation.seconds(sinceStartNs()) + " < " + message);
        final int seq = ofClient.seq(new SegmentSpec.Number(message.quotedSeq(), false));
        if (message.tooBig()) {
            session.onPacketTooBig(seq, script.settings().mtuOfPath(message.mtu(), variant.v6()), nowNs);
        } else {
            session.onUnreachable(seq);
        }
        poll();
    }

    private void act(final Event.Action action) {
        story.add(Notation.seconds(sinceStartNs()) + " " + action);
        switch (action) {
            case ABORT -> session.abort(nowNs);
            case DEVICE_FULL -> full = true;
            case DEVICE_FREE -> full = false;
        }
        poll();
    }

    private String ask(final String name) {
        return switch (name) {
            case "outcome" -> {
                final Outcome outcome = session.outcome();
                yield outcome == null ? "none" : outcome.label();
            }
            case "state" -> session.state().name();
            case "acked" -> Long.toString(session.ackedBytes());
            case "received" -> Long.toString(session.receivedBytes());
            case "retransmits" -> Integer.toString(session.retransmits());
            case "retransmitted" -> Long.toString(session.retransmittedBytes());
            default -> session.nextDeadlineNs() == Long.MAX_VALUE ? "never" : "set";
        };
    }

    private void expectNothing(final @Nullable Event event) {
        final Seen seen = queue.peek();
        if (seen == null) {
            return;
        }
        final String actual = "at " + Notation.seconds(seen.atNs()) + ": " + Notation.of(seen.segment());
        if (event == null) {
            throw new AssertionError(script.name() + ": after its end\n" + Differ.sideBySide("nothing more", actual));
        }
        throw fail(event, "nothing before this line", actual);
    }

    /** What is left runs to its end without an answer: it must come to one, and send nothing after it. */
    private void letEnd() {
        full = false;
        poll();
        final long limitNs = nowNs + MAX_REST_NS;
        while (session.nextDeadlineNs() < limitNs) {
            wake();
        }
        if (session.outcome() == null) {
            throw new AssertionError(script.name() + ": left alone, the session never ends; it is " + session.state());
        }
        poll();
        queue.clear();
        poll();
        expectNothing(null);
    }

    private void runUntil(final long atNs, final boolean inclusive) {
        while (inclusive ? nextWakeNs() <= atNs : nextWakeNs() < atNs) {
            wake();
        }
        nowNs = Math.max(nowNs, START_NS + atNs);
    }

    private long nextWakeNs() {
        final long deadlineNs = session.nextDeadlineNs();
        return deadlineNs == Long.MAX_VALUE ? deadlineNs : deadlineNs - START_NS;
    }

    private void wake() {
        if (++wakes > MAX_WAKES) {
            throw new AssertionError("the session spins: its deadline does not move");
        }
        nowNs = Math.max(nowNs, session.nextDeadlineNs());
        session.onTimer(nowNs);
        poll();
    }

    private void poll() {
        session.poll(this::send, nowNs);
    }

    private boolean send(final ClientSession from, final SegmentOut segment) {
        if (full) {
            return false;
        }
        final SegmentSpec sent = target.read(target.packet(segment));
        story.add(Notation.seconds(sinceStartNs()) + " > " + Notation.of(sent));
        window.onSent(sent);
        queue.add(new Seen(sinceStartNs(), sent));
        return true;
    }

    private void onResponseBytes(
            final ByteBuffer buffer, final int offset, final int length, final int available, final long atNs) {
        for (int i = 0; i < available; i++) {
            if (buffer.get(offset + i) != Stream.ofTarget(deliveredBytes + i)) {
                throw new AssertionError("wrong answer byte at stream offset " + (deliveredBytes + i));
            }
        }
        deliveredBytes += length;
    }

    private long sinceStartNs() {
        return nowNs - START_NS;
    }

    private AssertionError fail(final Event event, final String wanted, final String actual) {
        return new AssertionError(script.name() + ".pkt:" + event.line().number() + ": "
                + event.line().text() + "\n" + Differ.sideBySide(wanted, actual));
    }
}
