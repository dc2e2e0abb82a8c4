package io.tcpreplayj.replay.protocol;

import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.replay.UserException;
import io.tcpreplayj.replay.protocol.Edits.Edit;
import io.tcpreplayj.replay.protocol.HttpRequests.Request;
import io.tcpreplayj.replay.script.FlowScript;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Changes what the clients of a run say, by rules, one after the other. A flow in which a rule finds something that it cannot
 * change soundly is refused: what the rule was made against must not be sent, nor a request whose length is not what it says.
 */
public final class Rewriter {
    private static final byte[] CONTENT_LENGTH = "content-length".getBytes(StandardCharsets.US_ASCII);

    private static final Pattern COUNT = Pattern.compile("[0-9]{1,15}");

    private final List<RewriteRule> rules;
    private final long[] places;
    private long flows;

    public Rewriter(final List<RewriteRule> rules) {
        this.rules = rules;
        places = new long[rules.size()];
    }

    /** Whether there is anything to do. */
    public boolean hasRules() {
        return !rules.isEmpty();
    }

    /** Places that were changed, of each flow once, whatever the copies. */
    public long places() {
        long sum = 0;
        for (final long of : places) {
            sum += of;
        }
        return sum;
    }

    /** Flows in which anything was changed. */
    public long flows() {
        return flows;
    }

    /** What the rules are about that changed nothing. */
    public List<String> unmatched() {
        final List<String> idle = new ArrayList<>();
        for (int i = 0; i < places.length; i++) {
            if (places[i] == 0) {
                idle.add(rules.get(i).subject());
            }
        }
        return idle;
    }

    /**
     * The flow as it is to be sent; one in which no rule finds anything comes back as it is.
     *
     * @throws UserException when a rule finds what it cannot change
     */
    public FlowScript apply(final FlowScript script) {
        FlowScript now = script;
        boolean changed = false;
        for (int i = 0; i < places.length; i++) {
            final RewriteRule rule = rules.get(i);
            final Edits edits = rule.isHeader() ? values(now, rule) : texts(now, rule);
            final int found = edits.all().size();
            if (found > 0) {
                now = applied(edits, now, rule);
                places[i] += found;
                changed = true;
            }
        }
        flows += changed ? 1 : 0;
        return now;
    }

    /** A stream with holes is none of requests that anyone could tell apart. */
    private static HttpRequests requests(final FlowScript script) {
        final boolean known = script.flow().app() == FlowRecord.App.HTTP
                && script.flow().events().firstHole() < 0;
        return known ? HttpRequests.of(script.clientBytes()) : HttpRequests.unknown(script.clientBytes());
    }

    private static int end(final FlowScript script) {
        return script.clientBytes().limit();
    }

    private static Edits values(final FlowScript script, final RewriteRule rule) {
        final Edits edits = new Edits();
        if (script.flow().app() == FlowRecord.App.HTTP) {
            final HttpRequests requests = requests(script);
            for (final Request request : requests.all()) {
                requests.forEachValue(request, rule.from(), (from, to) -> edits.add(from, to, rule.to()));
            }
            if (requests.hasUnknown(rule.from())) {
                throw refused(script, rule, "stands behind what is no HTTP/1 request, or behind a hole in the capture");
            }
        }
        return edits;
    }

    /** In what is one stream also over the ends of segments, but not over those of datagrams. */
    private static Edits texts(final FlowScript script, final RewriteRule rule) {
        final Edits edits = new Edits();
        if (script.flow().protocol() == FlowRecord.Protocol.UDP) {
            int at = 0;
            for (int row = 0; row < script.flow().events().size(); row++) {
                final int next =
                        Math.min(end(script), at + script.flow().events().length(row));
                find(script.clientBytes(), rule, at, next, edits);
                at = next;
            }
        } else {
            find(script.clientBytes(), rule, 0, end(script), edits);
        }
        return edits;
    }

    private static void find(
            final ByteBuffer bytes, final RewriteRule rule, final int from, final int to, final Edits edits) {
        int at = indexOf(bytes, rule.from(), from, to);
        while (at >= 0) {
            edits.add(at, at + rule.from().length, rule.to());
            at = indexOf(bytes, rule.from(), at + rule.from().length, to);
        }
    }

    private static int indexOf(final ByteBuffer bytes, final byte[] wanted, final int from, final int to) {
        for (int at = from; at <= to - wanted.length; at++) {
            int same = 0;
            while (same < wanted.length && bytes.get(at + same) == wanted[same]) {
                same++;
            }
            if (same == wanted.length) {
                return at;
            }
        }
        return -1;
    }

    private static FlowScript applied(final Edits edits, final FlowScript script, final RewriteRule rule) {
        final HttpRequests requests = requests(script);
        if (!edits.keepsLengths() && !countAgain(edits, script, requests)) {
            throw refused(script, rule, "stands where other bytes must be as many");
        }
        final FlowScript made = edits.close(end(script)) ? edits.applied(script) : null;
        if (made == null) {
            throw refused(script, rule, "stands where other bytes must be as many");
        }
        if (!requests.all().isEmpty() && !sameRequests(edits, requests, requests(made))) {
            throw refused(script, rule, "is part of what says where a request ends");
        }
        return made;
    }

    /** Each request says how long its body will be. Returns false where something has a length that nobody can set right. */
    private static boolean countAgain(final Edits edits, final FlowScript script, final HttpRequests requests) {
        final List<Edit> found = List.copyOf(edits.all());
        int next = 0;
        for (final Request request : requests.all()) {
            int growth = 0;
            while (next < found.size() && found.get(next).from() < request.to()) {
                final Edit edit = found.get(next++);
                final boolean inBody = edit.from() >= request.bodyFrom();
                final boolean whole = edit.to() <= (inBody ? request.to() : request.bodyFrom());
                if (edit.growth() != 0 && (!whole || (inBody && request.chunked()))) {
                    return false;
                }
                growth += inBody ? edit.growth() : 0;
            }
            final int more = growth;
            if (more != 0) {
                requests.forEachValue(
                        request, CONTENT_LENGTH, (from, to) -> edits.add(from, to, sum(script, from, to, more)));
            }
        }
        return found.subList(next, found.size()).stream().allMatch(edit -> edit.growth() == 0);
    }

    private static byte[] sum(final FlowScript script, final int from, final int to, final int more) {
        final byte[] digits = new byte[to - from];
        script.clientBytes().get(from, digits);
        final String counted = new String(digits, StandardCharsets.US_ASCII);
        // What is none by RFC 9110 8.6, and was read as one, stays, and the request is found to end elsewhere.
        return COUNT.matcher(counted).matches()
                ? Long.toString(Long.parseLong(counted) + more).getBytes(StandardCharsets.US_ASCII)
                : digits;
    }

    private static boolean sameRequests(final Edits edits, final HttpRequests before, final HttpRequests after) {
        final List<Request> moved = before.all().stream()
                .map(request -> new Request(
                        edits.moved(request.from()),
                        edits.moved(request.bodyFrom()),
                        edits.moved(request.to()),
                        request.chunked(),
                        request.missing()))
                .toList();
        return moved.equals(after.all());
    }

    private static UserException refused(final FlowScript script, final RewriteRule rule, final String why) {
        final long id = script.flow().id();
        return new UserException(
                "--rewrite " + rule.subject() + ": in flow " + id + " that " + why,
                "give as many bytes as it has, or leave the flow out: --where 'id != " + id + "'");
    }
}
