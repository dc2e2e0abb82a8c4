package io.tcpreplayj.intercept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.linux.Link;
import io.tcpreplayj.linux.NetworkNamespace;
import io.tcpreplayj.linux.PortRange;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.Netns;
import io.tcpreplayj.testdata.Privileges;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class KernelRulesIT {
    private static final KernelRules.Answers ANSWERS = new KernelRules.Answers(
            new Endpoint(IpAddress.parse("10.77.0.2"), 8080),
            IpAddress.parse("10.77.0.1"),
            new PortRange(20_000, 30_000));
    private static final List<Cidr> SWALLOWED = List.of(Cidr.parse("198.18.0.0/15"));
    private static final int QUIET_S = 2;
    private static final long PATIENCE_NS = 15_000_000_000L;

    private Netns namespace;

    @BeforeEach
    void enter() throws IOException {
        Privileges.needRootAnd("ip", "nft");
        namespace = Netns.create("rules");
        NetworkNamespace.enter(namespace.name());
    }

    @AfterEach
    void leave() throws IOException {
        NetworkNamespace.leave();
        if (namespace != null) {
            namespace.close();
        }
    }

    @Test
    void rules_areInForceOnReturn_andGoneAfterClose() throws IOException {
        final KernelRules.Answers v6 = new KernelRules.Answers(
                new Endpoint(IpAddress.parse("fd00::2"), 443), IpAddress.parse("fd00::1"), new PortRange(1024, 2000));
        try (KernelRules rules = KernelRules.drop(List.of(ANSWERS, v6))) {
            assertThat(ruleset())
                    .contains(rules.table())
                    .contains("ip saddr 10.77.0.2 ip daddr 10.77.0.1 tcp sport 8080 tcp dport 20000-30000")
                    .contains("ip6 saddr fd00::2 ip6 daddr fd00::1 tcp sport 443 tcp dport 1024-2000");
            assertThat(rules.droppedPackets()).isZero();
        }
        assertThat(ruleset()).isEmpty();
    }

    @Test
    void nobodyElse_canDeleteTheTable() throws IOException {
        try (KernelRules rules = KernelRules.drop(List.of(ANSWERS))) {
            assertThatThrownBy(() -> namespace
                            .exec("nft", "delete", "table", "inet", rules.table())
                            .orThrow())
                    .hasMessageContaining("Operation not permitted");
            namespace.exec("nft", "flush", "ruleset").orThrow();
            assertThat(ruleset()).contains(rules.table());
        }
    }

    @Test
    void rules_vanishWhenTheirProcessIsKilled() throws Exception {
        final Process holder = holder("");
        try (BufferedReader output = holder.inputReader(StandardCharsets.UTF_8)) {
            final String table = output.readLine();
            assertThat(table).matches("tcpreplayj_[0-9a-f]{16}_0");
            assertThat(ruleset()).contains(table);

            // SIGKILL: no shutdown hook, no finally.
            holder.destroyForcibly().waitFor();

            await(() -> ruleset().isEmpty());
            assertThat(ruleset()).isEmpty();
        } finally {
            holder.destroyForcibly();
        }
    }

    private Process holder(final String device) throws IOException {
        final String java =
                Path.of(System.getProperty("java.home"), "bin", "java").toString();
        // Surefire hides the class path in the manifest of a jar, and gives it here.
        final String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return new ProcessBuilder(namespace.inside(java, "-cp", classPath, Holder.class.getName(), device))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Whoever routes to this host goes on, and this host may be a router. */
    @Test
    void rulesThatSwallow_outliveTheirKilledProcess_untilNothingComes() throws Exception {
        namespace.address("lo", "198.18.0.1/32");
        final Process holder = holder("lo");
        try (DatagramSocket sender = new DatagramSocket();
                BufferedReader output = holder.inputReader(StandardCharsets.UTF_8)) {
            final String table = output.readLine();
            assertThat(table).startsWith("tcpreplayj_");
            final List<ProcessHandle> left = holder.descendants().toList();

            holder.destroyForcibly().waitFor();

            final long endNs = System.nanoTime() + 2 * QUIET_S * 1_000_000_000L;
            for (int sent = 1; System.nanoTime() < endNs; sent++) {
                sender.send(new DatagramPacket(new byte[1], 1, new InetSocketAddress("198.18.0.1", 9)));
                assertThat(ruleset()).contains(table, "counter packets " + sent + " ");
            }
            await(() -> ruleset().isEmpty());
            assertThat(ruleset()).isEmpty();
            await(() -> left.stream().noneMatch(ProcessHandle::isAlive));
            assertThat(left).hasSizeGreaterThan(1).noneMatch(ProcessHandle::isAlive);
        } finally {
            holder.destroyForcibly();
        }
    }

    @Test
    void rulesThatSwallow_whoseNftIsKilled_holdNoMore() throws IOException {
        try (KernelRules rules = KernelRules.swallow(Link.byName("lo"), SWALLOWED)) {
            assertThat(rules.holds()).isTrue();
            ProcessHandle.current()
                    .descendants()
                    .filter(each -> each.info().command().orElse("").endsWith("/nft"))
                    .forEach(ProcessHandle::destroyForcibly);
            await(() -> !rules.holds());
            assertThat(rules.holds()).isFalse();
            assertThat(ruleset()).isEmpty();
        }
    }

    private static void await(final BooleanSupplier condition) {
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (!condition.getAsBoolean() && System.nanoTime() < deadlineNs) {
            Thread.onSpinWait();
        }
    }

    @Test
    void missingNft_isNamedWithTheCure() {
        assertThatThrownBy(() -> KernelRules.drop(List.of(ANSWERS), List.of("sh", "-c", "exec no-such-nft -i")))
                .isInstanceOfSatisfying(
                        KernelRulesException.class, e -> assertThat(e.hint()).isEqualTo("install nftables"))
                .hasMessageContaining("no-such-nft");
    }

    @Test
    void refusal_isTheKernelsOwnWord() {
        final List<String> unprivileged =
                List.of("setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin", "nft", "-i");
        assertThatThrownBy(() -> KernelRules.drop(List.of(ANSWERS), unprivileged))
                .isInstanceOfSatisfying(
                        KernelRulesException.class, e -> assertThat(e.hint()).contains("CAP_NET_ADMIN"))
                .hasMessageContaining("Operation not permitted");
    }

    @Test
    void interruptKey_leavesTheRulesToUs() throws IOException {
        try (KernelRules rules = KernelRules.drop(List.of(ANSWERS))) {
            ProcessHandle.current()
                    .children()
                    .forEach(child ->
                            Exec.run("kill", "-INT", Long.toString(child.pid())).orThrow());
            assertThat(rules.droppedPackets()).isZero();
            assertThat(ruleset()).contains(rules.table());
        }
    }

    private String ruleset() {
        return namespace.exec("nft", "list", "ruleset").orThrow().stdout();
    }

    /** Holds rules until it is killed. */
    static final class Holder {
        private Holder() {}

        public static void main(final String[] arguments) throws IOException {
            final String device = arguments[0];
            try (KernelRules rules = device.isEmpty()
                    ? KernelRules.drop(List.of(ANSWERS))
                    : KernelRules.swallow(Link.byName(device), SWALLOWED, QUIET_S)) {
                System.out.println(rules.table());
                // Standard input never ends: only a signal ends this process.
                System.in.read();
            }
        }
    }
}
