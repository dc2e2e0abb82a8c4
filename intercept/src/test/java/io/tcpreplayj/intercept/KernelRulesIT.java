package io.tcpreplayj.intercept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.linux.NetworkNamespace;
import io.tcpreplayj.linux.PortRange;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.Netns;
import io.tcpreplayj.testdata.Privileges;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class KernelRulesIT {
    private static final KernelRules.Answers ANSWERS = new KernelRules.Answers(
            new Endpoint(IpAddress.parse("10.77.0.2"), 8080),
            IpAddress.parse("10.77.0.1"),
            new PortRange(20_000, 30_000));
    private static final long PATIENCE_NS = 10_000_000_000L;

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
        final String java =
                Path.of(System.getProperty("java.home"), "bin", "java").toString();
        // Surefire hides the class path in the manifest of a jar, and gives it here.
        final String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        final Process holder = new ProcessBuilder(namespace.inside(java, "-cp", classPath, Holder.class.getName()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader output = holder.inputReader(StandardCharsets.UTF_8)) {
            final String table = output.readLine();
            assertThat(table).matches("tcpreplayj_[0-9a-f]{16}_0");
            assertThat(ruleset()).contains(table);

            // SIGKILL: no shutdown hook, no finally.
            holder.destroyForcibly().waitFor();

            final long deadlineNs = System.nanoTime() + PATIENCE_NS;
            while (!ruleset().isEmpty() && System.nanoTime() < deadlineNs) {
                Thread.onSpinWait();
            }
            assertThat(ruleset()).isEmpty();
        } finally {
            holder.destroyForcibly();
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
            try (KernelRules rules = KernelRules.drop(List.of(ANSWERS))) {
                System.out.println(rules.table());
                // Standard input never ends: only a signal ends this process.
                System.in.read();
            }
        }
    }
}
