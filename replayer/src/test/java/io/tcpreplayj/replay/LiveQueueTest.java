package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.flow.ClientRow;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.FlowRecord.SkipReason;
import io.tcpreplayj.flow.OpenFlow;
import io.tcpreplayj.replay.script.Scripts;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A queue that nobody reads in time: flows are given up whole, and each is counted in one place. */
final class LiveQueueTest {
    private static final int ROW_BYTES = 64 << 10;

    private final LiveQueue queue = new LiveQueue(1 << 20, flow -> flow.skipReason(), null);
    private final List<String> read = new ArrayList<>();
    private final ClientRow row = new ClientRow().data((byte) 0, 0, new byte[ROW_BYTES], 0, ROW_BYTES);
    private final LiveQueue.Reader reader = new LiveQueue.Reader() {
        @Override
        public void onOpened(final OpenFlow flow) {
            read.add("opened " + flow.id());
        }

        @Override
        public void onRow(final long flow, final ClientRow told) {
            read.add("row " + flow + " of " + told.length() + " at " + told.gate());
        }

        @Override
        public void onAnswer(
                final long flow,
                final long responseBytes,
                final long firstNs,
                final long lastNs,
                final long digest,
                final byte[] head) {
            read.add("answer " + flow + " " + responseBytes + " " + firstNs + " " + lastNs + " " + digest + " "
                    + head.length);
        }

        @Override
        public void onLost(final long flow, final LiveDrop reason) {
            read.add("lost " + flow + " " + reason.label());
        }

        @Override
        public void onEnded(final FlowRecord flow) {
            read.add("ended " + flow.id());
        }
    };

    private static FlowRecord record(final long id) {
        return Scripts.flow().id(id).send("x").build().flow();
    }

    private static OpenFlow open(final long id, final boolean midstream) {
        final FlowRecord flow = record(id);
        return new OpenFlow(
                id,
                flow.client(),
                flow.server(),
                0,
                flow.startNs(),
                midstream,
                true,
                FlowRecord.App.UNKNOWN,
                flow.opening());
    }

    private boolean open(final long id) {
        return queue.onOpened(open(id, false));
    }

    private List<String> readAll() {
        read.clear();
        while (queue.read(reader, 10) > 0) {
            assertThat(read.size()).isLessThan(1 << 20);
        }
        return List.copyOf(read);
    }

    @Test
    void whatFits_comesOutInOrder() {
        assertThat(open(7)).isTrue();
        queue.onRow(7, row.at(0, 5, 0, 0));
        queue.onAnswer(7, 0, 100, 1, 2, 3, new byte[4]);
        queue.onEnded(record(7));
        assertThat(queue.isDrained()).isFalse();
        queue.finish();
        assertThat(readAll()).containsExactly("opened 7", "row 7 of 65536 at 5", "answer 7 100 1 2 3 4", "ended 7");
        assertThat(queue.isDrained()).isTrue();
        assertThat(queue.flows().seen()).isOne();
    }

    @Test
    void aFlowWhoseRowDoesNotFit_isLostWhole() {
        open(1);
        open(2);
        for (int i = 0; i < 40; i++) {
            queue.onRow(1, row);
        }
        final List<String> first = readAll();
        assertThat(first).startsWith("opened 1", "opened 2").endsWith("lost 1 queue-full");
        assertThat(first.size()).as("what there was room for").isBetween(10, 18);
        queue.onRow(2, row);
        queue.onRow(1, row);
        queue.onEnded(record(1));
        assertThat(readAll()).containsExactly("row 2 of 65536 at 0");
        queue.onEnded(record(2));
        assertThat(readAll()).containsExactly("ended 2");
        assertThat(queue.flows().dropped(LiveDrop.QUEUE_FULL))
                .as("the reader counts it")
                .isZero();
        assertThat(queue.flows().seen()).isEqualTo(2);
    }

    @Test
    void aFlowThatOpensWhenThereIsNoRoom_isCountedHere() {
        open(1);
        for (int i = 0; i < 40; i++) {
            queue.onRow(1, new ClientRow().data((byte) 0, 0, new byte[1 << i % 16], 0, 1 << i % 16));
        }
        int opened = 1;
        while (open(++opened)) {
            assertThat(opened).isLessThan(1 << 20);
        }
        queue.onEnded(record(opened));
        assertThat(queue.flows().dropped(LiveDrop.QUEUE_FULL)).isOne();
        assertThat(queue.flows().seen()).isOne();
    }

    @Test
    void flowsThatOpenAndEnd_takeTheirRoomThoughTheyAreKeptBesideIt() {
        int opened = 1;
        while (open(opened)) {
            queue.onEnded(record(opened));
            opened++;
        }
        assertThat(opened).isBetween(100, (1 << 20) / 1_024);
    }

    @Test
    void anEndForWhichThereIsNoRoom_isToldLater() {
        open(1);
        open(2);
        while (queueHasRoomFor(2)) {
            assertThat(queue.flows().seen()).isZero();
        }
        queue.onEnded(record(1));
        assertThat(readAll()).doesNotContain("ended 1");
        queue.onEnded(record(2));
        assertThat(readAll()).contains("ended 1");
    }

    /** Fills what is left by the smallest messages there are. */
    private boolean queueHasRoomFor(final long flow) {
        final long before = queue.flows().dropped(LiveDrop.QUEUE_FULL);
        open(flow + 1_000);
        return queue.flows().dropped(LiveDrop.QUEUE_FULL) == before;
    }

    @Test
    void whatIsNotToBeReplayed_isCountedByItsReason() {
        assertThat(queue.onOpened(open(3, true))).isFalse();
        queue.onEnded(record(3));
        assertThat(queue.flows().skipped(SkipReason.MIDSTREAM)).isOne();
        assertThat(readAll()).isEmpty();
    }

    @Test
    void afterTheReplayHasStopped_flowsAreDropped_andNothingIsWaitedFor() {
        open(1);
        queue.close();
        assertThat(open(2)).isFalse();
        queue.onEnded(record(2));
        queue.onEnded(record(1));
        queue.finish();
        assertThat(queue.flows().dropped(LiveDrop.STOPPED)).isOne();
    }
}
