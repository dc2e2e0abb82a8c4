package io.tcpreplayj.cli.report;

import io.tcpreplayj.replay.ReplayResult;
import java.util.Map;

/** Whether counters add up, and nothing went astray: nothing disappears without a name. */
public final class Ledgers {
    private Ledgers() {}

    public static long sum(final Map<String, Long> reasons) {
        long sum = 0;
        for (final long count : reasons.values()) {
            sum += count;
        }
        return sum;
    }

    /** What is wrong in a replay's report, a sum or packets for others, in words; empty when all is as it must be. */
    public static String fault(final ReplayResult result) {
        final var flows = result.flows();
        if (flows.total() != flows.replayed() + sum(flows.skipped()) + sum(flows.failed())) {
            return "flows do not add up: " + flows;
        }
        final var responses = result.responses();
        if (responses.compared() != responses.matched() + responses.different()) {
            return "responses do not add up: " + responses;
        }
        final var requests = result.requests();
        if (requests.sent() > requests.total() || requests.answered() + requests.timedOut() > requests.total()) {
            return "requests do not add up: " + requests;
        }
        final String udp = result.udp() == null ? "" : UdpReport.fault(result.udp());
        if (!udp.isEmpty()) {
            return udp;
        }
        final long stopped = result.packets().watch().stopped();
        if (stopped > 0) {
            return stopped + " packets were for others than the targets; the kernel's guard stopped them";
        }
        return "";
    }
}
