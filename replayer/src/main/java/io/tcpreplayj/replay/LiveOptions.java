package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Endpoint;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How flows are replayed while they are being captured, checked and complete.
 *
 * @param targets where each captured server port goes; never empty
 * @param transport "auto", "tun", "packet", "raw" or "socket"
 * @param copies each flow so many times
 * @param responseTimeoutNs the longest wait for an answer
 * @param maxOpen sessions open at the same time, copies counted; flows beyond are dropped
 * @param delayNs how far the replay stays behind the capture: what evens out that packets are captured in batches
 * @param midstream flows that were open when the capture began are opened with a handshake of our own
 * @param rails what keeps the target from harm
 * @param memoryBytes for what is captured and has not been replayed yet, half of it on its way from thread to thread; flows
 *     beyond are dropped
 * @param interception where answers come from, or null: this host sees them itself
 * @param sameServer the target may be on the very host whose traffic is captured
 */
public record LiveOptions(
        List<ReplayOptions.TargetMapping> targets,
        String transport,
        int copies,
        long responseTimeoutNs,
        int maxOpen,
        long delayNs,
        boolean midstream,
        GuardRails rails,
        long memoryBytes,
        @Nullable Interception interception,
        boolean sameServer) {
    /**
     * The delay, unless another is asked for: no less than a ring holds packets back where the kernel's timer is exact, since Linux
     * 6.18. Before that it may be two ticks, 8 ms at 250 Hz, and requests leave as late.
     */
    public static final long USUAL_DELAY_NS = 2_000_000L;
    /** Each takes a number, which tables are made for beforehand. */
    public static final int MOST_OPEN = 1_000_000;
    /** 256 MiB. */
    public static final long USUAL_MEMORY_BYTES = 256L << 20;

    /** One copy, to wherever {@code targets} say, as careful as usual. */
    public static LiveOptions to(final List<ReplayOptions.TargetMapping> targets) {
        return new LiveOptions(
                targets,
                "auto",
                1,
                30_000_000_000L,
                10_000,
                USUAL_DELAY_NS,
                false,
                GuardRails.USUAL,
                USUAL_MEMORY_BYTES,
                null,
                false);
    }

    /** The targets, each once. */
    public List<Endpoint> endpoints() {
        return targets.stream()
                .map(ReplayOptions.TargetMapping::target)
                .distinct()
                .toList();
    }
}
