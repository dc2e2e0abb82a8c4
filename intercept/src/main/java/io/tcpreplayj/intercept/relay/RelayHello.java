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
 * @param name host and interface, for people
 */
record RelayHello(UUID source, long nowNs, String name) {
    void encode(final ByteBuffer out) {
        Fields.putId(out, source);
        out.putLong(nowNs);
        Fields.putText(out, name);
    }

    static RelayHello decode(final ByteBuffer in) throws FeedException {
        return new RelayHello(Fields.getId(in), in.getLong(), Fields.getText(in));
    }
}
