package io.tcpreplayj.replay.sim;

/** What kind of server it is: drawn once for each connection. */
final class ServerHabits {
    private static final long MS = 1_000_000L;
    private static final int[] EDGES = {0, 1, -1, 0x7fff_ffff, 0x8000_0000, 0x8000_0001, 0xffff_ff00};

    final int iss;
    /** What it announces, or -1 for nothing. */
    final int mss;

    final boolean sack;
    final boolean duplicateSack;
    final boolean timestamps;
    final long tickNs;
    final int tsOffset;
    /** Its window shift, or -1 when it does not scale. */
    final int windowShift;

    final int bufferBytes;
    final int ackEverySegments;
    final long delayedAckNs;
    final int flightSegments;
    /** After a timeout it sends everything again, not the first segment only. */
    final boolean goesBackN;

    final boolean cookies;

    ServerHabits(final Seeded random, final Faults faults) {
        iss = random.coin() ? (int) random.next() : random.oneOf(EDGES) - random.below(3);
        mss = random.oneOf(1460, 1460, 1460, 8960, 536, 100, 48, 1, -1);
        cookies = faults.has(FaultKind.SYN_COOKIES) && faults.strike(FaultKind.SYN_COOKIES);
        sack = random.percent(75) && !cookies;
        duplicateSack = random.coin();
        timestamps = random.percent(70) && !cookies;
        tickNs = random.oneOf(1, 1, 4, 10) * MS;
        tsOffset = random.coin() ? (int) random.next() : random.oneOf(EDGES);
        bufferBytes = faults.has(FaultKind.TINY_WINDOW) && faults.strike(FaultKind.TINY_WINDOW)
                ? faults.of(FaultKind.TINY_WINDOW).oneOf(1, 2, 40, 200, 1000)
                : random.oneOf(65_535, 65_535, 200_000, 8_000);
        // A window of less than two units would round to nothing most of the time.
        final int mostShift = Math.min(14, 30 - Integer.numberOfLeadingZeros(Math.max(2, bufferBytes)));
        windowShift = random.percent(75) && !cookies ? random.between(0, Math.max(0, mostShift)) : -1;
        ackEverySegments = faults.has(FaultKind.ACK_STRETCH) ? random.between(4, 20) : 2;
        delayedAckNs =
                faults.has(FaultKind.ACK_STRETCH) ? random.oneOf(100, 200, 500) * MS : random.oneOf(0, 5, 40, 40) * MS;
        flightSegments = random.oneOf(2, 4, 10, 10, 40);
        goesBackN = random.coin();
    }
}
