package io.tcpreplayj.flow;

import io.tcpreplayj.flow.FilterTokens.Kind;
import io.tcpreplayj.flow.FilterTokens.Token;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The terms of pcap-filter(7) in a {@link FlowFilter}: {@code host 10.0.0.1}, {@code tcp dst port 80}. As there, an ID
 * without any qualifier has those of the term before it: {@code port 80 or 443}.
 */
final class FilterTerms {
    private static final List<String> PROTOCOLS = List.of("tcp", "udp", "ip", "ip6");
    private static final List<String> DIRECTIONS = List.of("src", "dst");
    private static final List<String> TYPES = List.of("host", "net", "port", "portrange");

    /** Words with which a term of pcap-filter(7) may begin and that say nothing about a flow. */
    private static final Set<String> FOREIGN =
            Set.of("icmp", "icmp6", "sctp", "arp", "ether", "vlan", "gateway", "less", "greater");

    private static final Pattern ID = Pattern.compile("\\d.*|[0-9a-fA-F]*:.*");
    private static final Pattern SHORT_NET = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){0,2}");

    /** What stands before an ID. */
    private record Qualifiers(
            @Nullable String protocol,
            @Nullable String direction,
            @Nullable String type) {}

    private final FilterTokens tokens;
    private @Nullable Qualifiers last;

    FilterTerms(final FilterTokens tokens) {
        this.tokens = tokens;
    }

    /** Whether the next token begins a term, not a comparison. */
    boolean isNext() {
        final Token token = tokens.peek();
        if (token.kind() != Kind.WORD || FlowFields.find(token.text()) != null) {
            return false;
        }
        final String word = token.text();
        return PROTOCOLS.contains(word)
                || DIRECTIONS.contains(word)
                || TYPES.contains(word)
                || FOREIGN.contains(word)
                || ID.matcher(word).matches();
    }

    Predicate<FlowSummary> parse() {
        final Token first = tokens.peek();
        if (FOREIGN.contains(first.text())) {
            throw new FilterException(
                    "\"" + first.text() + "\" says nothing here: every flow is a TCP connection or a UDP conversation",
                    first.column());
        }
        final String protocol = takeOneOf(PROTOCOLS);
        final String direction = takeOneOf(DIRECTIONS);
        final String type = takeOneOf(TYPES);
        if (direction == null && type == null && protocol != null && !isId(tokens.peek())) {
            return ofProtocol(protocol);
        }
        Qualifiers qualifiers = new Qualifiers(protocol, direction, type);
        if (protocol == null && direction == null && type == null) {
            if (last == null) {
                throw new FilterException(
                        "what is \"" + first.text() + "\"? host, net or port goes before it", first.column());
            }
            qualifiers = last;
        }
        last = qualifiers;
        final Predicate<FlowSummary> matches = withId(qualifiers);
        return qualifiers.protocol == null
                ? matches
                : ofProtocol(qualifiers.protocol).and(matches);
    }

    private @Nullable String takeOneOf(final List<String> words) {
        final Token token = tokens.peek();
        return token.kind() == Kind.WORD && words.contains(token.text())
                ? tokens.take().text()
                : null;
    }

    private static boolean isId(final Token token) {
        return token.kind() == Kind.WORD && ID.matcher(token.text()).matches();
    }

    private static Predicate<FlowSummary> ofProtocol(final String protocol) {
        return switch (protocol) {
            case "ip" -> flow -> flow.server().address().isV4();
            case "ip6" -> flow -> !flow.server().address().isV4();
            case "udp" -> flow -> flow.protocol() == FlowRecord.Protocol.UDP;
            default -> flow -> flow.protocol() == FlowRecord.Protocol.TCP;
        };
    }

    private Predicate<FlowSummary> withId(final Qualifiers qualifiers) {
        final String type = qualifiers.type == null ? "host" : qualifiers.type;
        final Token id = tokens.take();
        if (id.kind() != Kind.WORD) {
            throw new FilterException(
                    id.is("==")
                            ? "\"" + type + "\" is no field but a term, as " + example(type)
                            : "expected " + expected(type) + " after \"" + type + '"',
                    id.column());
        }
        final Predicate<Endpoint> end = switch (type) {
            case "port" -> port(id);
            case "portrange" -> portRange(id);
            case "net" -> inside(net(id));
            default -> inside(FilterValues.network(id));
        };
        if (qualifiers.direction == null) {
            return flow -> end.test(flow.client()) || end.test(flow.server());
        }
        return qualifiers.direction.equals("src") ? flow -> end.test(flow.client()) : flow -> end.test(flow.server());
    }

    private static String expected(final String type) {
        return switch (type) {
            case "port" -> "a port";
            case "portrange" -> "two ports";
            case "net" -> "a network";
            default -> "an address";
        };
    }

    private static String example(final String type) {
        return switch (type) {
            case "port" -> "port 80; the field is server.port";
            case "portrange" -> "portrange 8000-8010; the field is server.port";
            case "net" -> "net 10.0.0.0/8; the field is client.address";
            default -> "host 10.0.0.1; the field is client.address";
        };
    }

    private static Predicate<Endpoint> inside(final Cidr network) {
        return end -> network.contains(end.address());
    }

    /** Also {@code 10} for 10.0.0.0/8 and {@code 192.168.1} for 192.168.1.0/24, as tcpdump takes them. */
    private static Cidr net(final Token id) {
        final String text = id.text();
        if (!SHORT_NET.matcher(text).matches()) {
            return FilterValues.network(id);
        }
        final int bytes = text.split("\\.", -1).length;
        final Cidr whole = FilterValues.network(new Token(id.kind(), text + ".0".repeat(4 - bytes), id.column()));
        return new Cidr(IpAddress.v4(whole.address().v4()), 8 * bytes);
    }

    private static Predicate<Endpoint> port(final Token id) {
        final int port = portOf(id, id.text());
        return end -> end.port() == port;
    }

    private static Predicate<Endpoint> portRange(final Token id) {
        final int dash = id.text().indexOf('-');
        final int first = portOf(id, dash < 0 ? id.text() : id.text().substring(0, dash));
        final int last = dash < 0 ? first : portOf(id, id.text().substring(dash + 1));
        if (last < first) {
            throw new FilterException("the lower port first", id.column());
        }
        return end -> end.port() >= first && end.port() <= last;
    }

    private static int portOf(final Token id, final String digits) {
        if (!digits.matches("\\d{1,5}") || Integer.parseInt(digits) > 0xffff) {
            throw new FilterException("a port is a number from 0 to 65535, \"" + digits + "\" is none", id.column());
        }
        return Integer.parseInt(digits);
    }
}
