package io.tcpreplayj.replay;

import io.tcpreplayj.intercept.feed.FeedAddress;
import io.tcpreplayj.packet.Cidr;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Answers come from intercepts on other hosts, and the clients live in networks whose packets those swallow.
 *
 * @param intercepts each sees some of the answers; never empty
 * @param keys what proves who is who, or null where the way is local
 * @param clients the network that clients are mapped into, or null: each has its own, captured address
 * @param attested nothing is sent unless each intercept runs on the target's own host: who runs it there, with the same keys,
 *     vouches for a server that may be tested
 */
public record Interception(
        List<FeedAddress> intercepts,
        @Nullable Path keys,
        @Nullable Cidr clients,
        boolean attested) {
    /** Where answers come from, for people. */
    String words() {
        return "intercept " + intercepts.stream().map(FeedAddress::toString).collect(Collectors.joining(", "));
    }

    /** Whether an intercept will do that is not on the target's host, or dies with a container. */
    public boolean mayLeak() {
        return clients != null && !attested;
    }

    /** The same, and nothing is sent unless its intercepts vouch for the target. */
    Interception demandingAttestation() {
        return new Interception(intercepts, keys, clients, true);
    }
}
