package io.tcpreplayj.intercept.relay;

import io.tcpreplayj.intercept.feed.FeedException;
import io.tcpreplayj.intercept.feed.Fields;
import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * How a host that captures introduces itself.
 *
 * @param source random, the same when it comes back after a cut
 * @param nowNs its clock, which its packets' times are of
 * @param taken the last batch that it was told was taken, by whoever listened
 * @param takenPackets the packets of those batches
 * @param lost packets that it lost and told a listener of, this one or another
 * @param name host and interface, for people
 */
record RelayHello(UUID source, long nowNs, long taken, long takenPackets, long lost, String name) {
    void encode(final ByteBuffer out) {
        Fields.putId(out, source);
        out.putLong(nowNs).putLong(taken).putLong(takenPackets).putLong(lost);
        Fields.putText(out, name);
    }

    static RelayHello decode(final ByteBuffer in) throws FeedException {
        final RelayHello hello = new RelayHello(
                Fields.getId(in), in.getLong(), in.getLong(), in.getLong(), in.getLong(), Fields.getText(in));
        if (hello.taken < 0 || hello.takenPackets < hello.taken || hello.lost < 0 || hello.nowNs < 0) {
            throw new FeedException(hello.takenPackets + " packets in " + hello.taken + " batches, and " + hello.lost
                    + " lost, at " + hello.nowNs);
        }
        return hello;
    }
}
