package io.tcpreplayj.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.flags.Units;
import io.tcpreplayj.cli.report.Human;
import io.tcpreplayj.cli.report.PrometheusText;
import io.tcpreplayj.intercept.feed.FeedAddress;
import io.tcpreplayj.intercept.feed.FeedKeys;
import io.tcpreplayj.intercept.relay.RelaySender;
import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.Verdict;
import io.tcpreplayj.replay.UserException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** The way of captured packets to one other host, with a spool of its own: one that is slow holds up no other. */
final class ForwardLine implements PacketHandler, AutoCloseable {
    private static final long SPOOL_BYTES = 1L << 30;
    private static final long LEAST_SPOOL_BYTES = 1 << 20;
    private static final long MOST_SPOOL_BYTES = 1L << 42;

    private static final Path LARGE_FILES = Path.of("/var/tmp");
    private static final int MOST_NAME = 80;
    private static final String RECEIVER = "receiver";

    private final FeedAddress address;
    private final RelaySender sender;
    private final FlowShedder shedder = FlowShedder.onSight();
    private final SpoolShare share = new SpoolShare();
    private long handedIn;
    private long cut;
    private boolean hasParted;
    private String told = "";
    private String toldOfSpool = "";
    private boolean isFull;
    private String toldOfShare = share.words();

    private ForwardLine(final FeedAddress address, final RelaySender sender) {
        this.address = address;
        this.sender = sender;
    }

    /** @throws UserException when nobody listens there, or nothing can be spooled */
    static ForwardLine open(
            final FeedAddress address, final @Nullable FeedKeys keys, final String device, final LowArgs args)
            throws IOException {
        final RelaySender.Spool spool = spool(args);
        try {
            return new ForwardLine(address, RelaySender.open(address, keys, name(args, device), spool));
        } catch (final LinuxException e) {
            // Of this host.
            throw e;
        } catch (final IOException e) {
            throw new UserException(
                    "cannot forward to " + Failures.text(e),
                    "does tcpreplay-j live --listen run there, with the same --keys?");
        }
    }

    private static RelaySender.Spool spool(final LowArgs args) {
        final String named = args.value(Flags.SPOOL);
        final Path directory = named == null ? usualSpool() : Path.of(named);
        if (!Files.isDirectory(directory)) {
            throw new UserException(
                    "--spool: there is no directory " + directory, "mkdir -m 700 " + directory + ", or name another");
        }
        final String bytes = args.value(Flags.SPOOL_BYTES);
        return new RelaySender.Spool(
                directory,
                bytes == null
                        ? SPOOL_BYTES
                        : Units.count(Flags.SPOOL_BYTES, bytes, LEAST_SPOOL_BYTES, MOST_SPOOL_BYTES));
    }

    /** Where files go that may be large: /tmp lies in memory on many hosts (hier(7)). */
    private static Path usualSpool() {
        return Files.isWritable(LARGE_FILES) ? LARGE_FILES : Path.of(System.getProperty("java.io.tmpdir", "/tmp"));
    }

    private static String name(final LowArgs args, final String device) {
        final String name = args.value(Flags.SOURCE_NAME);
        if (name == null) {
            return hostName() + " " + device;
        }
        if (name.isBlank() || name.length() > MOST_NAME) {
            throw new UserException(
                    "--name: \"" + name + "\" is not valid", "give 1 to " + MOST_NAME + " characters, as web1");
        }
        return name;
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (final UnknownHostException e) {
            // It has a name that nobody resolves; the message begins with it.
            return String.valueOf(e.getMessage()).split(":", 2)[0];
        }
    }

    /** Whether a packet's flow is not one of those that were given up for lack of room. */
    boolean takes(final Verdict verdict, final PacketView view, final long captureTimeNs) {
        return switch (verdict) {
            case TCP -> shedder.takes(view);
            case UDP -> shedder.takesDatagram(view, captureTimeNs, null);
            default -> true;
        };
    }

    /** Whether the packet that was not taken is one with which a flow was given up that was open: the other end is to know. */
    boolean hasCut() {
        return shedder.flowsCut() > cut;
    }

    @Override
    public void onCut(
            final ByteBuffer buffer,
            final int offset,
            final int caplen,
            final int origlen,
            final long captureTimeNs,
            final int linktype) {
        cut++;
        handedIn++;
        sender.onCut(buffer, offset, caplen, origlen, captureTimeNs, linktype);
    }

    @Override
    public void onPacket(
            final ByteBuffer buffer,
            final int offset,
            final int caplen,
            final int origlen,
            final long captureTimeNs,
            final int linktype) {
        handedIn++;
        sender.onPacket(buffer, offset, caplen, origlen, captureTimeNs, linktype);
    }

    /**
     * Sends what is there, and looks whether there is room for more.
     *
     * @param drops packets that the kernel dropped so far
     * @param fill how full the ring is, 0 to 1
     * @param limit for the ring's sake, flows are to go on whose {@link io.tcpreplayj.packet.FlowHash} is below it
     */
    void afterBatch(final long drops, final double fill, final int limit) {
        sender.noteLost(drops + shed());
        sender.flush();
        final double spooled = sender.fill();
        shedder.onFill(Math.max(spooled, fill));
        shedder.keep(Math.min(limit, share.look(spooled)));
    }

