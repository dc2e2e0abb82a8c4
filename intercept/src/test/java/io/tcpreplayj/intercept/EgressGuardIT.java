package io.tcpreplayj.intercept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.linux.FrameSocket;
import io.tcpreplayj.linux.Link;
import io.tcpreplayj.linux.NetworkNamespace;
import io.tcpreplayj.linux.PacketSocket;
import io.tcpreplayj.linux.RawSocket;
import io.tcpreplayj.linux.SendMark;
import io.tcpreplayj.linux.TunDevice;
import io.tcpreplayj.linux.XdpSocket;
import io.tcpreplayj.packet.Checksums;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.Ipv4Header;
import io.tcpreplayj.testdata.Lab;
import io.tcpreplayj.testdata.Privileges;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A packet to somewhere else, as a fault of ours would send it, is stopped by the kernel and counted; all others pass. */
final class EgressGuardIT {
    private static final IpAddress ELSEWHERE = IpAddress.parse("203.0.113.9");
    private static final int PORT = 8080;
    private static final int ETH_P_IP = 0x0800;
    private static final int SEGMENT = 40;

    private Lab lab;
    private Endpoint target;

    @BeforeEach
    void enter() throws IOException {
        Privileges.needRootAnd("ip", "nft", "ethtool");
        lab = Lab.pair();
        target = new Endpoint(IpAddress.parse(lab.serverV4()), PORT);
        lab.client()
                .exec("ip", "route", "add", "203.0.113.0/24", "via", lab.serverV4())
                .orThrow();
        // The leak detector: counts what gets to the wire's other end.
        for (final String match : List.of(
                "ip daddr " + ELSEWHERE,
                "ip daddr " + target.address() + " tcp dport " + PORT,
                "ip daddr " + target.address() + " tcp dport 9")) {
            lab.server()
                    .exec(
                            "sh",
                            "-c",
                            "nft 'add table inet seen; add chain inet seen in { type filter hook prerouting"
                                    + " priority -300; }; add rule inet seen in " + match + " counter'")
                    .orThrow();
        }
        NetworkNamespace.enter(lab.client().name());
    }

    @AfterEach
    void leave() throws IOException {
        NetworkNamespace.leave();
        if (lab != null) {
            lab.close();
        }
    }

    @Test
    void framesOfAPacketSocket_goToTheTargetOnly() throws IOException {
        final Link link = Link.byName("veth0");
        try (EgressGuard guard = EgressGuard.onDevice(Link.byName("veth0"), List.of(target))) {
            frame(link, target.address(), PORT);
            frame(link, ELSEWHERE, PORT);
            frame(link, target.address(), 9);
            assertThat(guard.stoppedPackets()).isEqualTo(2);
        }
        assertThat(seen()).containsExactly(0L, 1L, 0L);
    }

    /** Why {@code xdp} has no such guard, and says so. */
    @Test
    void framesOfAf_xdp_areSeenByNoGuard() throws IOException {
        try (EgressGuard guard = EgressGuard.onDevice(Link.byName("veth0"), List.of(target));
                XdpSocket socket = XdpSocket.open(Link.byName("veth0"))) {
            frame(socket, target.address(), PORT);
            frame(socket, ELSEWHERE, PORT);
            assertThat(guard.stoppedPackets()).isZero();
        }
        assertThat(seen()).containsExactly(1L, 1L, 0L);
    }

    /** Killed with its nft, a guard must not pass for one that stopped nothing. */
    @Test
    void guardWhoseNftIsKilled_saysSo() throws Exception {
        try (EgressGuard guard = EgressGuard.onDevice(Link.byName("veth0"), List.of(target))) {
            assertThat(guard.stoppedPackets()).isZero();
            final ProcessHandle nft = ProcessHandle.current()
                    .children()
                    .filter(child -> child.info().command().orElse("").endsWith("/nft"))
                    .findFirst()
                    .orElseThrow();
            nft.destroyForcibly();
            nft.onExit().get(5, TimeUnit.SECONDS);
            assertThatThrownBy(guard::stoppedPackets)
                    .isInstanceOf(KernelRulesException.class)
                    .hasMessageContaining("nft cannot hold rules for us");
        }
    }

    /** A kernel takes the hook off such a device, and leaves the table, with what that counted. */
    @Test
    void guardWhoseDeviceGetsAnotherName_saysSo_andWhatItStoppedBefore() throws IOException {
        try (EgressGuard guard = EgressGuard.onDevice(Link.byName("veth0"), List.of(target))) {
            frame(Link.byName("veth0"), ELSEWHERE, PORT);
            assertThat(guard.holds()).isTrue();
            lab.client()
                    .exec("sh", "-ec", "ip link set veth0 down; ip link set veth0 name other0; ip link set other0 up")
                    .orThrow();
            assertThat(guard.holds()).isFalse();
            assertThat(guard.stoppedPackets()).isEqualTo(1);
        }
    }

    /** Who answers the guarded host, and its other programs, are none of the guard's business. */
    @Test
    void packetsOfOthers_areLeftAlone() throws IOException {
        try (EgressGuard guard = EgressGuard.onDevice(Link.byName("veth0"), List.of(target))) {
            lab.client().exec("timeout", "0.2", "bash", "-c", "exec 3<>/dev/tcp/" + ELSEWHERE + "/80");
            assertThat(guard.stoppedPackets()).isZero();
        }
        assertThat(seen().get(0)).isPositive();
    }

