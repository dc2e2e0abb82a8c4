package io.tcpreplayj.faultlab;

import io.tcpreplayj.packet.TcpFlags;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** What goes wrong in networks. */
public final class Faults {
    private static final double NS_PER_MS = 1e6;

    private Faults() {}

    /** Each packet is lost with this probability. */
    public static Supplier<Fault> loss(final double probability) {
        return () -> frame -> {
            if (frame.random().nextDouble() < probability) {
                frame.lose("loss");
            }
        };
    }

    /**
     * Losses in bursts, after Gilbert and Elliott: a line that is good or bad, changes its mind with every packet, and loses
     * all packets while it is bad. A burst of a real line is a time, which is as many packets only while the line is busy: on
     * one that a single flow is left on, a packet comes with each timeout, and ten of them that double take minutes. So a
     * burst is over after {@code mostMs}, whether packets came or not.
     *
     * @param rate of all packets, on a busy line
     * @param meanLength packets of a burst, on a busy line
     * @param mostMs from the first lost packet
     */
    public static Supplier<Fault> bursts(final double rate, final double meanLength, final double mostMs) {
        final double recover = 1 / meanLength;
        final double fail = recover * rate / (1 - rate);
        final long mostNs = (long) (mostMs * NS_PER_MS);
        final boolean[] bad = {false};
        final long[] sinceNs = {0};
        return () -> frame -> {
            final boolean still = bad[0] && frame.nowNs() - sinceNs[0] < mostNs;
            bad[0] = frame.random().nextDouble() < (still ? 1 - recover : fail);
            if (bad[0]) {
                sinceNs[0] = still ? sinceNs[0] : frame.nowNs();
                frame.lose("burst");
            }
        };
    }

    /** Nothing passes for a while. {@code afterNs} counts from the first packet that this fault sees. */
    public static Supplier<Fault> blackout(final long afterNs, final long lengthNs) {
        final long[] firstNs = {-1};
        return () -> frame -> {
            if (firstNs[0] < 0) {
                firstNs[0] = frame.nowNs();
            }
            final long sinceNs = frame.nowNs() - firstNs[0] - afterNs;
            if (sinceNs >= 0 && sinceNs < lengthNs) {
                frame.lose("blackout");
            }
        };
    }

    public static Supplier<Fault> duplicates(final double probability) {
        return () -> frame -> {
            if (frame.random().nextDouble() < probability) {
                frame.duplicate();
            }
        };
    }

    /** Each packet takes so long, and up to {@code jitterMs} more: with jitter, packets overtake each other. */
    public static Supplier<Fault> delay(final double ms, final double jitterMs) {
        return () -> frame -> frame.delay((long) ((ms + frame.random().nextDouble() * jitterMs) * NS_PER_MS), "delay");
    }

    /** Each packet is late with this probability, so that those behind it overtake it. */
    public static Supplier<Fault> reorder(final double probability, final double leastMs, final double mostMs) {
        return () -> frame -> {
            if (frame.random().nextDouble() < probability) {
                final double ms = leastMs + frame.random().nextDouble() * (mostMs - leastMs);
                frame.delay((long) (ms * NS_PER_MS), "reorder");
            }
        };
    }

    /** Each packet arrives damaged with this probability: a bit flipped, or its end cut off. */
    public static Supplier<Fault> corruption(final double probability) {
        return () -> frame -> {
            if (frame.random().nextDouble() >= probability) {
                return;
            }
            final int from = 14;
            if (frame.random().nextInt(4) == 0) {
                frame.truncate(from + frame.random().nextInt(frame.length() - from));
            } else {
                final int at = from + frame.random().nextInt(frame.length() - from);
                final int bit = frame.random().nextInt(8);
                frame.buffer().put(at, (byte) (frame.buffer().get(at) ^ 1 << bit));
                frame.changed("bit " + bit + " of byte " + at);
            }
        };
    }

    /** The first {@code times} packets of each flow that are of this kind are lost. */
    public static Supplier<Fault> loseFirst(final int times, final String name, final Predicate<Passing> kind) {
        return () -> {
            final int[] lost = {0};
            return frame -> {
                if (lost[0] < times && kind.test(frame)) {
                    lost[0]++;
                    frame.lose(name + ", " + lost[0] + " of " + times);
                }
            };
        };
    }

    /** Packets of this kind are lost, of each flow for so long from the first on. */
    public static Supplier<Fault> loseFor(final long lengthNs, final String name, final Predicate<Passing> kind) {
        return () -> {
            final long[] firstNs = {-1};
            return frame -> {
                if (!kind.test(frame)) {
                    return;
                }
                if (firstNs[0] < 0) {
                    firstNs[0] = frame.nowNs();
                }
                if (frame.nowNs() - firstNs[0] < lengthNs) {
                    frame.lose(name);
                }
            };
        };
    }

    public static boolean isSyn(final Passing frame) {
        return frame.has(TcpFlags.SYN);
    }

    public static boolean isFin(final Passing frame) {
        return frame.has(TcpFlags.FIN);
    }

    /** An acknowledgment and nothing else; on the client's side the first is the third packet of the handshake. */
    public static boolean isBareAck(final Passing frame) {
        return frame.isBareAck();
    }

    /** Data that reaches this offset of the stream. */
    public static Predicate<Passing> dataReaching(final long offset) {
        return frame -> frame.view().payloadLength() > 0 && frame.streamEnd() >= offset;
    }

    /** The n-th packet of a flow, from 1, is lost. */
    public static Supplier<Fault> loseNumber(final long number) {
        return () -> frame -> {
            if (frame.number() == number) {
                frame.lose("number " + number);
            }
        };
    }

    /** Somewhere beyond the bridge the path takes smaller packets only; see {@link PathMtu}. */
    public static Supplier<Fault> pathMtu(final PathMtu mtu) {
        return () -> mtu;
    }

    /** The receiver's window as the other end sees it: what stands in the header, 0 to 65535. */
    public static Supplier<Fault> window(final int window) {
        return () -> frame -> {
            if (!frame.has(TcpFlags.SYN)) {
                Frames.setWindow(frame, window);
                frame.changed("window " + window);
            }
        };
    }

    /**
     * A receiver that takes back what it offered (RFC 9293 3.8.6: a sender must be robust against it): of each twelve packets
     * the sender of these says its own window in six, a small one in four, and none at all in two.
     *
     * @param small what stands in the header then
     */
    public static Supplier<Fault> shrinkingWindow(final int small) {
        return () -> frame -> {
            final long turn = frame.number() % 12;
            if (turn >= 6 && !frame.has(TcpFlags.SYN)) {
                final int window = turn < 10 ? small : 0;
                Frames.setWindow(frame, window);
                frame.changed("window " + window);
            }
        };
    }

    /** A router that is congested all the time, and marks what may be marked instead of losing it (RFC 3168 5). */
    public static Supplier<Fault> congestion() {
        return () -> frame -> {
            if (Frames.markCongestion(frame)) {
                frame.changed("CE");
            }
        };
    }

    /** Before the n-th packet of a flow its receiver gets a RST that looks as if the sender had sent it. */
    public static Supplier<Fault> resetBefore(final long number) {
        return () -> frame -> {
            if (frame.number() == number) {
                frame.inject(frame.way(), Frames.reset(frame), "RST");
            }
        };
    }
}
