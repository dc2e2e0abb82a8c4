package io.tcpreplayj.cli;

import io.tcpreplayj.cli.report.Human;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.FlowRecord.Protocol;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.replay.ReplayOptions.TargetMapping;
import io.tcpreplayj.replay.ReplayRules;
import io.tcpreplayj.replay.SocketClients;
import io.tcpreplayj.replay.TargetGuard;
import io.tcpreplayj.replay.UserException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which captured server port goes where, for the flows at hand.
 *
 * @param mappings one for each captured server port that has a replayable flow and a target
 * @param flows the flows that have a target, and those that are not replayable for a reason of their own
 * @param unmapped replayable flows to ports without a target; they count as filtered
 * @param unmappedUdp how many of them are UDP conversations that {@code --target} could not mean
 */
record TargetPlan(List<TargetMapping> mappings, List<FlowRecord> flows, long unmapped, long unmappedUdp) {

    /**
     * Maps the ports.
     *
     * @param file the database, for messages
     * @throws UserException when no flow is left, or {@code --target} could mean several ports
     */
    static TargetPlan of(final List<FlowRecord> selected, final Path file, final ReplayArgs args) {
        final Map<Integer, Long> flowsByPort = new TreeMap<>();
        for (final FlowRecord flow : selected) {
            if (args.rules().skipReason(flow) == null) {
                flowsByPort.merge(flow.server().port(), 1L, Long::sum);
            }
        }
        if (flowsByPort.isEmpty()) {
            throw nothing(selected, file, args.rules());
        }
        final Map<Integer, Endpoint> targets = targets(meantByTarget(selected, flowsByPort, args), args);
        if (targets.isEmpty()) {
            throw new UserException(
                    "no replayable flow goes to a mapped port", "the captured server ports are " + list(flowsByPort));
        }
        final List<FlowRecord> kept = new ArrayList<>(selected.size());
        long udp = 0;
        for (final FlowRecord flow : selected) {
            if (args.rules().skipReason(flow) != null
                    || targets.containsKey(flow.server().port())) {
                kept.add(flow);
            } else if (args.target() != null && flow.protocol() == Protocol.UDP) {
                udp++;
            }
        }
        final List<TargetMapping> mappings = new ArrayList<>();
        targets.forEach((port, target) -> mappings.add(new TargetMapping(port, target)));
        return new TargetPlan(mappings, kept, selected.size() - kept.size(), udp);
    }

    /** One target alone means the TCP connections, where there are any: a capture of a web server holds its DNS lookups, too. */
    private static Map<Integer, Long> meantByTarget(
            final List<FlowRecord> selected, final Map<Integer, Long> flowsByPort, final ReplayArgs args) {
        final Map<Integer, Long> tcp = new TreeMap<>();
        for (final FlowRecord flow : selected) {
            if (flow.protocol() == Protocol.TCP && args.rules().skipReason(flow) == null) {
                tcp.merge(flow.server().port(), 1L, Long::sum);
            }
        }
        return args.target() == null || tcp.isEmpty() ? flowsByPort : tcp;
    }

    /**
     * Asks the guard about every target.
     *
     * @throws UserException when one of them must not be sent to
     */
    void check(final TargetGuard guard, final ReplayArgs args) {
        final SocketClients sockets = args.socketClients();
        final Set<IpAddress> clients = new HashSet<>();
        final Set<IpAddress> captured = new HashSet<>();
        final Set<Integer> udpPorts = new HashSet<>();
        for (final FlowRecord flow : flows) {
            captured.add(flow.server().address());
            if (args.rules().skipReason(flow) == null) {
                if (flow.protocol() == Protocol.UDP) {
                    udpPorts.add(flow.server().port());
                } else if (sockets != null && sockets.network() == null) {
                    clients.add(flow.client().address());
                }
            }
        }
        guard.checkOriginal(clients);
        for (final TargetMapping mapping : mappings) {
            guard.check(mapping.target().address());
            if (udpPorts.contains(mapping.serverPort())) {
                TargetGuard.checkVouchedForUdp(mapping.target().address());
            }
            if (!args.sameServer()) {
                TargetGuard.checkNotCaptured(mapping.target().address(), captured);
            }
        }
    }

    private static Map<Integer, Endpoint> targets(final Map<Integer, Long> flowsByPort, final ReplayArgs args) {
        final Map<Integer, Endpoint> targets = new LinkedHashMap<>();
        final Endpoint target = args.target();
        if (target != null) {
            if (flowsByPort.size() > 1) {
                throw severalPorts(flowsByPort, target);
            }
            flowsByPort.keySet().forEach(port -> targets.put(port, target));
            return targets;
        }
        for (final int port : flowsByPort.keySet()) {
            final Endpoint mapped = mapped(port, args.maps());
            if (mapped != null) {
                targets.put(port, mapped);
            }
        }
        return targets;
    }

    private static @Nullable Endpoint mapped(final int port, final List<ReplayArgs.PortMap> maps) {
        for (final ReplayArgs.PortMap map : maps) {
            if (map.ports().contains(port)) {
                return map.target();
            }
        }
        return null;
    }

    private static UserException nothing(final List<FlowRecord> selected, final Path file, final ReplayRules rules) {
        if (selected.isEmpty()) {
            return new UserException(
                    "no flow of " + file + " is selected", "tcpreplay-j flows " + file + " lists what there is");
        }
        final Map<String, Long> reasons = new TreeMap<>();
        for (final FlowRecord flow : selected) {
            final FlowRecord.SkipReason reason = rules.skipReason(flow);
            reasons.merge(reason == null ? "" : reason.label(), 1L, Long::sum);
        }
        return new UserException(
                "of " + Human.count(selected.size(), "flow") + " none can be replayed: "
                        + reasons.entrySet().stream()
                                .map(reason -> reason.getKey() + " " + reason.getValue())
                                .collect(Collectors.joining(", ")),
                "capture the connections from their SYN on, whole (tcpdump -s 0); or see --midstream and --gap");
    }

    private static UserException severalPorts(final Map<Integer, Long> flowsByPort, final Endpoint target) {
        return new UserException(
                "--target could mean several captured server ports: " + list(flowsByPort),
                "say which, as "
                        + flowsByPort.keySet().stream()
                                .limit(3)
                                .map(port -> "--map " + port + "=" + target)
                                .collect(Collectors.joining(" "))
                        + ", or select one with --port");
    }

    private static String list(final Map<Integer, Long> flowsByPort) {
        return flowsByPort.entrySet().stream()
                .map(port -> port.getKey() + " (" + Human.count(port.getValue(), "flow") + ")")
                .collect(Collectors.joining(", "));
    }
}
