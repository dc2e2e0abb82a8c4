package io.tcpreplayj.flow;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.FlowHash;
import io.tcpreplayj.packet.PacketView;

/**
 * The address pair of a segment in an order that is the same for both directions: the lesser endpoint first (addresses
 * compared unsigned, then ports). One instance is reused for every segment.
 */
public final class FlowKey {
    long lesserHigh;
    long lesserLow;
    long greaterHigh;
    long greaterLow;
    /** Port of the lesser endpoint in the upper 16 bits, of the greater one in the lower. */
    int ports;
    /** The segment was sent by the lesser endpoint. */
    boolean sentByLesser;

    public void set(final PacketView view) {
        sentByLesser = isSourceLesser(view);
        if (sentByLesser) {
            lesserHigh = view.sourceHigh();
            lesserLow = view.sourceLow();
            greaterHigh = view.destinationHigh();
            greaterLow = view.destinationLow();
            ports = view.sourcePort() << 16 | view.destinationPort();
        } else {
            lesserHigh = view.destinationHigh();
            lesserLow = view.destinationLow();
            greaterHigh = view.sourceHigh();
            greaterLow = view.sourceLow();
            ports = view.destinationPort() << 16 | view.sourcePort();
        }
    }

    /** The pair of an entry, as if the lesser one had sent. */
    void set(final TupleEntry entry) {
        lesserHigh = entry.lesserHigh;
        lesserLow = entry.lesserLow;
        greaterHigh = entry.greaterHigh;
        greaterLow = entry.greaterLow;
        ports = entry.ports;
        sentByLesser = true;
    }

    /** The pair of two ends, as if the first one had sent a segment to the other. */
    void set(final Endpoint source, final Endpoint destination) {
        final int byAddress = source.address().compareTo(destination.address());
        sentByLesser = byAddress != 0 ? byAddress < 0 : source.port() <= destination.port();
        final Endpoint lesser = sentByLesser ? source : destination;
        final Endpoint greater = sentByLesser ? destination : source;
        lesserHigh = lesser.address().high();
        lesserLow = lesser.address().low();
        greaterHigh = greater.address().high();
        greaterLow = greater.address().low();
        ports = lesser.port() << 16 | greater.port();
    }

    /**
     * A hash that nobody can steer without knowing the seed, so captured traffic cannot be made to collide. Each step
     * folds the 128-bit product of data and secret (the construction of wyhash).
     */
    public long longHash(final long seed0, final long seed1) {
        long hash = fold(lesserHigh ^ seed0, greaterHigh ^ seed1);
        hash = fold(lesserLow ^ hash ^ seed1, greaterLow ^ seed0);
        return fold(ports ^ hash ^ seed0, seed1 ^ 0x9e37_79b9_7f4a_7c15L);
    }

    /** The hash that the kernel knows, too. */
    public int hash(final FlowHash hash) {
        return hash.of(lesserHigh ^ lesserLow ^ greaterHigh ^ greaterLow, ports >>> 16 ^ (ports & 0xffff));
    }

    /** The upper half of {@link #longHash}. */
    int hash(final long seed0, final long seed1) {
        return (int) (longHash(seed0, seed1) >>> 32);
    }

    private static long fold(final long a, final long b) {
        return a * b ^ Math.multiplyHigh(a, b);
    }

    private static boolean isSourceLesser(final PacketView view) {
        int order = Long.compareUnsigned(view.sourceHigh(), view.destinationHigh());
        if (order == 0) {
            order = Long.compareUnsigned(view.sourceLow(), view.destinationLow());
        }
        return order != 0 ? order < 0 : view.sourcePort() <= view.destinationPort();
    }
}
