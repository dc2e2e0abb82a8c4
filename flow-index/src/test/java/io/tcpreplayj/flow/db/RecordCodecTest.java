package io.tcpreplayj.flow.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.esotericsoftware.kryo.KryoException;
import com.sun.management.ThreadMXBean;
import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.StreamSummary;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class RecordCodecTest {
    private final RecordCodec codec = new RecordCodec(FlowDbFormat.VERSION);

    private byte[] encoded(final Object record) {
        return Arrays.copyOf(codec.bytes(), codec.encode(record));
    }

    @Test
    void randomRecords_comeBackEqual() {
        for (long seed = 0; seed < 20_000; seed++) {
            final FlowRecord flow = SampleFlows.odd(seed + 1, (int) seed, seed).flow();
            final FlowRecord back = codec.decode(encoded(flow), FlowRecord.class);
            assertThat(new FlowAndBytes(back, new byte[0]).text())
                    .as("seed %d", seed)
                    .isEqualTo(new FlowAndBytes(flow, new byte[0]).text());
        }
    }

    /** Behind a CRC that holds there may still be anything: it is decoded or refused, within its own size. */
    @Test
    void changedRecords_areRefusedOrDecoded_andAllocateLittle() {
        final Random random = new Random(11);
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        int refused = 0;
        long most = 0;
        for (int i = 0; i < 100_000; i++) {
            final byte[] bytes =
                    encoded(SampleFlows.http(i % 50 + 1, 0, i % 4, 16).flow());
            for (int flips = random.nextInt(3); flips >= 0; flips--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            final byte[] mutant = random.nextInt(4) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
            final long before = threads.getCurrentThreadAllocatedBytes();
            try {
                codec.decode(mutant, FlowRecord.class);
            } catch (final KryoException e) {
                refused++;
            }
            // The first ones load classes and link string concatenations.
            most = i < 10_000 ? 0 : Math.max(most, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(refused).isBetween(10_000, 99_999);
        assertThat(most)
                .as("bytes allocated for one record of at most 300 bytes")
                .isLessThan(64 << 10);
    }

    @Test
    void declaredCountIsBoundedByWhatRemains() {
        final byte[] bytes = encoded(SampleFlows.http(1, 0, 0).flow());
        // The last byte is the count of exchanges: 2^31 - 1 of them.
        final byte[] greedy = Arrays.copyOf(bytes, bytes.length + 4);
        Arrays.fill(greedy, bytes.length - 1, greedy.length, (byte) 0xff);
        greedy[greedy.length - 1] = 7;
        assertThatThrownBy(() -> codec.decode(greedy, FlowRecord.class))
                .isInstanceOf(KryoException.class)
                .hasMessageContaining("2147483647 things");
    }

    @Test
    void furtherSegmentsOfAnExchange_takeFewBytes() {
        final Random random = new Random(3);
        final int rows = 10_000;
        final byte[] flags = new byte[rows];
        final int[] lengths = new int[rows];
        final long[] sinceRowNs = new long[rows];
        final long[] sentNs = new long[rows];
        for (int i = 0; i < rows; i++) {
            lengths[i] = 1 + random.nextInt(1_460);
            sinceRowNs[i] = random.nextInt(100_000_000);
            sentNs[i] = sinceRowNs[i] + (i == 0 ? 0 : sentNs[i - 1]);
        }
        final ClientEvents events =
                new ClientEvents(new byte[rows], flags, lengths, new int[rows], new long[rows], sinceRowNs, sentNs);
        assertThat((double) codec.encode(events) / rows).isBetween(4.0, 9.0);
    }

    @Test
    void otherClassIds_areRefusedBeforeTheirSerializerRuns() {
        for (int id = 0; id < 256; id++) {
            final byte[] bytes = {(byte) (id & 0x7f | (id > 127 ? 0x80 : 0)), 1, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f};
            assertThatThrownBy(() -> codec.decode(bytes, FlowRecord.class)).isInstanceOf(KryoException.class);
        }
        assertThatThrownBy(() -> codec.decode(encoded(SampleFlows.capture(0, 1)), FlowRecord.class))
                .isInstanceOf(KryoException.class)
                .hasMessageContaining("another class than FlowRecord");
    }

    /** To Kryo, class id 1 announces a class by its name, which it would load; -1 of its length is no KryoException. */
    @Test
    void classNames_areRefusedUnread() {
        final byte[] name = "\1\0\u0095java.util.Formatter".getBytes(StandardCharsets.ISO_8859_1);
        final byte[] endless = {1, 0, -1, -1, -1, -1, -1, -1, -1, -1};
        for (final byte[] bytes : List.of(name, endless)) {
            assertThatThrownBy(() -> codec.decode(bytes, FlowRecord.class))
                    .isInstanceOf(KryoException.class)
                    .hasMessageContaining("another class than FlowRecord");
        }
    }

    @Test
    void whatCannotBeStored_isRefusedByTheWriter() {
        final FlowRecord flow = SampleFlows.http(1, 0, 1).flow();
        final FlowRecord bad = new FlowRecord(
                flow.id(),
                flow.captureId(),
                flow.client(),
                flow.server(),
                flow.tunnel(),
                flow.startNs(),
                flow.endNs(),
                new StreamSummary(1, 0, 1, 0, 0, 1, 0, -1, "no sha"),
                flow.serverStream(),
                flow.handshake(),
                flow.close(),
                flow.midstream(),
                flow.app(),
                flow.requests(),
                flow.skipReason(),
                flow.opening(),
                flow.events(),
                flow.exchanges());
        assertThatThrownBy(() -> codec.encode(bad))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("64 hex digits");
        assertThat(codec.decode(encoded(flow), FlowRecord.class).id()).isEqualTo(1);
    }

    @Test
    void encodingAllocatesNothing() {
        final FlowRecord[] flows = new FlowRecord[64];
        Arrays.setAll(flows, i -> SampleFlows.http(i + 1, 0, 6, 256).flow());
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long bytes = 0;
        final int records = 64 * 500;
        // The first round warms up: the buffer grows, Kryo's caches fill.
        for (int round = 0; round < 5; round++) {
            final long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < records; i++) {
                codec.encode(flows[i & 63]);
            }
            bytes = threads.getCurrentThreadAllocatedBytes() - before;
        }
        assertThat((double) bytes / records).as("B/op").isLessThan(0.05);
    }
}
