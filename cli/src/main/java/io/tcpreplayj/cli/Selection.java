package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.ArgumentParser;
import io.tcpreplayj.cli.flags.Flag;
import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.flags.PortSpan;
import io.tcpreplayj.cli.flags.Units;
import io.tcpreplayj.flow.FlowFilter;
import io.tcpreplayj.flow.FlowSummary;
import io.tcpreplayj.flow.db.CaptureInfo;
import io.tcpreplayj.flow.db.FlowDb;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.replay.UserException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** Which flows a command works on: all conditions hold at once, and then the first so many. One selection, one pass. */
final class Selection {
    private final List<Predicate<FlowSummary>> conditions;
    private final long maxFlows;
    private long selected;
    private long seen;

    Selection(final List<Predicate<FlowSummary>> conditions, final long maxFlows) {
        this.conditions = List.copyOf(conditions);
        this.maxFlows = maxFlows;
    }

    /** From {@code --port --host --where --sample --max-flows --flow}. */
    static Selection of(final LowArgs args) {
        final List<Predicate<FlowSummary>> conditions = new ArrayList<>();
        if (args.has(Flags.PORT)) {
            final List<PortSpan> ports = new ArrayList<>();
            args.all(Flags.PORT).forEach(text -> ports.addAll(PortSpan.parseAll(Flags.PORT, text)));
            conditions.add(flow -> ports.stream()
                    .anyMatch(range -> range.contains(flow.server().port())));
        }
        if (args.has(Flags.HOST)) {
            final List<Cidr> hosts = args.all(Flags.HOST).stream()
                    .map(text -> network(Flags.HOST, text))
                    .toList();
            conditions.add(flow -> hosts.stream()
                    .anyMatch(host -> host.contains(flow.client().address())
                            || host.contains(flow.server().address())));
        }
        if (args.has(Flags.FLOW)) {
            final Set<Long> ids = new HashSet<>();
            args.all(Flags.FLOW).forEach(text -> ids.addAll(ids(text)));
            conditions.add(flow -> ids.contains(flow.id()));
        }
        final String sample = args.value(Flags.SAMPLE);
        if (sample != null) {
            final double share = Units.percent(Flags.SAMPLE, sample);
            conditions.add(flow -> sampled(flow.client().address(), share));
        }
        final String where = args.value(Flags.WHERE);
        if (where != null) {
            conditions.add(WhereClause.parse(where));
        }
        final String most = args.value(Flags.MAX_FLOWS);
        return new Selection(
                conditions, most == null ? Long.MAX_VALUE : Units.count(Flags.MAX_FLOWS, most, 1, Long.MAX_VALUE));
    }

    /** The same, not begun, for the flows of one database, whose captures {@code --where} may name. */
    Selection in(final FlowDb db) {
        final List<String> captures =
                db.captures().stream().map(CaptureInfo::name).toList();
        return new Selection(
                conditions.stream()
                        .map(condition -> condition instanceof FlowFilter where ? where.in(captures) : condition)
                        .toList(),
                maxFlows);
    }

    /** Whether the next flow, in order of ids, belongs to the selection. */
    boolean select(final FlowSummary flow) {
        seen++;
        if (isFull() || !matches(flow)) {
            return false;
        }
        selected++;
        return true;
    }

    /** Whether the conditions hold for a flow, however many there are already. */
    boolean matches(final FlowSummary flow) {
        for (final Predicate<FlowSummary> condition : conditions) {
            if (!condition.test(flow)) {
                return false;
            }
        }
        return true;
    }

    /** Whether there are so many that no further one will be selected. */
    boolean isFull() {
        return selected >= maxFlows;
    }

    /** The most that will be selected. */
    long maxFlows() {
        return maxFlows;
    }

    /** Flows selected so far. */
    long selected() {
        return selected;
    }

    /** Flows left out so far. */
    long filtered() {
        return seen - selected;
    }

    /** Parses "10.0.0.0/8" or an address, for {@code flag}. */
    static Cidr network(final Flag flag, final String text) {
        try {
            return Cidr.parse(text);
        } catch (final IllegalArgumentException e) {
            throw new UserException(
                    flag + ": \"" + text + "\" is not a network",
                    "give an address or a network, as 10.0.0.7 or 10.0.0.0/8");
        }
    }

    /** The same clients for the same share in every run and every database, and more of them for a greater share. */
    static boolean sampled(final IpAddress client, final double share) {
        return sampled(client.high(), client.low(), share);
    }

    /** The same by the two halves of the address. */
    static boolean sampled(final long high, final long low, final double share) {
        // SplitMix64's finalizer (Steele et al. 2014) spreads neighbouring addresses over the whole range.
        long mixed = high * 0x9e3779b97f4a7c15L + low;
        mixed = (mixed ^ mixed >>> 30) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94d049bb133111ebL;
        mixed ^= mixed >>> 31;
        return (mixed >>> 11) * 0x1.0p-53 < share;
    }

    private static List<Long> ids(final String text) {
        final List<Long> ids = new ArrayList<>();
        for (final String part : text.split(",", -1)) {
            if (!part.matches("\\d{1,18}")) {
                throw ArgumentParser.usage(Flags.FLOWS, "--flow: \"" + text + "\" is not a flow's id");
            }
            ids.add(Long.parseLong(part));
        }
        return ids;
    }
}
