package io.tcpreplayj.replay.pkt;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.linux.NetworkNamespace;
import io.tcpreplayj.linux.PacketChannel;
import io.tcpreplayj.linux.Poller;
import io.tcpreplayj.linux.TunDevice;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketDecoder;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.Verdict;
import io.tcpreplayj.testdata.Netns;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The scripts against this machine's kernel: its client socket does what the captured client did, and the runner is the
 * target, over a TUN device. Where the kernel does otherwise is written down in kernel-deviations.txt, with the reason.
 */
final class KernelClientsIT {
    /** IPv6's MSS is then no smaller than the 1460 of the scripts. */
    private static final int MTU = 1520;

    private static final int TARGET_PORT = 80;
    private static final long STAGGER_NS = 1_000_000L;
    private static final long LOOK_NS = 200_000L;
    private static final long LONGEST_NS = 3_300_000_000L;
    /** A busy machine may be late; what the kernel does otherwise it does each time. */
    private static final int TRIES = 5;
    /** Rows that are about the gate rule, our options or a stop of the run, not about what any client's TCP must do. */
    private static final Set<String> NOT_OF_A_KERNEL =
            Set.of("TF-01", "TF-09", "TF-38", "TF-39", "TF-40", "TF-41", "TF-43", "TF-46", "TF-48", "TF-49");

    private static final Pattern DEVIATION = Pattern.compile("(tf\\d\\d-\\S+)  (may: )?(\\S.+)");

    private Netns netns;

    @BeforeEach
    void build() throws IOException {
        Privileges.needRootAnd("ip");
        netns = Netns.create("kernel");
        // Nothing learned of one run for the next; and the SYN's timer as it always was, where a newer kernel has
        // another.
        netns.exec(
                        "sh",
                        "-c",
                        "cd /proc/sys/net/ipv4 && echo 1 >tcp_no_metrics_save"
                                + " && { [ ! -e tcp_syn_linear_timeouts ] || echo 0 >tcp_syn_linear_timeouts; }")
                .orThrow();
        NetworkNamespace.enter(netns.name());
    }

    @AfterEach
    void remove() throws IOException {
        NetworkNamespace.leave();
        if (netns != null) {
            netns.close();
        }
    }

    @Test
    void kernelClientsDoTheSame_butWhereTheListSays() throws IOException {
        final List<Script> scripts = SessionScripts.files().stream()
                .map(SessionScripts::read)
                .filter(KernelClientsIT::isForAKernel)
                .toList();
        assertThat(scripts).hasSizeGreaterThan(100);
        final Map<String, Boolean> listed = deviations();
        final Set<String> allowed = listed.keySet();
        final Set<String> unused = new TreeSet<>(allowed);
        unused.removeIf(listed::get);
        List<Script> left = scripts;
        Map<String, String> unlisted = Map.of();
        for (int i = 0; i < TRIES && !left.isEmpty(); i++) {
            final Map<String, String> found = play(left);
            if (i == 0) {
                System.err.println("scripts for a kernel: " + scripts.size() + ", of which deviate: " + found.size());
            }
            unused.removeAll(found.keySet());
            found.keySet().removeAll(allowed);
            unlisted = found;
            left = scripts.stream()
                    .filter(script -> found.containsKey(script.name()) || unused.contains(script.name()))
                    .toList();
        }
        assertThat(String.join("\n\n", unlisted.values()))
                .as("deviations that are not in the list")
                .isEmpty();
        assertThat(unused)
                .as("in the list, and not played, or played as the script says each time")
                .isEmpty();
    }

    private static boolean isForAKernel(final Script script) {
        if (!script.settings().usual() || NOT_OF_A_KERNEL.contains(script.rows().get(0))) {
            return false;
        }
        final boolean usual = script.captured().stream()
                .noneMatch(step -> step instanceof CapturedStep.Syn
                        || (step instanceof CapturedStep.ClientData data && data.urgent() > 0));
        long lengthNs = 0;
        for (final Event event : script.events()) {
            if (event instanceof Event.Act || event instanceof Event.Icmp) {
                return false;
            }
            lengthNs += event.timing().toNs();
        }
        return usual && lengthNs <= LONGEST_NS;
    }