    /** What became of the line since the last time, in words; empty when nothing did. */
    String news() {
        final String spool = sender.spoolTrouble();
        if (!spool.equals(toldOfSpool)) {
            toldOfSpool = spool;
            return spool.isEmpty()
                    ? "packets for " + address + " are spooled again"
                    : "packets for " + address + " are dropped, for they cannot be spooled (" + spool
                            + "): make room there, or give another --spool or less --spool-bytes";
        }
        final String trouble = sender.trouble();
        if (!trouble.equals(told)) {
            told = trouble;
            if (sender.isOver()) {
                return "nothing goes to " + address + " any more: " + trouble;
            }
            return trouble.isEmpty()
                    ? address + " is there again, " + Human.bytes(sender.waiting()) + " behind"
                    : address + " is away (" + trouble + "); its packets are spooled";
        }
        if (!share.words().equals(toldOfShare)) {
            final boolean isAll = share.words().equals("all");
            toldOfShare = share.words();
            return isAll
                    ? "there is room in the spool for " + address + " again: all flows that begin are sent"
                    : "the spool for " + address + " fills up: " + toldOfShare
                            + " of the flows is sent from now on, each whole; of the others those that are open end here";
        }
        if (!isFull && shedder.flows() > 0) {
            isFull = true;
            return "the spool for " + address + " or the ring is more than half full: flows that begin are left out";
        }
        return "";
    }

    /** Whether nothing will be taken any more. */
    boolean isOver() {
        return sender.isOver();
    }

    /** That was all. */
    void end(final long drops) {
        sender.noteLost(drops + shed());
        sender.end();
    }

    /** Waits until the other end has everything; whether it has. */
    boolean finish(final long patienceMs) {
        hasParted = sender.finish(patienceMs);
        return hasParted;
    }

    /** Packets of flows that were given up, but for those that went to tell of it. */
    private long shed() {
        return shedder.packets() - cut;
    }

    /** Flows that were given up for lack of room. */
    long flowsShed() {
        return shedder.flows();
    }

    /** Whether everything that was selected arrived. */
    boolean isWhole() {
        return hasParted && sender.dropped() == 0 && shedder.flows() == 0;
    }

    private long untaken() {
        return handedIn - sender.dropped() - sender.taken();
    }

    /** The sum that is wrong, in words; empty when all hold. */
    String fault(final long selected) {
        final boolean holds = selected == handedIn + shed()
                && untaken() >= 0
                && (!hasParted || untaken() == 0)
                && sender.captured() == handedIn + sender.lost() - sender.dropped();
        return holds ? "" : "packets do not add up: " + selected + " selected; " + words();
    }

    String name() {
        return address.toString();
    }

    /** Where it goes and what became of it. */
    String words() {
        return address + ": " + sender.taken() + " taken + " + shed() + " shed + " + sender.dropped() + " dropped + "
                + untaken() + " not taken, " + Human.count(sender.reconnects(), "reconnect");
    }

    /** The same of all lines, by where each goes. */
    static void count(final PrometheusText text, final List<ForwardLine> lines) {
        text.counters(
                        "taken_packets_total",
                        "Packets that the other end has.",
                        RECEIVER,
                        by(lines, line -> line.sender.taken()))
                .counters(
                        "shed_packets_total",
                        "Packets of flows given up, for there was no room.",
                        RECEIVER,
                        by(lines, ForwardLine::shed))
                .counters("shed_flows_total", "Those flows.", RECEIVER, by(lines, ForwardLine::flowsShed))
                .counters(
                        "lost_packets_total",
                        "Packets that could not be spooled.",
                        RECEIVER,
                        by(lines, line -> line.sender.dropped()))
                .counters(
                        "reconnects_total",
                        "How often its line was down.",
                        RECEIVER,
                        by(lines, line -> line.sender.reconnects()))
                .gauges("spooled_bytes", "Bytes that wait for it.", RECEIVER, by(lines, line -> line.sender.waiting()))
                .gauges(
                        "away",
                        "1 while its line is down.",
                        RECEIVER,
                        by(lines, line -> line.sender.trouble().isEmpty() ? 0 : 1));
    }

    private static Map<String, Long> by(final List<ForwardLine> lines, final ToLongFunction<ForwardLine> figure) {
        return RelayMetrics.by(lines, ForwardLine::name, figure);
    }

    void write(final JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("address", address.toString());
        json.writeNumberField("taken", sender.taken());
        json.writeNumberField("shed", shed());
        json.writeNumberField("flowsShed", flowsShed());
        json.writeNumberField("flowsCut", cut);
        json.writeNumberField("dropped", sender.dropped());
        json.writeNumberField("untaken", untaken());
        json.writeNumberField("reconnects", sender.reconnects());
        json.writeStringField("trouble", sender.trouble());
        json.writeStringField("spoolTrouble", sender.spoolTrouble());
        json.writeEndObject();
    }

    @Override
    public void close() {
        sender.close();
    }
}
