package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.cli.report.PrometheusText;
import io.tcpreplayj.linux.LiveCapture;
import io.tcpreplayj.linux.PacketFilter;
import io.tcpreplayj.linux.SteadyClock;
import io.tcpreplayj.packet.FlowHash;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketHandler;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** What is told of a ring that overflows, and of a clock that is set, all the time. */
final class LiveReaderTest {
    private static final long HOUR = 3_600_000_000_000L;
    private static final PacketHandler NOBODY = (buffer, offset, caplen, origlen, captureTimeNs, linktype) -> {};

    private final Overflowing capture = new Overflowing();
    private final Told told = new Told();
    private final LiveReader reader =
            new LiveReader(capture, null, told, new StampClock(SteadyClock::nowNs, capture::clockNs));

    /** Something is lost whenever somebody asks, and the clock is set before each packet, back and forth. */
    private static final class Overflowing implements LiveCapture {
        private final ByteBuffer packet = ByteBuffer.allocate(40);
        private boolean isAhead;
        private boolean isOver;
        private long read;
        private long asked;

        long clockNs() {
            return SteadyClock.nowNs() + (isAhead ? HOUR : 0);
        }

        @Override
        public int linktype() {
            return Linktype.RAW;
        }

        @Override
        public int poll(final PacketHandler handler, final int limit) {
            if (isOver) {
                return 0;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
            isAhead = !isAhead;
            handler.onPacket(packet, 0, 40, 40, clockNs(), Linktype.RAW);
            read++;
            return 1;
        }

        @Override
        public double fill() {
            return 0.9;
        }

        @Override
        public boolean wentDown() {
            return false;
        }

        @Override
        public void stop() {
            isOver = true;
        }

        @Override
        public void filter(final PacketFilter filter) {}

        @Override
        public void count() {
            asked += isOver ? 0 : 1;
        }

        @Override
        public long seen() {
            return read + asked;
        }

        @Override
        public long drops() {
            return asked;
        }

        @Override
        public int[] fds() {
            return new int[0];
        }

        @Override
        public void close() {}
    }

    private static final class Told implements LiveReader.Notes {
        private final List<Long> drops = new ArrayList<>();
        private final List<Long> steps = new ArrayList<>();

        @Override
        public void wentDown(final String name) {}

        @Override
        public void isGone(final String name) {}

        @Override
        public void dropped(final long packets) {
            drops.add(packets);
        }

        @Override
        public void clockWasSet(final ClockSteps clock, final long times) {
            steps.add(times);
        }
    }

    @Test
    void whatHappensAllTheTime_isToldOnceASecond_andHowOftenItHas() throws IOException {
        final List<String> shares = new ArrayList<>();
        reader.share((share, isLess) -> shares.add(share.words()));
        final long beganNs = System.nanoTime();
        while (capture.asked < 15) {
            reader.poll(NOBODY, 512);
        }
        reader.finish();
        while (reader.poll(NOBODY, 512) >= 0) {
            assertThat(reader.fault()).isEmpty();
        }
        final int most = (int) TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - beganNs) + 2;
        assertThat(told.drops).hasSizeBetween(2, most);
        assertThat(told.drops.stream().mapToLong(Long::longValue).sum())
                .isEqualTo(reader.drops())
                .isGreaterThan(most);
        assertThat(told.steps).hasSizeBetween(2, most);
        assertThat(told.steps.stream().mapToLong(Long::longValue).sum())
                .isEqualTo(reader.clock().steps())
                .isGreaterThan(most);
        assertThat(shares).isNotEmpty();
        assertThat(reader.shedder().keeping())
                .as("who forwards gives up flows elsewhere")
                .isEqualTo(FlowHash.RANGE);
    }

    @Test
    void clockThatWasSet_isInTheLineOfASignal_andInTheMetrics() throws IOException {
        assertThat(reader.words()).isEqualTo("any: 0 packets read, 0 dropped by the kernel");
        for (int turns = 0; reader.clock().steps() == 0 && turns < 1000; turns++) {
            reader.poll(NOBODY, 1);
        }
        assertThat(reader.words())
                .matches("any: \\d+ packets? read, \\d+ dropped by the kernel, clock set 1 time, now 1h00m ahead of the"
                        + " times of packets");
        final PrometheusText text = new PrometheusText("x_");
        reader.write(text);
        assertThat(text.toString())
                .contains("\nx_clock_steps_total 1\n")
                .containsPattern("x_clock_ahead_seconds 3(600|599)\\.");
    }
}
