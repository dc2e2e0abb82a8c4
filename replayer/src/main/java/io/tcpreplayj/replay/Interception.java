package io.tcpreplayj.replay;

import io.tcpreplayj.intercept.feed.FeedAddress;
import io.tcpreplayj.packet.Cidr;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Answers come from intercepts on other hosts, and the clients live in networks whose packets those swallow.
 *
 * @param intercepts each sees some of the answers; never empty
 * @param keys what proves who is who, or null where the way is local
 * @param clients the network that clients are mapped into, or null: each has its own, captured address
 */
public record Interception(
        List<FeedAddress> intercepts,
        @Nullable Path keys,
        @Nullable Cidr clients) {}
