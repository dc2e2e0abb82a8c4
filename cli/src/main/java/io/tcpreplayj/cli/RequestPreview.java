package io.tcpreplayj.cli;

import io.tcpreplayj.cli.report.Human;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.db.FlowDb;
import io.tcpreplayj.replay.ReplayRules;
import io.tcpreplayj.replay.protocol.Rewriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The first things that a replay would ask of a server: who sees "POST shop.example /orders" there may think again. Read from
 * the flows' bytes, for the captured server was another one.
 */
final class RequestPreview {
    private static final int MOST_LINES = 10;
    /** A database may hold a million flows that ask for the same. */
    private static final int MOST_FLOWS = 1_000;

    private static final int MOST_BYTES = 1 << 16;
    private static final int LONGEST = 100;

    /** RFC 9112 3: method, target, version; then the fields up to an empty line. No line is read twice, whatever it holds. */
    private static final Pattern HEAD = Pattern.compile(
            "^([A-Z]{3,16}+) (\\S{1,8000}+) HTTP/1\\.[01]\r?\n((?:[^\r\n]{1,8000}+\r?\n){0,100}+)", Pattern.MULTILINE);

    private static final Pattern HOST =
            Pattern.compile("^Host:[ \t]*(\\S*)", Pattern.CASE_INSENSITIVE | Pattern.MULTILINE);

    private RequestPreview() {}

    /** Ten lines at most, each another; of more than those, the last says so. */
    static List<String> of(final FlowDb db, final List<FlowRecord> flows, final ReplayRules rules) throws IOException {
        final Rewriter rewriter = new Rewriter(rules.rewrites());
        final Set<String> lines = new LinkedHashSet<>();
        int looked = 0;
        for (final FlowRecord flow : flows) {
            if (lines.size() > MOST_LINES || looked == MOST_FLOWS) {
                break;
            }
            if (flow.clientStream().bytes() > 0) {
                looked++;
                add(
                        lines,
                        flow,
                        rules.script(flow, db.clientBytes(flow.id()), rewriter).clientBytes());
            }
        }
        final boolean more = lines.size() > MOST_LINES || looked == MOST_FLOWS;
        return Stream.concat(lines.stream().limit(MOST_LINES), more ? Stream.of("…") : Stream.empty())
                .toList();
    }

    private static void add(final Set<String> lines, final FlowRecord flow, final ByteBuffer bytes) {
        if (flow.app() != FlowRecord.App.HTTP) {
            lines.add("bytes of " + flow.app().name().toLowerCase(Locale.ROOT) + " to a server at port "
                    + flow.server().port());
            return;
        }
        final byte[] first = new byte[Math.min(bytes.remaining(), MOST_BYTES)];
        bytes.get(bytes.position(), first);
        final Matcher head = HEAD.matcher(new String(first, StandardCharsets.ISO_8859_1));
        while (lines.size() <= MOST_LINES && head.find()) {
            final Matcher host = HOST.matcher(head.group(3));
            lines.add(
                    head.group(1) + " " + shortened(host.find() ? host.group(1) + " " : "") + shortened(head.group(2)));
        }
    }

    /** What a capture holds may be long, and may be meant for a terminal. */
    private static String shortened(final String text) {
        return Human.safe(text.length() > LONGEST ? text.substring(0, LONGEST) + "…" : text);
    }
}
