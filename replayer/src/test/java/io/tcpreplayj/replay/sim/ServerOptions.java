package io.tcpreplayj.replay.sim;

import java.nio.ByteBuffer;

/** The options that the server understands and sends, by a parser of its own. */
final class ServerOptions {
    static final ServerOptions NONE = new ServerOptions();

    private static final int TIMESTAMP_BYTES = 12;
    private static final int MAX_BYTES = 40;

    private final ServerHabits habits;
    private final byte[] bytes = new byte[MAX_BYTES];
    private final long[] blocks = new long[8];
    private int length;

    private int mss;
    private int shift;
    private boolean sackPermitted;
    private boolean timestamps;
    private int tsVal;

    private boolean timestampsOn;
    private boolean sackOn;
    private boolean scaled;
    private int clientMss;
    private int clientShift;
    private int tsRecent;

    ServerOptions(final ServerHabits habits) {
        this.habits = habits;
    }

    @SuppressWarnings("NullAway") // The empty one is never asked for anything.
    private ServerOptions() {
        habits = null;
    }

    void parse(final ByteBuffer buffer, final int offset, final int size) {
        mss = -1;
        shift = -1;
        sackPermitted = false;
        timestamps = false;
        for (int at = 0; at < size; ) {
            final int kind = buffer.get(offset + at);
            if (kind == 0) {
                return;
            }
            if (kind == 1) {
                at++;
                continue;
            }
            final int optionLength = at + 1 < size ? buffer.get(offset + at + 1) : 0;
            if (optionLength < 2 || at + optionLength > size) {
                throw new SimulationFailure("the server got options that are no options");
            }
            switch (kind) {
                case 2 -> mss = buffer.getShort(offset + at + 2) & 0xffff;
                case 3 -> shift = buffer.get(offset + at + 2);
                case 4 -> sackPermitted = true;
                case 8 -> {
                    timestamps = true;
                    tsVal = buffer.getInt(offset + at + 2);
                }
                default -> {
                    // SACK blocks are not needed to send again what was lost.
                }
            }
            at += optionLength;
        }
    }

    /** The options last parsed were those of the SYN. */
    void negotiate(final long nowNs) {
        timestampsOn = habits.timestamps && timestamps;
        sackOn = habits.sack && sackPermitted;
        scaled = habits.windowShift >= 0 && shift >= 0;
        clientShift = scaled ? Math.min(14, shift) : 0;
        clientMss = mss < 0 ? 536 : Math.max(48, mss);
        recent(nowNs);
    }

    int clientShift() {
        return clientShift;
    }

    int ownShift() {
        return scaled ? habits.windowShift : 0;
    }

    /** Payload of a full segment, the options that all have counted off (RFC 6691). */
    int segmentBytes() {
        return clientMss - (timestampsOn ? TIMESTAMP_BYTES : 0);
    }

    boolean timestampsOn() {
        return timestampsOn;
    }

    boolean sackOn() {
        return sackOn;
    }

    boolean scaled() {
        return scaled;
    }

    /** RFC 7323 5.3. */
    boolean isOld() {
        return timestampsOn && timestamps && tsVal - tsRecent < 0;
    }

    /** Remembers the timestamp last parsed. */
    void recent(final long nowNs) {
        if (timestampsOn && timestamps) {
            tsRecent = tsVal;
        }
    }

    ServerOptions syn(final long nowNs) {
        length = 0;
        if (habits.mss >= 0) {
            put(2, 4, habits.mss >> 8, habits.mss);
        }
        if (scaled) {
            put(1, 3, 3, habits.windowShift);
        }
        if (sackOn) {
            put(1, 1, 4, 2);
        }
        timestamp(nowNs);
        return this;
    }

    /** @param sackWanted the segment has room for SACK blocks */
    ServerOptions segment(final ServerReceiver receiver, final boolean sackWanted, final long nowNs) {
        length = 0;
        timestamp(nowNs);
        if (sackWanted && sackOn) {
            final int count = receiver.sackBlocks(blocks, (MAX_BYTES - 4 - length) / 8);
            if (count > 0) {
                put(1, 1, 5, 2 + 8 * count);
                for (int i = 0; i < 2 * count; i++) {
                    putInt(receiver.irs() + (int) blocks[i]);
                }
            }
        }
        return this;
    }

    private void timestamp(final long nowNs) {
        if (timestampsOn) {
            put(1, 1, 8, 10);
            putInt(habits.tsOffset + (int) (nowNs / habits.tickNs));
            putInt(tsRecent);
        }
    }

    private void put(final int a, final int b, final int c, final int d) {
        bytes[length++] = (byte) a;
        bytes[length++] = (byte) b;
        bytes[length++] = (byte) c;
        bytes[length++] = (byte) d;
    }

    private void putInt(final int value) {
        put(value >> 24, value >> 16, value >> 8, value);
    }

    int length() {
        return length;
    }

    byte[] bytes() {
        return bytes;
    }
}
