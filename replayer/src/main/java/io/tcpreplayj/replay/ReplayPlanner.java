package io.tcpreplayj.replay;

import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.FlowRecord.SkipReason;
import io.tcpreplayj.flow.db.FlowDb;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.protocol.Rewriter;
import io.tcpreplayj.replay.script.FlowScript;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** From selected flows to the sessions of a run: which, when, how often and to where. */
final class ReplayPlanner {
    /** The largest phase shift between a flow and its copies, at captured speed. */
    private static final long MAX_SHIFT_NS = 100_000_000L;
    /** Of planning and bookkeeping, at least: three versions of the session, its captured tuple, its line in the book. */
    private static final long BYTES_PER_SESSION = 300;

    private final ReplayOptions options;
    private final Map<SkipReason, Long> skipped = new EnumMap<>(SkipReason.class);

    private final Rewriter rewriter;

    /** @param rewriter of the options' rules, which counts over all that is planned */
    ReplayPlanner(final ReplayOptions options, final Rewriter rewriter) {
        this.options = options;
        this.rewriter = rewriter;
    }

    /**
     * @param filtered flows that the selection left out, for the ledger
     * @throws UserException when nothing is left to replay
     */
    ReplayPlan plan(final FlowDb db, final List<FlowRecord> flows, final long filtered) throws IOException {
        return plan(db, flows, filtered, Long.MAX_VALUE);
    }

    /** @param othersNs when the first flow begins that is replayed beside these, in capture time */
    ReplayPlan plan(final FlowDb db, final List<FlowRecord> flows, final long filtered, final long othersNs)
            throws IOException {
        count(SkipReason.FILTERED, filtered);
        final List<Chosen> chosen = choose(db, flows);
        if (chosen.isEmpty()) {
            throw new UserException(
                    "none of the " + flows.size() + " selected flows can be replayed: " + reasons(),
                    "see why with: tcpreplay-j flows");
        }
        final long firstNs =
                chosen.stream().mapToLong(c -> c.script.flow().startNs()).min().orElseThrow();
        final long baseNs = Math.min(firstNs, othersNs);
        checkSize(chosen.size(), options.copies(), Runtime.getRuntime().maxMemory());
        final List<PlannedSession> sessions = multiply(chosen, baseNs);
        final boolean closedLoop = Double.isInfinite(options.speed());
        final int peak = peak(chosen);
        final int open =
                (int) Math.min((long) peak * options.copies(), options.limits().open());
        final long lastNs =
                chosen.stream().mapToLong(c -> c.script.flow().endNs()).max().orElseThrow();
        return new ReplayPlan(
                sessions,
                skipped,
                sessions.size()
                        + skipped.values().stream().mapToLong(Long::longValue).sum(),
                closedLoop ? options.limits().withOpen(open) : options.limits(),
                closedLoop,
                closedLoop ? 0 : (long) ((lastNs - baseNs) / options.speed()) + options.prewarmNs());
    }

    private List<Chosen> choose(final FlowDb db, final List<FlowRecord> flows) throws IOException {
        final List<Chosen> chosen = new ArrayList<>();
        final long memoryBytes = Runtime.getRuntime().maxMemory();
        long clientBytes = 0;
        for (final FlowRecord flow : flows) {
            final SkipReason reason = options.rules().skipReason(flow);
            final Endpoint target = target(flow.server().port());
            if (reason != null) {
                count(reason, 1);
            } else if (target == null) {
                count(SkipReason.FILTERED, 1);
            } else {
                checkBytes(clientBytes + flow.clientStream().bytes(), memoryBytes);
                final FlowScript script = options.rules().script(flow, db.clientBytes(flow.id()), rewriter);
                clientBytes += script.clientLength();
                chosen.add(new Chosen(openedAhead(script), target));
            }
        }
        chosen.sort(Comparator.<Chosen>comparingLong(c -> c.script.flow().startNs())
                .thenComparingLong(c -> c.script.flow().id()));
        return chosen;
    }

    /** Connections open at the pace of the capture, and all that follows is later by as much. */
    private FlowScript openedAhead(final FlowScript script) {
        final long captureNs = (long) (options.prewarmNs() * options.speed());
        return options.prewarmNs() == 0 ? script : script.openedAhead(captureNs);
    }

