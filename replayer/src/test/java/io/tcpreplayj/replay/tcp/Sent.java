package io.tcpreplayj.replay.tcp;

import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpFlags;
import io.tcpreplayj.packet.TcpOptions;
import java.nio.ByteBuffer;

/** A segment that crossed the wire, copied; never compared, so its arrays do no harm. */
@SuppressWarnings("ArrayRecordComponent")
record Sent(long atNs, int seq, int ack, int flags, int window, int urgent, int ecn, byte[] options, byte[] payload) {
    static Sent of(final PacketView view, final long nowNs) {
        final byte[] options = new byte[view.optionsLength()];
        view.buffer().get(view.optionsOffset(), options);
        final byte[] payload = new byte[view.payloadLength()];
        view.buffer().get(view.payloadOffset(), payload);
        return new Sent(
                nowNs,
                view.segSeq(),
                view.segAck(),
                view.segFlags(),
                view.segWnd(),
                view.segUp(),
                view.ecn(),
                options,
                payload);
    }

    TcpOptions parsed() {
        final TcpOptions parsed = new TcpOptions();
        parsed.parse(ByteBuffer.wrap(options), 0, options.length);
        return parsed;
    }

    boolean has(final int flag) {
        return (flags & flag) != 0;
    }

    String flagNames() {
        final StringBuilder names = new StringBuilder();
        final String letters = "FSRPAUEC";
        for (int i = 0; i < 8; i++) {
            if (has(1 << i)) {
                names.append(letters.charAt(i));
            }
        }
        return names.toString();
    }

    int segLen() {
        return payload.length + (has(TcpFlags.SYN) ? 1 : 0) + (has(TcpFlags.FIN) ? 1 : 0);
    }
}
