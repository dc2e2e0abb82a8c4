package io.tcpreplayj.flow.dns;

import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The queries of one conversation, in order, and which of them an answer belongs to: the one with its id and question. A query
 * that comes again before its answer is the same one, sent again; behind its answer it is another.
 */
public final class DnsQueries {
    /** The datagram is no query, or answers none that waits. */
    public static final int NONE = -1;

    private final DnsMessage message = new DnsMessage();
    /** Oldest first. */
    private final Map<DnsQuestion, Integer> waiting = new LinkedHashMap<>();

    private int size;

    /** The number of the query that the client sent, from 0; {@link #NONE} for what is no query. */
    public int onClient(final ByteBuffer buffer, final int offset, final int length) {
        if (!message.read(buffer, offset, length) || message.isResponse() || !message.hasQuestion()) {
            return NONE;
        }
        final Integer before = waiting.putIfAbsent(message.question(), size);
        return before == null ? size++ : before;
    }

    /** The number of the query that this answers, which then waits no more; {@link #message} is the answer. */
    public int onServer(final ByteBuffer buffer, final int offset, final int length) {
        if (!message.read(buffer, offset, length)) {
            return NONE;
        }
        final DnsQuestion question = answered(message, waiting.keySet());
        final Integer query = question == null ? null : waiting.remove(question);
        return query == null ? NONE : query;
    }

    /**
     * Which of the questions that wait a message answers, or null. A server that could not read the question repeats none
     * (FORMERR): then the id alone has to do, if it is that of one question.
     */
    public static @Nullable DnsQuestion answered(final DnsMessage message, final Set<DnsQuestion> waiting) {
        if (!message.isResponse()) {
            return null;
        }
        if (message.hasQuestion()) {
            final DnsQuestion question = message.question();
            return waiting.contains(question) ? question : null;
        }
        DnsQuestion found = null;
        for (final DnsQuestion question : waiting) {
            if (question.id() == message.id()) {
                if (found != null) {
                    return null;
                }
                found = question;
            }
        }
        return found;
    }

    /** Queries with lower numbers wait no more. */
    public void forgetBefore(final int number) {
        final Iterator<Integer> oldest = waiting.values().iterator();
        while (oldest.hasNext() && oldest.next() < number) {
            oldest.remove();
        }
    }

    /** What was read last. */
    public DnsMessage message() {
        return message;
    }

    /** Queries so far. */
    public int size() {
        return size;
    }
}