    /** Two replays of one host: were their marks the same, each would be stopped by the other's guard. */
    @Test
    void twoGuardsAtOnce_eachLetTheirOwnPacketsPass() throws Exception {
        final String java =
                Path.of(System.getProperty("java.home"), "bin", "java").toString();
        final String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        final Process other = new ProcessBuilder(
                        lab.client().inside(java, "-cp", classPath, OtherReplay.class.getName()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader said = other.inputReader(StandardCharsets.UTF_8);
                Writer word = other.outputWriter(StandardCharsets.UTF_8)) {
            assertThat(said.readLine()).startsWith("0x").isNotEqualTo(SendMark.TEXT);
            try (EgressGuard guard = EgressGuard.onDevice(Link.byName("veth0"), List.of(target))) {
                frame(Link.byName("veth0"), target.address(), PORT);
                word.write("send\n");
                word.flush();
                assertThat(said.readLine()).isEqualTo("0");
                assertThat(guard.stoppedPackets()).isZero();
            }
        } finally {
            other.destroyForcibly().waitFor();
        }
        assertThat(seen()).containsExactly(1L, 1L, 0L);
    }

    /** Sends to {@link #ELSEWHERE}, its only target, when it is told to, and says what its guard stopped. */
    static final class OtherReplay {
        private OtherReplay() {}

        public static void main(final String[] arguments) throws IOException {
            try (EgressGuard guard =
                    EgressGuard.onDevice(Link.byName("veth0"), List.of(new Endpoint(ELSEWHERE, PORT)))) {
                System.out.println(SendMark.TEXT);
                if (System.in.read() >= 0) {
                    frame(Link.byName("veth0"), ELSEWHERE, PORT);
                    System.out.println(guard.stoppedPackets());
                }
            }
        }
    }

    @Test
    void packetsOfARawSocket_goToTheTargetOnly() throws IOException {
        try (EgressGuard guard = EgressGuard.onOutput(List.of(target));
                RawSocket right = RawSocket.open(target.address(), 1500);
                RawSocket wrong = RawSocket.open(ELSEWHERE, 1500)) {
            raw(right, target.address(), PORT);
            raw(wrong, ELSEWHERE, PORT);
            raw(right, target.address(), 9);
            assertThat(guard.stoppedPackets()).isEqualTo(2);
            assertThat(wrong.lastRefusal()).isEqualTo("EPERM");
            assertThat(wrong.dropped()).isEqualTo(1);
        }
        assertThat(seen()).containsExactly(0L, 1L, 0L);
    }

    @Test
    void packetsThroughATunDevice_goToTheTargetOnly() throws IOException {
        lab.client().exec("sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward").orThrow();
        try (TunDevice device = TunDevice.open(1500);
                EgressGuard guard = EgressGuard.onTun(device.name(), List.of(target))) {
            device.addAddress(IpAddress.parse("198.18.0.1"), 24);
            for (final Endpoint to :
                    List.of(target, new Endpoint(ELSEWHERE, PORT), new Endpoint(target.address(), 9))) {
                packet(device.packets().frame(), 0, to.address(), to.port());
                assertThat(device.packets().write(SEGMENT)).isTrue();
            }
            assertThat(guard.stoppedPackets()).isEqualTo(2);
        }
        assertThat(seen()).containsExactly(0L, 1L, 0L);
    }

    /** By a socket of its own: what the guard stopped looks like a full queue to it, and it would try again. */
    private static void frame(final Link link, final IpAddress to, final int port) throws IOException {
        try (PacketSocket socket = PacketSocket.open(link)) {
            frame(socket, to, port);
        }
    }

    private static void frame(final FrameSocket socket, final IpAddress to, final int port) throws IOException {
        final ByteBuffer frame = socket.frame();
        // To everybody: which host takes it is decided by the address inside.
        frame.putInt(0, -1).putShort(4, (short) -1).putShort(12, (short) ETH_P_IP);
        packet(frame, PacketSocket.ETHERNET_HEADER, to, port);
        socket.add(PacketSocket.ETHERNET_HEADER + SEGMENT);
        socket.flush();
    }

    private static void raw(final RawSocket socket, final IpAddress to, final int port) throws IOException {
        packet(socket.frame(), 0, to, port);
        socket.add(SEGMENT);
        socket.flush();
    }

    /** A SYN without checksums: nobody is to take it. */
    private static void packet(final ByteBuffer buffer, final int at, final IpAddress to, final int port) {
        for (int i = 0; i < SEGMENT; i++) {
            buffer.put(at + i, (byte) 0);
        }
        buffer.put(at, (byte) 0x45)
                .putShort(at + 2, (short) SEGMENT)
                .put(at + 8, (byte) 64)
                .put(at + 9, (byte) 6);
        buffer.putInt(at + 12, IpAddress.parse("198.18.0.7").v4()).putInt(at + 16, to.v4());
        buffer.putShort(at + 20, (short) 4000).putShort(at + 22, (short) port).put(at + 32, (byte) 0x50);
        buffer.putShort(at + 10, (short) Checksums.finish(Checksums.add(0, buffer, at, Ipv4Header.MIN_LENGTH)));
    }

    /** What got to the other end: for elsewhere, for the target's port, for another port of the target. */
    private List<Long> seen() {
        return lab.server()
                .exec("nft", "list", "table", "inet", "seen")
                .orThrow()
                .stdout()
                .lines()
                .filter(line -> line.contains("counter packets "))
                .map(line -> Long.parseLong(line.replaceAll(".*counter packets (\\d+) .*", "$1")))
                .toList();
    }
}