    /** Names of scripts, each with a reason behind it, and whether it may as well not deviate. */
    private static Map<String, Boolean> deviations() throws IOException {
        final Map<String, Boolean> allowed = new TreeMap<>();
        for (final String line : Files.readAllLines(SessionScripts.folder().resolve("kernel-deviations.txt"))) {
            if (!line.isBlank() && !line.startsWith("#")) {
                final Matcher entry = DEVIATION.matcher(line);
                assertThat(entry.matches()).as(line).isTrue();
                assertThat(SessionScripts.folder().resolve(entry.group(1) + ".pkt"))
                        .exists();
                allowed.put(entry.group(1), entry.group(2) != null);
            }
        }
        return allowed;
    }

    /** All at once, over both families; returns what deviates, by name. */
    private static Map<String, String> play(final List<Script> scripts) throws IOException {
        final Map<String, String> deviating = new TreeMap<>();
        try (TunDevice tun = TunDevice.open(MTU)) {
            tun.addAddress(IpAddress.parse("10.99.0.1"), 16);
            tun.addAddress(IpAddress.parse("fd99::1"), 64);
            final Map<IpAddress, KernelRun> runs = runs(scripts, tun.packets());
            try {
                drive(runs, tun.packets());
            } finally {
                runs.values().forEach(KernelRun::close);
            }
            for (final KernelRun run : runs.values()) {
                final String deviation = run.deviation();
                if (deviation != null) {
                    deviating.put(deviation.substring(0, deviation.indexOf(".pkt:")), deviation);
                }
            }
        }
        return deviating;
    }

    private static Map<IpAddress, KernelRun> runs(final List<Script> scripts, final PacketChannel packets) {
        final Map<IpAddress, KernelRun> runs = new HashMap<>();
        int number = 256;
        for (final Script script : scripts) {
            for (final boolean v6 : new boolean[] {false, true}) {
                if (!script.settings().isFor(v6)) {
                    continue;
                }
                number++;
                final IpAddress here = IpAddress.parse(v6 ? "fd99::1" : "10.99.0.1");
                final IpAddress there = IpAddress.parse(
                        v6 ? "fd99::" + Integer.toHexString(number) : "10.99." + (number >> 8) + "." + (number & 0xff));
                runs.put(
                        there,
                        new KernelRun(
                                script,
                                new Endpoint(here, TARGET_PORT),
                                new Endpoint(there, TARGET_PORT),
                                packet -> send(packets, packet)));
            }
        }
        return runs;
    }

    private static void send(final PacketChannel packets, final ByteBuffer packet) throws IOException {
        packets.frame().put(0, packet.array(), 0, packet.limit());
        packets.write(packet.limit());
    }

    private static void drive(final Map<IpAddress, KernelRun> runs, final PacketChannel packets) throws IOException {
        final Poller poller = new Poller(packets.fd());
        final PacketDecoder decoder = new PacketDecoder();
        final Collection<KernelRun> waiting = new ArrayList<>(runs.values());
        final List<KernelRun> running = new ArrayList<>();
        final long epochNs = System.nanoTime();
        long startedNs = 0;
        while (!waiting.isEmpty() || !running.isEmpty()) {
            poller.await(LOOK_NS);
            final long nowNs = System.nanoTime() - epochNs;
            receive(runs, packets, decoder, nowNs);
            if (!waiting.isEmpty() && nowNs - startedNs >= STAGGER_NS) {
                final KernelRun run = waiting.iterator().next();
                waiting.remove(run);
                run.start(nowNs);
                running.add(run);
                startedNs = nowNs;
            }
            for (final KernelRun run : running) {
                run.turn(nowNs);
            }
            running.removeIf(KernelRun::over);
        }
    }

    private static void receive(
            final Map<IpAddress, KernelRun> runs,
            final PacketChannel packets,
            final PacketDecoder decoder,
            final long nowNs)
            throws IOException {
        for (int length = packets.read(); length > 0; length = packets.read()) {
            final byte[] copy = new byte[length];
            packets.received().get(0, copy);
            final ByteBuffer packet = ByteBuffer.wrap(copy);
            final PacketView view = new PacketView();
            if (decoder.decode(packet, 0, length, length, Linktype.RAW, view) != Verdict.TCP) {
                continue;
            }
            final KernelRun run = runs.get(new IpAddress(view.destinationHigh(), view.destinationLow()));
            if (run != null && run.started() && !run.over()) {
                run.onPacket(view, packet, nowNs);
            }
        }
    }
}
