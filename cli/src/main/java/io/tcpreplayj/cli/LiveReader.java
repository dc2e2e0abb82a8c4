package io.tcpreplayj.cli;

import io.tcpreplayj.cli.report.Human;
import io.tcpreplayj.cli.report.PrometheusText;
import io.tcpreplayj.linux.Link;
import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.LiveCapture;
import io.tcpreplayj.linux.PacketFilter;
import io.tcpreplayj.linux.Poller;
import io.tcpreplayj.packet.FlowHash;
import io.tcpreplayj.packet.PacketHandler;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** What an interface sends and receives, until it is told to finish or the interface goes away. */
final class LiveReader extends PassingPackets {
    private static final long REST_NS = 100_000_000L;
    private static final long COUNT_NS = 1_000_000_000L;
    /** As often the kernel is asked where it may be about to drop something. */
    private static final long COUNT_WHEN_FULL_NS = 100_000_000L;

    /** As often something is told at most: whoever reads it may be slow, and packets wait meanwhile. */
    private static final long TELL_NS = 1_000_000_000L;

    private static final double SECOND_NS = 1e9;

    /** Packets between two looks at the ring, and where it may be about to overflow. */
    private static final int MOST_AT_ONCE = 512;

    private static final int MOST_WHEN_FULL = 64;

    private static final long LAST_LOOK_NS = 1_000_000L;

    /** Frames that the kernel has in hand when the filter closes are in the ring by then. */
    private static final long PATIENCE_NS = 1_000_000_000L;

    private final LiveCapture capture;
    private final @Nullable Link link;
    private final Notes notes;
    private final Poller poller;
    private final FlowShedder shedder = new FlowShedder();
    private final StampClock clock;
    private @Nullable Sharing sharing;
    private double fill;
    private boolean mayBeGone;
    private boolean isGone;
    private long finishedNs = Long.MAX_VALUE;
    private long countedNs = System.nanoTime();
    private long toldNs = countedNs - TELL_NS;
    private long dropsTold;
    private long stepsTold;

    /** How flows that are open are given up. */
    private static final class Sharing {
        final CaptureShare share = new CaptureShare(System.nanoTime());
        final ShareNotes notes;
        final @Nullable SharingFilter inKernel;
        long changedNs;

        Sharing(final ShareNotes notes, final @Nullable SharingFilter inKernel) {
            this.notes = notes;
            this.inKernel = inKernel;
        }
    }

    /** How they are in the kernel, besides its filter. */
    private static final class SharingFilter {
        final FilterNotes notes;
        PacketFilter filter;
        boolean isRefused;

        SharingFilter(final PacketFilter filter, final FilterNotes notes) {
            this.filter = filter;
            this.notes = notes;
        }
    }

    /** Is told what becomes of the interface and of its packets. */
    interface Notes {
        void wentDown(String name);

        void isGone(String name);

        /** The ring was full, so often since the last time. */
        void dropped(long packets);

        /** The clock that the kernel stamps packets by was set, so often since the last time. */
        void clockWasSet(ClockSteps clock, long times);
    }

    /** Is told that another share of the flows is captured from now on. */
    interface ShareNotes {
        /** @param isLess than before */
        void captures(CaptureShare share, boolean isLess);
    }

    /** Is told of the kernel's part in it, too. */
    interface FilterNotes extends ShareNotes {
        /** The kernel hands over the others, too, for its program would be too long. Once. */
        void othersComeInStill();
    }

    /** @param link or null for all interfaces */
    LiveReader(final LiveCapture capture, final @Nullable Link link, final Notes notes) {
        this(capture, link, notes, StampClock.real());
    }

    LiveReader(final LiveCapture capture, final @Nullable Link link, final Notes notes, final StampClock clock) {
        super(link == null ? "any" : link.name(), CaptureFingerprint.NONE);
        this.capture = capture;
        this.link = link;
        this.notes = notes;
        this.clock = clock;
        poller = new Poller(capture.fds());
    }

    /** Frames that passed the kernel's filter, as far as it was asked. */
    long seen() {
        return capture.seen();
    }

    /** Frames of those that were lost because the ring was full. */
    long drops() {
        return capture.drops();
    }

    /** How full the ring was when it was read last, 0 to 1. */
    double fill() {
        return fill;
    }

    /** Decides which flows are given up when there is no time for all. */
    FlowShedder shedder() {
        return shedder;
    }

    /** What became of the clock that stamps packets. */
    ClockSteps clock() {
        return clock.toSteps();
    }

    /**
     * From now on flows that are open are given up, too, where the ring is about to overflow: whoever reads has the
     * {@link #shedder} cut them. The kernel then lets in the others only.
     *
     * @param filter what it lets in else
     */
    void share(final LiveFilter filter, final FilterNotes filterNotes) {
        sharing = new Sharing(filterNotes, new SharingFilter(filter.compile(capture.linktype()), filterNotes));
    }

    /**
     * The same, but the kernel goes on handing over all, and the shedder here gives nothing up: for whom does that and would not
     * know otherwise which flows were cut.
     */
    void share(final ShareNotes shareNotes) {
        sharing = new Sharing(shareNotes, null);
    }

    /** Flows whose {@link FlowHash} is below it are to be captured. */
    int limit() {
        return sharing == null ? FlowHash.RANGE : sharing.share.limit();
    }

    /** Which share of the flows is captured: 1 for all. */
    double shared() {
        return sharing == null ? 1 : sharing.share.ratio();
    }

    /** Captures by another filter from now on. */
    void filter(final LiveFilter filter) throws IOException {
        final PacketFilter compiled = filter.compile(capture.linktype());
        if (finishedNs != Long.MAX_VALUE) {
            // At the end nothing passes, and it stays so.
            return;
        }
        final SharingFilter by = sharing == null ? null : sharing.inKernel;
        if (by == null) {
            capture.filter(compiled);
            return;
        }
        capture.filter(shared(compiled));
        by.filter = compiled;
    }

