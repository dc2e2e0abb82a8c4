package io.tcpreplayj.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketHandler;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class PacketChannelTest {
    private PacketChannel.Pair pair;

    @BeforeEach
    void open() throws IOException {
        pair = PacketChannel.Pair.open();
    }

    @AfterEach
    void close() {
        pair.close();
    }

    @Test
    void packets_keepTheirOrderAndBoundaries() throws IOException {
        write(pair.near(), 1, 40);
        write(pair.near(), 2, 1500);
        write(pair.far(), 3, 52);

        assertThat(polled(pair.far(), 64)).containsExactly("1 of 40 bytes", "2 of 1500 bytes");
        assertThat(polled(pair.near(), 64)).containsExactly("3 of 52 bytes");
    }

    @Test
    void poll_handsOverNoMoreThanItsLimit() throws IOException {
        write(pair.near(), 1, 40);
        write(pair.near(), 2, 40);

        assertThat(polled(pair.far(), 1)).containsExactly("1 of 40 bytes");
        assertThat(polled(pair.far(), 1)).containsExactly("2 of 40 bytes");
        assertThat(polled(pair.far(), 1)).isEmpty();
    }

    @Test
    void read_neverWaits() throws IOException {
        assertThat(pair.near().read()).isZero();

        write(pair.far(), 7, 40);

        assertThat(pair.near().read()).isEqualTo(40);
        assertThat(pair.near().received().get(0)).isEqualTo((byte) 7);
    }

    @Test
    void fullChannel_refusesAndTakesMoreWhenEmptied() throws IOException {
        int taken = 0;
        while (pair.near().write(1500)) {
            taken++;
        }
        assertThat(taken).isPositive();

        pair.far().discard();

        assertThat(pair.far().read()).isZero();
        assertThat(pair.near().write(1500)).isTrue();
    }

    @Test
    void writeAndRead_doNotAllocate() throws IOException {
        final long[] packets = {0};
        final PacketHandler count = (buffer, offset, caplen, origlen, timeNs, linktype) -> packets[0]++;

        final long bytes = new Allocation().during(10_000, () -> {
            pair.near().write(1500);
            pair.far().poll(count, 64);
        });

        assertThat(packets[0]).isGreaterThanOrEqualTo(10_000);
        assertThat(bytes).as("bytes per 10,000 packets").isLessThan(10_000 / 20);
    }

    @Test
    void closedEnd_isRefused() {
        pair.near().close();

        assertThatThrownBy(() -> pair.near().write(40)).hasMessageContaining("write: EBADF (near end");
        assertThatThrownBy(() -> pair.near().read()).hasMessageContaining("read: EBADF (near end");
    }

    private static void write(final PacketChannel channel, final int mark, final int length) throws IOException {
        channel.frame().put(0, (byte) mark);
        assertThat(channel.write(length)).isTrue();
    }

    private static List<String> polled(final PacketChannel channel, final int limit) throws IOException {
        final List<String> packets = new ArrayList<>();
        channel.poll(
                (buffer, offset, caplen, origlen, timeNs, linktype) -> {
                    assertThat(linktype).isEqualTo(Linktype.RAW);
                    assertThat(origlen).isEqualTo(caplen);
                    packets.add(buffer.get(offset) + " of " + caplen + " bytes");
                },
                limit);
        return packets;
    }
}
