package io.tcpreplayj.cli.report;

import io.tcpreplayj.replay.ReplayResult;
import java.util.Map;

/** Whether counters add up: nothing disappears without a name. */
public final class Ledgers {
    private Ledgers() {}

    public static long sum(final Map<String, Long> reasons) {
        long sum = 0;
        for (final long count : reasons.values()) {
            sum += count;
        }
        return sum;
    }

    /** The first sum of a replay's report that is wrong, in words; empty when all hold. */
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
        return "";
    }
}
