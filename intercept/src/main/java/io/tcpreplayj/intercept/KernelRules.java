package io.tcpreplayj.intercept;

import io.tcpreplayj.linux.Link;
import io.tcpreplayj.linux.PortRange;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Keeps a target's answers from this machine's own TCP, which knows nothing of our connections and would reset them
 * (RFC 9293 3.10.7.1), where the clients have an address of this machine.
 *
 * <p>The rules stand in a table with {@code flags owner} (Linux 5.12): it belongs to the netlink socket of an
 * {@code nft -i} child that reads from our pipe. When this process ends, however it ends, the pipe closes, the child
 * ends and the kernel removes the table. Nobody else can delete it by accident, and nothing needs cleaning up.
 *
 * <p>The drop is at prerouting, after packet sockets have seen the answer. Never drop in output or egress: the target's
 * TCP would see its own send fail and stall (measured).
 */
public final class KernelRules implements AutoCloseable {
    /**
     * Answers that are ours.
     *
     * @param target who answers
     * @param client our address
     * @param ports our clients' ports
     */
    public record Answers(Endpoint target, IpAddress client, PortRange ports) {}

    private static final AtomicInteger TABLES = new AtomicInteger();
    // Ctrl-C reaches every process of the terminal's group, and the rules must outlive our own orderly end.
    private static final List<String> COMMAND =
            List.of("sh", "-c", "trap '' INT TERM HUP QUIT; PATH=$PATH:/usr/sbin:/sbin; LC_ALL=C exec nft -i");
    private static final String END_OF_OUTPUT = "\0";
    private static final String COUNTER = "counter packets ";
    private static final long PATIENCE_S = 5;

    private final Process nft;
    private final Writer commands;
    private final BlockingQueue<String> replies = new LinkedBlockingQueue<>();
    private final String table;

    private KernelRules(final Process nft, final String table) {
        this.nft = nft;
        this.commands = nft.outputWriter(StandardCharsets.US_ASCII);
        this.table = table;
        final Thread reader = new Thread(() -> readReplies(nft.inputReader(StandardCharsets.UTF_8)), "nft-replies");
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Drops {@code answers} until {@link #close} or the end of this process; the rules are in force on return.
     *
     * @throws KernelRulesException when nft is missing, or it or the kernel refuses
     */
    public static KernelRules drop(final List<Answers> answers) throws KernelRulesException {
        return drop(answers, COMMAND);
    }

    static KernelRules drop(final List<Answers> answers, final List<String> command) throws KernelRulesException {
        return open(answers.stream().map(KernelRules::match).toList(), command);
    }

    /**
     * Drops all that comes in by {@code link} for an address of {@code clients}: this machine then neither forwards it, nor
     * answers it, nor tells its sender of a better way.
     *
     * @throws KernelRulesException as {@link #drop}
     */
    public static KernelRules swallow(final Link link, final List<Cidr> clients) throws KernelRulesException {
        return open(
                clients.stream()
                        .map(network ->
                                "iifname \"" + link.name() + "\" " + family(network.address()) + " daddr " + network)
                        .toList(),
                COMMAND);
    }

    private static KernelRules open(final List<String> matches, final List<String> command)
            throws KernelRulesException {
        final String table = "tcpreplayj_" + ProcessHandle.current().pid() + "_" + TABLES.getAndIncrement();
        final KernelRules rules = new KernelRules(start(command), table);
        boolean done = false;
        try {
            rules.install(matches);
            done = true;
            return rules;
        } finally {
            if (!done) {
                rules.close();
            }
        }
    }

    private static Process start(final List<String> command) throws KernelRulesException {
        try {
            return new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (final IOException e) {
            throw new KernelRulesException("cannot start nft: " + e.getMessage(), "install nftables");
        }
    }

    private void install(final List<String> matches) throws KernelRulesException {
        final List<String> script = new ArrayList<>();
        script.add("add table inet " + table + " { flags owner; }");
        script.add(
                "add chain inet " + table + " answers { type filter hook prerouting priority -300; policy accept; }");
        for (final String match : matches) {
            script.add("add rule inet " + table + " answers " + match + " counter drop");
        }
        final List<String> listing = ask(script);
        final long inForce =
                listing.stream().filter(line -> line.strip().endsWith(" drop")).count();
        if (inForce != matches.size() || listing.stream().noneMatch(line -> line.contains("owner"))) {
            throw new KernelRulesException(
                    "nft did not take the rules: " + String.join(" ", listing), "use --transport tun or socket");
        }
    }

    private static String match(final Answers answers) {
        final String family = family(answers.client());
        return family + " saddr " + answers.target().address() + " "
                + family + " daddr " + answers.client()
                + " tcp sport " + answers.target().port()
                + " tcp dport " + answers.ports();
    }

    private static String family(final IpAddress address) {
        return address.isV4() ? "ip" : "ip6";
    }

    /** Packets dropped by the rules so far. */
    public long droppedPackets() throws KernelRulesException {
        long packets = 0;
        for (final String line : ask(List.of())) {
            final int at = line.indexOf(COUNTER);
            if (at >= 0) {
                final int from = at + COUNTER.length();
                packets += Long.parseLong(line.substring(from, line.indexOf(' ', from)));
            }
        }
        return packets;
    }

    /** Runs {@code script}, then lists the table: what nft says until the listing's last line. */
    private List<String> ask(final List<String> script) throws KernelRulesException {
        try {
            for (final String line : script) {
                commands.write(line + "\n");
            }
            commands.write("list table inet " + table + "\n");
            commands.flush();
        } catch (final IOException e) {
            // nft is gone, and its last words are among the replies.
            return replyUntilClosingBrace();
        }
        return replyUntilClosingBrace();
    }

    private List<String> replyUntilClosingBrace() throws KernelRulesException {
        final List<String> lines = new ArrayList<>();
        String line = "";
        while (!line.equals("}")) {
            line = nextReply();
            if (line.contains("Error") || line.equals(END_OF_OUTPUT)) {
                final String said = line.equals(END_OF_OUTPUT) ? String.join(" ", lines) : line;
                throw new KernelRulesException(
                        "nft cannot hold rules for us: " + said,
                        said.contains("not found")
                                ? "install nftables"
                                : "needs CAP_NET_ADMIN and Linux 5.12; or use --transport tun or socket");
            }
            lines.add(line);
        }
        return lines;
    }

    private String nextReply() throws KernelRulesException {
        try {
            final String line = replies.poll(PATIENCE_S, TimeUnit.SECONDS);
            if (line == null) {
                throw new KernelRulesException(
                        "nft gave no answer for " + PATIENCE_S + " s", "run 'nft list ruleset' to see why");
            }
            return line;
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KernelRulesException("interrupted while waiting for nft", "try again");
        }
    }

    private void readReplies(final BufferedReader output) {
        try (output) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                replies.add(line);
            }
        } catch (final IOException e) {
            replies.add("Error: " + e.getMessage());
        } finally {
            replies.add(END_OF_OUTPUT);
        }
    }

    /** The table's name, as {@code nft list ruleset} shows it. */
    public String table() {
        return table;
    }

    /** Removes the rules; they are gone on return. */
    @Override
    public void close() {
        try {
            commands.close();
        } catch (final IOException e) {
            // The child is gone already, and its table with it.
            nft.destroyForcibly();
        }
        try {
            if (!nft.waitFor(PATIENCE_S, TimeUnit.SECONDS)) {
                nft.destroyForcibly();
            }
        } catch (final InterruptedException e) {
            nft.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
