package io.tcpreplayj.flow;

import java.util.List;
import java.util.function.Predicate;

/**
 * Which flows: the language of {@code --where}. {@code tcpreplay-j help filter} prints its manual.
 *
 * <pre>
 * or         = and (("||" | "or") and)*
 * and        = not (("&amp;&amp;" | "and") not)*
 * not        = ("!" | "not") not | "(" or ")" | comparison | term
 * comparison = FIELD [("==" | "!=" | "&lt;" | "&lt;=" | "&gt;" | "&gt;=" | "~") VALUE | "in" list]
 * list       = item ("," item)* | "(" item ("," item)* ")"
 * item       = VALUE | VALUE "-" VALUE
 * term       = ("tcp" | "udp" | "ip" | "ip6") | [proto] [dir] [type] ID | ID
 *              with proto = "tcp" | "udp" | "ip" | "ip6", dir = "src" | "dst", type = "host" | "net" | "port" | "portrange"
 * </pre>
 *
 * Terms are those of pcap-filter(7) that mean something for a whole connection; the packet that they speak of is the
 * client's, so {@code src} is the client and {@code dst} the server.
 */
public final class FlowFilter implements Predicate<FlowSummary> {
    private final String text;
    private final Predicate<FlowSummary> predicate;

    private FlowFilter(final String text, final Predicate<FlowSummary> predicate) {
        this.text = text;
        this.predicate = predicate;
    }

    /** @throws FilterException when the text is no filter; names the column */
    public static FlowFilter parse(final String text) {
        return parse(text, List.of());
    }

    private static FlowFilter parse(final String text, final List<String> captures) {
        return new FlowFilter(text, new FilterParser(text, captures).parse());
    }

    /**
     * The same filter for the flows of one database, in which captures have names; without them {@code capture == NAME}
     * matches none.
     *
     * @param captures names, by {@link FlowSummary#captureId}
     */
    public FlowFilter in(final List<String> captures) {
        return parse(text, captures);
    }

    @Override
    public boolean test(final FlowSummary flow) {
        return predicate.test(flow);
    }

    /** As it was written. */
    @Override
    public String toString() {
        return text;
    }
}