    private PacketFilter shared(final PacketFilter filter) {
        final int limit = limit();
        return limit == FlowHash.RANGE ? filter : filter.sharing(shedder.shares(), limit, capture.linktype());
    }

    private void look(final Sharing by, final long nowNs) throws IOException {
        final int before = by.share.limit();
        if (by.share.look(fill, capture.drops(), nowNs)) {
            if (by.inKernel != null) {
                attach(by.inKernel);
                by.changedNs = nowNs;
                shedder.keep(Math.min(by.share.limit(), shedder.keeping()));
            }
            by.notes.captures(by.share, by.share.limit() < before);
        }
    }

    private void attach(final SharingFilter by) throws IOException {
        try {
            capture.filter(shared(by.filter));
        } catch (final LinuxException e) {
            // It is longer than the kernel takes; what comes in besides is given up here, which costs more.
            if (!e.isOfFilter()) {
                throw e;
            }
            if (!by.isRefused) {
                by.isRefused = true;
                by.notes.othersComeInStill();
            }
        }
    }

    /**
     * A larger share begins when all is read that came in under the smaller one: a flow of which the kernel let in the SYN only
     * must not begin.
     */
    private void catchUp(final Sharing by, final long nowNs) {
        if (by.share.limit() > shedder.keeping() && nowNs - by.changedNs > LiveCapture.HANDED_OVER_NS) {
            shedder.keep(by.share.limit());
        }
    }

    /** Whether the interface went away, and nothing more will come. */
    boolean isGone() {
        return isGone;
    }

    /** The sum that is wrong, in words; empty when it holds. */
    String fault() {
        return capture.seen() == packets() + capture.drops()
                ? ""
                : "packets do not add up: " + capture.seen() + " seen by the kernel, " + packets() + " read, "
                        + capture.drops() + " dropped";
    }

    @Override
    public int poll(final PacketHandler to, final int limit) throws IOException {
        handTo(to);
        clock.onBatch();
        fill = capture.fill();
        shedder.onFill(fill);
        final long nowNs = System.nanoTime();
        final boolean isHalfFull = fill > FlowShedder.FULL_ENOUGH;
        if (nowNs - countedNs > (isHalfFull ? COUNT_WHEN_FULL_NS : COUNT_NS)) {
            count();
        }
        if (sharing != null && finishedNs == Long.MAX_VALUE) {
            look(sharing, nowNs);
        }
        final int count = capture.poll(this, Math.min(limit, isHalfFull ? MOST_WHEN_FULL : MOST_AT_ONCE));
        if (nowNs - toldNs >= TELL_NS) {
            tell(nowNs);
        }
        if (sharing != null && count == 0) {
            catchUp(sharing, nowNs);
        }
        if (count > 0 || finishedNs == Long.MAX_VALUE) {
            return count;
        }
        count();
        if (fault().isEmpty() || System.nanoTime() - finishedNs > PATIENCE_NS) {
            tell(nowNs);
            return -1;
        }
        poller.await(LAST_LOOK_NS);
        return 0;
    }

    @Override
    long timeNs(final long stampNs) {
        return clock.steadyNs(stampNs);
    }

    @Override
    public void finish() throws IOException {
        if (finishedNs == Long.MAX_VALUE) {
            capture.stop();
            finishedNs = System.nanoTime();
        }
    }

    @Override
    public void rest() throws IOException {
        poller.await(REST_NS);
        mayBeGone |= capture.wentDown();
        if (mayBeGone && link != null) {
            lookAt(link);
        }
    }

    private void lookAt(final Link there) {
        try {
            // Not by its name, which another one may have by now.
            Link.byIndex(there.index());
            mayBeGone = false;
            notes.wentDown(name());
        } catch (final LinuxException e) {
            // Of anything else, as EMFILE, nothing is known: it is asked again at the next rest.
            if (e.isNoDevice()) {
                mayBeGone = false;
                isGone = true;
                notes.isGone(name());
            }
        }
    }

    /** Asks the kernel. */
    private void count() throws IOException {
        countedNs = System.nanoTime();
        capture.count();
    }

    private void tell(final long nowNs) {
        final long drops = capture.drops() - dropsTold;
        final long steps = clock.steps() - stepsTold;
        if (drops > 0) {
            dropsTold += drops;
            toldNs = nowNs;
            notes.dropped(drops);
        }
        if (steps > 0) {
            stepsTold += steps;
            toldNs = nowNs;
            notes.clockWasSet(clock(), steps);
        }
    }

    /** How far it is, for people. */
    String words() {
        return name() + ": " + Human.count(packets(), "packet") + " read, " + drops() + " dropped by the kernel"
                + (clock.steps() == 0 ? "" : ", clock " + clock().summary());
    }

    /** The same for a metrics file. */
    void write(final PrometheusText text) {
        text.counter("read_packets_total", "Packets that passed the filter and were read.", packets())
                .counter("dropped_packets_total", "Packets that found the ring full.", drops())
                .counter("clock_steps_total", "How often the clock was set that stamps packets.", clock.steps())
                .gauge(
                        "clock_ahead_seconds",
                        "By how much it is ahead of the times that packets have here.",
                        clock().aheadNs() / SECOND_NS);
    }

    @Override
    public void noteSize() throws IOException {
        count();
    }

    /** Whether something of what passed the filter is not in the database. */
    boolean isLacking() {
        return capture.drops() > 0 || shedder.flows() > 0;
    }

    @Override
    public boolean isPartOf(final int number) {
        return isLacking();
    }

    @Override
    public void close() {
        capture.close();
    }
}