    /** Told before they are read: running out of memory on the way would name no cure. */
    static void checkBytes(final long clientBytes, final long memoryBytes) {
        final long room = memoryBytes / 4 * 3;
        if (clientBytes > room) {
            throw new UserException(
                    "the selected clients send more than the " + (room >> 20) + " MiB that this process has room for",
                    "choose fewer flows with --sample or --max-flows, or give the JVM more: TCPREPLAYJ_HEAP=8g");
        }
    }

    /** Told before the sessions are made, for the same reason. */
    static void checkSize(final int flows, final int copies, final long memoryBytes) {
        final long sessions = (long) flows * copies;
        final long room = Math.min(memoryBytes / BYTES_PER_SESSION, Integer.MAX_VALUE);
        if (sessions > room) {
            throw new UserException(
                    flows + " flows times " + copies + " copies are " + sessions
                            + " sessions, and this process has room for " + room,
                    "choose fewer --copies, or fewer flows with --sample or --max-flows");
        }
    }

    private List<PlannedSession> multiply(final List<Chosen> chosen, final long baseNs) {
        final SplittableRandom random = new SplittableRandom(options.seed());
        final List<PlannedSession> unordered = new ArrayList<>(Math.multiplyExact(chosen.size(), options.copies()));
        for (int copy = 0; copy < options.copies(); copy++) {
            // All flows of a copy are shifted alike: what was simultaneous in the capture stays so.
            final long shiftNs = copy == 0 ? 0 : random.nextLong(MAX_SHIFT_NS);
            for (final Chosen c : chosen) {
                final long startNs = (long) ((c.script.flow().startNs() - baseNs + shiftNs) / options.speed());
                unordered.add(new PlannedSession(-1, c.script, copy, null, c.target, startNs, -1));
            }
        }
        unordered.sort(Comparator.comparingLong(PlannedSession::startNs)
                .thenComparingLong(s -> s.script().flow().id())
                .thenComparingInt(PlannedSession::copy));
        return chain(unordered);
    }

    /** Numbers the sessions; one that reuses its predecessor's captured tuple waits for the predecessor's end. */
    private static List<PlannedSession> chain(final List<PlannedSession> unnumbered) {
        final Map<CapturedTuple, Integer> latest = new HashMap<>();
        final List<PlannedSession> sessions = new ArrayList<>(unnumbered.size());
        for (final PlannedSession s : unnumbered) {
            final int index = sessions.size();
            final FlowRecord flow = s.script().flow();
            final Integer before = latest.put(new CapturedTuple(flow.client(), flow.server(), s.copy()), index);
            sessions.add(new PlannedSession(
                    index, s.script(), s.copy(), null, s.target(), s.startNs(), before == null ? -1 : before));
        }
        return sessions;
    }

    /** How many of the chosen flows were open at the same time in the capture. */
    private static int peak(final List<Chosen> chosen) {
        final long[] starts = chosen.stream()
                .mapToLong(c -> c.script.flow().startNs())
                .sorted()
                .toArray();
        final long[] ends =
                chosen.stream().mapToLong(c -> c.script.flow().endNs()).toArray();
        Arrays.sort(ends);
        int peak = 1;
        int ended = 0;
        for (int started = 0; started < starts.length; started++) {
            while (ended < ends.length && ends[ended] < starts[started]) {
                ended++;
            }
            peak = Math.max(peak, started + 1 - ended);
        }
        return peak;
    }

    private @Nullable Endpoint target(final int serverPort) {
        for (final ReplayOptions.TargetMapping mapping : options.targets()) {
            if (mapping.serverPort() == serverPort || mapping.serverPort() == -1) {
                return mapping.target();
            }
        }
        return null;
    }

    private void count(final SkipReason reason, final long flows) {
        if (flows > 0) {
            skipped.merge(reason, flows * options.copies(), Long::sum);
        }
    }

    private String reasons() {
        final StringBuilder text = new StringBuilder();
        skipped.forEach((reason, flows) -> text.append(text.isEmpty() ? "" : ", ")
                .append(flows)
                .append(' ')
                .append(reason.label()));
        return text.isEmpty() ? "the selection is empty" : text.toString();
    }

    private record Chosen(FlowScript script, Endpoint target) {}

    private record CapturedTuple(Endpoint client, Endpoint server, int copy) {}
}
