package io.tcpreplayj.replay;

import io.tcpreplayj.intercept.EgressGuard;
import io.tcpreplayj.intercept.KernelRulesException;
import io.tcpreplayj.linux.Link;
import io.tcpreplayj.packet.Endpoint;
import java.io.IOException;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A transport whose packets the kernel lets go to the targets only. Where it cannot (without CAP_NET_ADMIN, before Linux
 * 5.16), the run goes on without, for it is a second lock on a door that is shut already, and says so.
 */
final class GuardedTransport {
    /** Sets up the guard that fits. */
    @FunctionalInterface
    interface Guard {
        EgressGuard raise() throws KernelRulesException;
    }

    private GuardedTransport() {}

    /** As {@code transport}, whose packets leave by {@code link}, as frames or by the kernel's routing. */
    static RawTransport of(
            final RawTransport transport,
            final TransportChoice.Kind kind,
            final Link link,
            final List<Endpoint> targets) {
        return switch (kind) {
            case RAW -> of(transport, () -> EgressGuard.onOutput(targets));
            case XDP -> with(transport, "no guard in the kernel: frames of AF_XDP pass by its hooks", null);
            default -> of(transport, () -> EgressGuard.onDevice(link, targets));
        };
    }

    /** As {@code transport}, guarded if that is possible. */
    static RawTransport of(final RawTransport transport, final Guard guard) {
        try {
            final EgressGuard raised = guard.raise();
            return with(transport, "the kernel lets nothing go elsewhere", raised);
        } catch (final KernelRulesException e) {
            return with(transport, "no guard in the kernel: " + e.getMessage(), null);
        }
    }

    private static RawTransport with(
            final RawTransport transport, final String remark, final @Nullable EgressGuard guard) {
        return new RawTransport(
                transport.wire(),
                transport.feed(),
                transport.endpoints(),
                transport.description() + "; " + remark,
                guard == null
                        ? transport.upkeep()
                        : new Guarded(transport.upkeep(), guard::close, guard::holds, guard::stoppedPackets));
    }

    /** What a guard has counted. */
    @FunctionalInterface
    interface Stopped {
        long packets() throws KernelRulesException;
    }

    /** The guard falls last, and whatever becomes of the rest. */
    record Guarded(RawTransport.Upkeep upkeep, Runnable fall, BooleanSupplier holds, Stopped stopped)
            implements RawTransport.Upkeep {
        @Override
        public boolean everySecond() throws IOException {
            return upkeep.everySecond();
        }

        @Override
        public ReplayResult.EgressWatch watch() {
            try {
                final long packets = stopped.packets();
                return holds.getAsBoolean()
                        ? ReplayResult.EgressWatch.held(packets)
                        : ReplayResult.EgressWatch.lost(packets);
            } catch (final KernelRulesException e) {
                // Its nft is gone, and with it the table and what that counted.
                return ReplayResult.EgressWatch.lost(0);
            }
        }

        @Override
        public void close() {
            try {
                upkeep.close();
            } finally {
                fall.run();
            }
        }
    }
}
