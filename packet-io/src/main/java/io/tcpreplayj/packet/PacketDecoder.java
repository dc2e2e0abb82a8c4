package io.tcpreplayj.packet;

import java.nio.ByteBuffer;

/** From link layer to TCP payload in one pass, trusting nothing that a header claims. */
public final class PacketDecoder {
    /**
     * Decodes one packet into {@code view}.
     *
     * @return {@link Verdict#TCP} when {@code view} was filled; anything else leaves it undefined
     */
    public Verdict decode(
            final ByteBuffer buffer,
            final int offset,
            final int caplen,
            final int origlen,
            final int linktype,
            final PacketView view) {
        throw new UnsupportedOperationException("not built yet");
    }
}
