package io.tcpreplayj.replay.pkt;

import io.tcpreplayj.packet.TcpFlags;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Compares a kernel's segments with a script's. What is the kernel's own business is left out: windows, PSH, urgent
 * pointers, the SYN's options, TSval. It may send a FIN behind its data instead of on them, and it may acknowledge new bytes
 * more often.
 */
final class KernelMatch {
    /** What a segment is to a line. */
    enum Verdict {
        /** What the line says. */
        SAME,
        /** The data of it, without their FIN, which may follow. */
        PART,
        /** An acknowledgment of new bytes more than the line says. */
        MORE,
        OTHER
    }

    private static final int IGNORED = TcpFlags.PSH | TcpFlags.URG;

    private long highestAck;
    private long highestArrived = 1;
    private boolean dataSeen;

    void onArrival(final SegmentSpec segment) {
        final int fin = (segment.flags() & TcpFlags.FIN) != 0 ? 1 : 0;
        highestArrived = Math.max(highestArrived, segment.seq().value() + segment.length() + fin);
    }

    Verdict judge(final SegmentSpec wanted, final SegmentSpec actual) {
        final boolean finOnData = (wanted.flags() & TcpFlags.FIN) != 0 && wanted.length() > 0;
        SegmentSpec line = wanted;
        if (finOnData && dataSeen) {
            line = piece(wanted, wanted.flags(), wanted.seq().value() + wanted.length(), 0);
        }
        if (isSame(line, actual)) {
            dataSeen = false;
            highestAck = Math.max(highestAck, actual.ack());
            return Verdict.SAME;
        }
        final int withoutFin = wanted.flags() & ~TcpFlags.FIN;
        if (finOnData
                && !dataSeen
                && isSame(piece(wanted, withoutFin, wanted.seq().value(), wanted.length()), actual)) {
            dataSeen = true;
            highestAck = Math.max(highestAck, actual.ack());
            return Verdict.PART;
        }
        return isFurtherAck(actual) ? Verdict.MORE : Verdict.OTHER;
    }

    private static SegmentSpec piece(final SegmentSpec of, final int flags, final long seq, final int length) {
        return new SegmentSpec(
                flags, new SegmentSpec.Number(seq, false), length, of.ack(), of.window(), of.urgent(), of.options());
    }

    /** An acknowledgment of bytes that no segment before acknowledged. */
    boolean isFurtherAck(final SegmentSpec actual) {
        if (!isPureAck(actual) || actual.ack() <= highestAck || actual.ack() > highestArrived) {
            return false;
        }
        highestAck = actual.ack();
        return true;
    }

    static boolean isPureAck(final SegmentSpec segment) {
        return segment.length() == 0 && segment.flags() == TcpFlags.ACK;
    }

    private static boolean isSame(final SegmentSpec wanted, final SegmentSpec actual) {
        final boolean syn = SegmentParser.isSyn(wanted.flags());
        return (wanted.flags() & ~IGNORED) == (actual.flags() & ~IGNORED)
                && (wanted.seq().absolute()
                        || wanted.seq().value() == actual.seq().value())
                && wanted.length() == actual.length()
                && (syn || wanted.ack() == actual.ack())
                && (syn || sameOptions(wanted.options(), actual.options()));
    }

    private static boolean sameOptions(
            final @Nullable List<OptionSpec> wanted, final @Nullable List<OptionSpec> actual) {
        return wanted == null || actual == null || comparable(wanted).equals(comparable(actual));
    }

    /** SACK blocks as they are, of timestamps the echo. */
    private static List<OptionSpec> comparable(final List<OptionSpec> options) {
        return options.stream()
                .filter(option -> option.kind() == OptionSpec.Kind.SACK || option.kind() == OptionSpec.Kind.TIMESTAMPS)
                .map(option -> option.kind() == OptionSpec.Kind.SACK
                        ? option
                        : new OptionSpec(option.kind(), List.of(option.values().get(1))))
                .toList();
    }
}
