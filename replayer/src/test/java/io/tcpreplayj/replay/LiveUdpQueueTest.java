package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.FlowRecord.SkipReason;
import io.tcpreplayj.flow.OpenFlow;
import io.tcpreplayj.replay.script.Scripts;
import io.tcpreplayj.replay.udp.LiveDatagrams;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Datagrams that nobody reads in time: conversations are given up whole, and each is counted in one place. */
final class LiveUdpQueueTest {
    private static final int MOST_BYTES = 65_507;

    private final ByteBuffer packet = ByteBuffer.allocate(1 << 17);
    private final List<String> read = new ArrayList<>();
    private final LiveUdpQueue queue = new LiveUdpQueue(flow -> flow.midstream() ? SkipReason.MIDSTREAM : null);
    private final LiveDatagrams.Reader reader = new LiveDatagrams.Reader() {
        @Override
        public void onOpened(final OpenFlow flow) {
            read.add("opened " + flow.id());
        }

        @Override
        public void onClient(
                final long flow,
                final long timeNs,
                final int gate,
                final ByteBuffer from,
                final int at,
                final int length) {
            read.add("client " + flow + " at " + timeNs + " behind " + gate + ": " + length + " " + from.get(at));
        }

        @Override
        public void onServer(
                final long flow,
                final long timeNs,
                final int length,
                final long digest,
                final ByteBuffer from,
                final int at,
                final int head) {
            read.add("server " + flow + " at " + timeNs + ": " + length + " " + digest + " " + head + " "
                    + from.get(at + head - 1));
        }

        @Override
        public void onLost(final long flow, final LiveDrop reason) {
            read.add("lost " + flow + " " + reason.label());
        }

        @Override
        public void onEnded(final long flow) {
            read.add("ended " + flow);
        }
    };

    private static FlowRecord record(final long id) {
        return Scripts.flow().id(id).send("x").build().flow();
    }

    private boolean open(final long id, final boolean unwanted) {
        final FlowRecord flow = record(id);
        return queue.onOpened(new OpenFlow(
                id,
                flow.client(),
                flow.server(),
                0,
                flow.startNs(),
                unwanted,
                true,
                FlowRecord.App.DNS,
                flow.opening()));
    }

    private List<String> readAll() {
        read.clear();
        while (queue.read(reader, 10) > 0) {
            assertThat(read.size()).isLessThan(1 << 20);
        }
        return List.copyOf(read);
    }

    @Test
    void whatIsTold_isRead_ofAnswersOnlyWhatDnsNeeds() {
        assertThat(open(1, false)).isTrue();
        packet.put(5, (byte) 'q').put(9 + 270, (byte) 'a');
        queue.onClient(1, 100, 2, packet, 5, 30);
        queue.onServer(1, 200, 1_400, 77, packet, 9, 1_200);
        queue.onEnded(record(1));
        assertThat(readAll())
                .containsExactly(
                        "opened 1", "client 1 at 100 behind 2: 30 113", "server 1 at 200: 1400 77 271 97", "ended 1");
        queue.finish();
        assertThat(queue.isDrained()).isTrue();
        assertThat(queue.flows().seen()).isOne();
    }

    @Test
    void conversationForWhichThereIsNoRoom_isLostWhole_andItsEndIsToldOnceThereIs() {
        open(1, false);
        open(2, false);
        for (int sent = 0; sent < 300; sent++) {
            queue.onClient(1, sent, 0, packet, 0, MOST_BYTES);
        }
        queue.onEnded(record(1));
        queue.onEnded(record(2));
        final List<String> told = new ArrayList<>(readAll());
        queue.finish();
        told.addAll(readAll());
        assertThat(told)
                .startsWith("opened 1", "opened 2", "client 1 at 0 behind 0: 65507 0")
                .endsWith("lost 1 queue-full", "ended 2")
                .hasSizeBetween(250, 270);
        assertThat(queue.flows().seen()).isEqualTo(2);
    }

    @Test
    void whatIsNotWanted_isSkippedByItsReason_andWhatIsNotWhole_lost() {
        assertThat(open(1, true)).isFalse();
        queue.onClient(1, 1, 0, packet, 0, 1);
        open(2, false);
        queue.onLost(2);
        queue.onClient(2, 1, 0, packet, 0, 1);
        queue.onEnded(record(1));
        queue.onEnded(record(2));
        queue.refuse();
        assertThat(open(4, false)).isFalse();
        assertThat(readAll()).containsExactly("opened 2", "lost 2 capture-gap");
        assertThat(queue.flows().skipped(SkipReason.MIDSTREAM)).isOne();
        assertThat(queue.flows().dropped(LiveDrop.STOPPED)).isOne();
    }
}
