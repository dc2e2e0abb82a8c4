package io.tcpreplayj.replay.udp;

import io.tcpreplayj.flow.dns.DnsMessage;
import io.tcpreplayj.flow.dns.DnsQueries;
import io.tcpreplayj.flow.dns.DnsQuestion;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Queries that were sent and have no answer yet; of several with one id and question the oldest is answered first. */
final class WaitingQueries<Q> {
    private final Map<DnsQuestion, ArrayDeque<Q>> waiting = new HashMap<>();
    private int size;

    void add(final DnsQuestion question, final Q query) {
        waiting.computeIfAbsent(question, unused -> new ArrayDeque<>()).add(query);
        size++;
    }

    /** The query that a message answers, which then waits no more; null for what answers none. */
    @Nullable
    Q answered(final DnsMessage message) {
        final DnsQuestion question = DnsQueries.answered(message, waiting.keySet());
        if (question == null) {
            return null;
        }
        final Q query = Objects.requireNonNull(waiting.get(question)).element();
        remove(question, query);
        return query;
    }

    /** No longer waits for that one. */
    void remove(final DnsQuestion question, final Q query) {
        final ArrayDeque<Q> asked = waiting.get(question);
        if (asked != null && asked.remove(query)) {
            size--;
            if (asked.isEmpty()) {
                waiting.remove(question);
            }
        }
    }

    /** No longer waits for any. */
    void giveUp(final Consumer<Q> each) {
        waiting.values().forEach(asked -> asked.forEach(each));
        waiting.clear();
        size = 0;
    }

    boolean isEmpty() {
        return size == 0;
    }
}
