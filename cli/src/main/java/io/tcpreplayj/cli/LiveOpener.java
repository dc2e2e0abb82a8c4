package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.flags.Units;
import io.tcpreplayj.cli.report.Human;
import io.tcpreplayj.linux.Capabilities;
import io.tcpreplayj.linux.CaptureRing;
import io.tcpreplayj.linux.Link;
import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.LiveCapture;
import io.tcpreplayj.linux.PacketFilter;
import io.tcpreplayj.linux.RawCapture;
import io.tcpreplayj.pcap.live.BpfException;
import io.tcpreplayj.pcap.live.PcapCapture;
import io.tcpreplayj.replay.UserException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Opens what {@code live} captures by. Mistakes are told before anything is opened. */
final class LiveOpener {
    private static final long RING_BYTES = 64_000_000;
    private static final long LEAST_RING_BYTES = 1_000_000;
    private static final long MOST_RING_BYTES = 1_000_000_000;

    /**
     * Blocks are handed over full, or after that time. As many times it lasts as there are blocks, 488, who reads none may be held up;
     * and so late a packet may be, which is when its request is to leave (see LiveOptions). Before Linux 6.18 the timer has steps of
     * a tick, and it is two of them at most: 8 ms at 250 Hz. 10 ms saved no processor time at 1,000 and 5,000 requests a second.
     */
    private static final int BLOCK_TIMEOUT_MS = 2;

    private final CaptureMode mode;
    private final @Nullable Link link;
    private final LiveFilter filter;
    private final PacketFilter compiled;
    private final long ringBytes;
    private final boolean promiscuous;

    private LiveOpener(final LowArgs args, final CaptureMode mode, final @Nullable Link link, final LiveFilter filter) {
        this.mode = mode;
        this.link = link;
        this.filter = filter;
        compiled = filter.compile(mode.linktype(link));
        ringBytes = ringBytes(args);
        promiscuous = args.has(Flags.PROMISCUOUS);
    }

    /** @param link or null for all interfaces */
    static LiveOpener of(final LowArgs args, final LiveFilter filter, final @Nullable Link link) {
        final CaptureMode mode = CaptureMode.of(args);
        if (mode == CaptureMode.RAW && args.has(Flags.PROMISCUOUS)) {
            throw new UserException(
                    "--promiscuous is about packets to other hosts, which --capture raw never sees",
                    "leave one of the two out");
        }
        return new LiveOpener(args, mode, link, filter);
    }

    private static long ringBytes(final LowArgs args) {
        final String bytes = args.value(Flags.RING_BYTES);
        return bytes == null ? RING_BYTES : Units.count(Flags.RING_BYTES, bytes, LEAST_RING_BYTES, MOST_RING_BYTES);
    }

    LiveCapture open(final Console console) throws IOException {
        try {
            return switch (mode) {
                case RING ->
                    CaptureRing.open(
                            link, new CaptureRing.Settings(compiled, ringBytes, BLOCK_TIMEOUT_MS, promiscuous));
                case RAW -> raw(console);
                case PCAP -> pcap();
            };
        } catch (final LinuxException e) {
            throw refused(mode, name(), e);
        }
    }

    private String name() {
        return link == null ? LiveCommand.ANY : link.name();
    }

    private RawCapture raw(final Console console) throws LinuxException {
        final RawCapture capture = RawCapture.open(link, compiled, ringBytes);
        final long given = capture.queueBytes();
        if (given < ringBytes - 1) {
            Failures.say(
                    console,
                    "the kernel gives each raw socket " + Human.bytes(given) + " of --ring-bytes "
                            + Human.bytes(ringBytes),
                    "more needs CAP_NET_ADMIN, or a greater net.core.rmem_max");
        }
        return capture;
    }

    private PcapCapture pcap() throws IOException {
        if (!Capabilities.effective().netRaw()) {
            throw needsPrivilege(name());
        }
        try {
            return PcapCapture.open(
                    link,
                    new PcapCapture.Settings(
                            filter::compile, LiveCapture.SNAPLEN, (int) ringBytes, false, promiscuous, false));
        } catch (final BpfException e) {
            throw PacketSelection.refused(e);
        }
    }

    /** None of them is taken in place of another by itself: they do not see the same. */
    static UserException refused(final CaptureMode mode, final String name, final LinuxException cause) {
        if (cause.isPermission()) {
            return needsPrivilege(name);
        }
        if (cause.isOfFilter()) {
            // All three attach the same program: no other way would take it.
            return new UserException(
                    "the kernel does not take the filter for " + name + ": " + cause.getMessage(),
                    "give a shorter expression, or fewer of --port and --host");
        }
        return switch (mode) {
            case RING ->
                new UserException(
                        "the capture ring on " + name + " cannot be had: " + cause.getMessage(),
                        cause.errno().equals("ENOMEM")
                                ? "give less of --ring-bytes"
                                : "--capture pcap leaves the ring to libpcap; --capture raw needs no packet socket, and"
                                        + " sees only what comes in");
            case RAW ->
                new UserException(
                        "raw sockets on " + name + " cannot be had: " + cause.getMessage(), "leave out --capture raw");
            case PCAP ->
                new UserException(
                        "libpcap's capture on " + name + " cannot be had: " + cause.getMessage(),
                        "leave out --capture pcap");
        };
    }

    private static UserException needsPrivilege(final String name) {
        return new UserException(
                "capturing on " + name + " needs CAP_NET_RAW",
                "run as root, or: sudo setpriv --reuid=$USER --init-groups --inh-caps=+net_raw"
                        + " --ambient-caps=+net_raw tcpreplay-j live ...");
    }
}
