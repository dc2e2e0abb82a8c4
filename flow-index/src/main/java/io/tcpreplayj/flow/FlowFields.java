package io.tcpreplayj.flow;

import static io.tcpreplayj.flow.FlowField.address;
import static io.tcpreplayj.flow.FlowField.endpoint;
import static io.tcpreplayj.flow.FlowField.flag;
import static io.tcpreplayj.flow.FlowField.number;
import static io.tcpreplayj.flow.FlowField.text;

import io.tcpreplayj.packet.Tunnel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Every field of a flow that has a name, in the order in which {@code flows --json} prints them. */
public final class FlowFields {
    /** All, those of the JSON object first. */
    public static final List<FlowField> ALL = List.of(
            number("id", FlowSummary::id),
            number("capture", FlowSummary::captureId),
            text("protocol", flow -> word(flow.protocol())),
            endpoint("client", FlowSummary::client),
            endpoint("server", FlowSummary::server),
            text("tunnel", FlowFields::tunnel),
            number("startNs", FlowSummary::startNs),
            number("endNs", FlowSummary::endNs),
            number("clientPackets", flow -> flow.clientStream().packets()),
            number("serverPackets", flow -> flow.serverStream().packets()),
            number("duplicatePackets", FlowFields::duplicatePackets),
            number("clientBytes", flow -> flow.clientStream().bytes()),
            number("serverBytes", flow -> flow.serverStream().bytes()),
            text("clientDigest", flow -> digest(flow.clientStream())),
            text("serverDigest", flow -> digest(flow.serverStream())),
            text("clientSha256", flow -> flow.clientStream().sha256()),
            text("serverSha256", flow -> flow.serverStream().sha256()),
            number("clientGapBytes", flow -> flow.clientStream().gapBytes()),
            number("serverGapBytes", flow -> flow.serverStream().gapBytes()),
            number("clientUnseenBytes", flow -> flow.clientStream().unseenBytes()),
            number("serverUnseenBytes", flow -> flow.serverStream().unseenBytes()),
            text("handshake", flow -> word(flow.handshake())),
            text("close", flow -> word(flow.close())),
            flag("midstream", FlowSummary::midstream),
            flag("truncated", FlowFields::truncated),
            number("requests", FlowSummary::requests),
            number("exchanges", FlowSummary::exchangeCount),
            text("app", flow -> word(flow.app())),
            flag("replayable", FlowSummary::replayable),
            text("reason", FlowFields::reason),
            address("client.address", FlowSummary::client),
            number("client.port", flow -> flow.client().port()).notInJson(),
            address("server.address", FlowSummary::server),
            number("server.port", flow -> flow.server().port()).notInJson(),
            number("durationNs", flow -> flow.endNs() - flow.startNs()).notInJson());

    private static final Map<String, FlowField> BY_NAME = byName();

    /** Nobody mistypes a field's name into so many letters; each costs a row of distances for each field. */
    private static final int LONGEST_TYPO = 64;

    private FlowFields() {}

    /** The field of that name, or null. */
    public static @Nullable FlowField find(final String name) {
        return BY_NAME.get(name);
    }

    /** The name that was probably meant, or null when none is near. */
    public static @Nullable String nearest(final String name) {
        if (name.length() > LONGEST_TYPO) {
            return null;
        }
        final String wanted = name.toLowerCase(Locale.ROOT);
        String best = null;
        int bestDistance = Math.max(2, wanted.length() / 3) + 1;
        for (final FlowField field : ALL) {
            final int distance = distance(wanted, field.name().toLowerCase(Locale.ROOT));
            if (distance < bestDistance) {
                bestDistance = distance;
                best = field.name();
            }
        }
        return best;
    }

    private static Map<String, FlowField> byName() {
        final Map<String, FlowField> fields = new LinkedHashMap<>();
        ALL.forEach(field -> fields.put(field.name(), field));
        return fields;
    }

    private static long duplicatePackets(final FlowSummary flow) {
        return flow.clientStream().duplicatePackets() + flow.serverStream().duplicatePackets();
    }

    private static boolean truncated(final FlowSummary flow) {
        return flow.clientStream().capturedBytes() < flow.clientStream().bytes()
                || flow.serverStream().capturedBytes() < flow.serverStream().bytes();
    }

    /** CRC-32C as eight hex digits. */
    private static @Nullable String digest(final StreamSummary stream) {
        if (stream.digest() < 0) {
            return null;
        }
        final String hex = Long.toHexString(stream.digest());
        return "0".repeat(Math.max(0, 8 - hex.length())) + hex;
    }

    private static @Nullable String tunnel(final FlowSummary flow) {
        return flow.tunnel() == Tunnel.NONE ? null : Tunnel.text(flow.tunnel());
    }

    private static @Nullable String reason(final FlowSummary flow) {
        final FlowRecord.SkipReason reason = flow.skipReason();
        return reason == null ? null : reason.label();
    }

    private static String word(final Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    /** Levenshtein's: how many letters to change, add or leave out. */
    private static int distance(final String a, final String b) {
        int[] above = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            above[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            final int[] row = new int[b.length() + 1];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                final int change = above[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(change, Math.min(above[j], row[j - 1]) + 1);
            }
            above = row;
        }
        return above[b.length()];
    }
}
