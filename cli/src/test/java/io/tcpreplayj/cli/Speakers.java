package io.tcpreplayj.cli;

import io.tcpreplayj.linux.NetworkNamespace;
import io.tcpreplayj.testdata.Netns;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;

/** UDP sockets in a namespace, whose datagrams nobody answers. */
final class Speakers implements AutoCloseable {
    private final List<DatagramChannel> speakers = new ArrayList<>();
    private final InetSocketAddress to;

    private Speakers(final InetSocketAddress to) {
        this.to = to;
    }

    static Speakers open(final Netns netns, final String address, final int port, final int count) throws IOException {
        final Speakers all = new Speakers(new InetSocketAddress(address, port));
        NetworkNamespace.enter(netns.name());
        try {
            for (int i = 0; i < count; i++) {
                all.speakers.add(DatagramChannel.open().bind(new InetSocketAddress(0)));
            }
        } finally {
            NetworkNamespace.leave();
        }
        return all;
    }

    /** One datagram of each. */
    void say(final int bytes) throws IOException {
        final ByteBuffer words = ByteBuffer.allocate(bytes);
        for (final DatagramChannel speaker : speakers) {
            // Not connected: it is not told that there is nobody.
            speaker.send(words.rewind(), to);
        }
    }

    @Override
    public void close() throws IOException {
        for (final DatagramChannel speaker : speakers) {
            speaker.close();
        }
    }
}
