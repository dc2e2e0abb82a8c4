package io.tcpreplayj.cli;

import io.tcpreplayj.flow.ClientRow;
import io.tcpreplayj.flow.FlowObserver;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.FlowRecord.SkipReason;
import io.tcpreplayj.flow.OpenFlow;
import io.tcpreplayj.flow.UdpObserver;
import java.nio.ByteBuffer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells one observer of the flows of several captures, each assembled on a thread of its own: one at a time, and each flow by
 * a number that no other has, at times of this host's clock.
 */
final class SharedObserver {
    /** Bits of a flow's own number; the capture's is above them. */
    private static final int FLOW_BITS = 40;

    private final FlowObserver observer;

    SharedObserver(final FlowObserver observer) {
        this.observer = observer;
    }

    /**
     * What the assembler of that capture tells.
     *
     * @param aheadNs how far its clock is ahead of ours, by which the observer is told, as far as is known by then
     */
    FlowObserver of(final int capture, final LongSupplier aheadNs) {
        return new Part((long) capture << FLOW_BITS, aheadNs);
    }

    private final class Part implements FlowObserver {
        private final long base;
        private final LongSupplier aheadNs;

        Part(final long base, final LongSupplier aheadNs) {
            this.base = base;
            this.aheadNs = aheadNs;
        }

        @Override
        public boolean onOpened(final OpenFlow flow) {
            synchronized (observer) {
                return observer.onOpened(flow.as(base + flow.id(), flow.startNs() - aheadNs.getAsLong()));
            }
        }

        @Override
        public void onRow(final long flow, final ClientRow row) {
            synchronized (observer) {
                observer.onRow(base + flow, row);
            }
        }

        @Override
        public void onAnswer(
                final long flow,
                final int exchange,
                final long responseBytes,
                final long firstResponseNs,
                final long lastResponseNs,
                final long digest,
                final byte[] head) {
            synchronized (observer) {
                observer.onAnswer(base + flow, exchange, responseBytes, firstResponseNs, lastResponseNs, digest, head);
            }
        }

        @Override
        public void onLost(final long flow, final SkipReason reason) {
            synchronized (observer) {
                observer.onLost(base + flow, reason);
            }
        }

        @Override
        public void onEnded(final FlowRecord flow) {
            synchronized (observer) {
                observer.onEnded(flow.withId(base + flow.id()));
            }
        }

        @Override
        public @Nullable UdpObserver udp() {
            final UdpObserver udp = observer.udp();
            return udp == null ? null : new UdpPart(udp, base, aheadNs);
        }
    }

    /** The same of UDP conversations. */
    private final class UdpPart implements UdpObserver {
        private final UdpObserver udp;
        private final long base;
        private final LongSupplier aheadNs;

        UdpPart(final UdpObserver udp, final long base, final LongSupplier aheadNs) {
            this.udp = udp;
            this.base = base;
            this.aheadNs = aheadNs;
        }

        @Override
        public boolean onOpened(final OpenFlow flow) {
            synchronized (observer) {
                return udp.onOpened(flow.as(base + flow.id(), flow.startNs() - aheadNs.getAsLong()));
            }
        }

        @Override
        public void onClient(
                final long flow,
                final long timeNs,
                final int gate,
                final ByteBuffer buffer,
                final int offset,
                final int length) {
            synchronized (observer) {
                udp.onClient(base + flow, timeNs - aheadNs.getAsLong(), gate, buffer, offset, length);
            }
        }

        @Override
        public void onServer(
                final long flow,
                final long timeNs,
                final int length,
                final long digest,
                final ByteBuffer buffer,
                final int offset,
                final int caplen) {
            synchronized (observer) {
                udp.onServer(base + flow, timeNs - aheadNs.getAsLong(), length, digest, buffer, offset, caplen);
            }
        }

        @Override
        public void onLost(final long flow) {
            synchronized (observer) {
                udp.onLost(base + flow);
            }
        }

        @Override
        public void onEnded(final FlowRecord flow) {
            synchronized (observer) {
                udp.onEnded(flow.withId(base + flow.id()));
            }
        }
    }
}
