package io.tcpreplayj.intercept;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A table of nftables with {@code flags owner} (Linux 5.12): it belongs to the netlink socket of an {@code nft -i} child
 * that reads from our pipe. When this process ends, however it ends, the pipe closes, the child ends and the kernel removes
 * the table. Nobody else can delete it by accident, and nothing needs cleaning up.
 */
final class OwnedTable implements AutoCloseable {
    // Ctrl-C reaches every process of the terminal's group, and the rules must outlive our own orderly end.
    static final List<String> NFT =
            List.of("sh", "-c", "trap '' INT TERM HUP QUIT; PATH=$PATH:/usr/sbin:/sbin; LC_ALL=C exec nft -i");

    /** Process ids are names within one PID namespace only; several of those may share this network namespace. */
    private static final String PROCESS =
            "%016x".formatted(ThreadLocalRandom.current().nextLong());

    /** The last word of an orderly end, nft's own. */
    private static final String QUIT = "quit";
    /** So long nothing may have come then: whoever was told to stop has stopped. */
    private static final int FAREWELL_S = 1;
    /** A table that outlives us ends by then: a server of Linux without acknowledgments gives up after 924.6 s (tcp_retries2). */
    private static final int LAST_S = 1_000;

    // $1: seconds. Who swallows what others send must not let go while they still do: the shell's left side keeps nft's
    // input open, and each listing that is the same as the one before says that nothing came.
    private static final String OUTLIVING = """
            trap '' INT TERM HUP QUIT PIPE
            PATH=$PATH:/usr/sbin:/sbin LC_ALL=C
            export PATH LC_ALL
            cd /
            command -v nft >/dev/null || { echo "Error: nft not found"; exit 1; }
            {
                quiet=$1 still=0 left=%d
                while read -r line; do
                    case $line in
                        %s) quiet=%d; continue ;;
                        "list "*) list=$line ;;
                    esac
                    printf '%%s\\n' "$line"
                done
                before=$(nft $list 2>/dev/null)
                while [ $still -lt $quiet ] && [ $left -gt 0 ]; do
                    sleep 1
                    now=$(nft $list 2>/dev/null)
                    [ "$now" = "$before" ] || still=-1
                    before=$now still=$((still + 1)) left=$((left - 1))
                done
            } | nft -i
            """.formatted(LAST_S, QUIT, FAREWELL_S);

    /** The shell's two: one that reads from us, and nft. */
    private static final int CHILDREN = 2;

    private static final AtomicInteger TABLES = new AtomicInteger();
    private static final String END_OF_OUTPUT = "\0";
    private static final String COUNTER = "counter packets ";
    private static final long PATIENCE_S = 5;

    private final Process nft;
    private final Writer commands;
    private final BlockingQueue<String> replies = new LinkedBlockingQueue<>();
    private final String family;
    private final String name;
    private final List<String> script = new ArrayList<>();
    private long rules;

    private OwnedTable(final Process nft, final String family) {
        this.nft = nft;
        this.commands = nft.outputWriter(StandardCharsets.US_ASCII);
        this.family = family;
        this.name = "tcpreplayj_" + PROCESS + "_" + TABLES.getAndIncrement();
        final Thread reader = new Thread(() -> readReplies(nft.inputReader(StandardCharsets.UTF_8)), "nft-replies");
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * In place of {@link #NFT}: the table outlives this process, however that ends, until its rules have counted nothing for so
     * many seconds; one that is closed, for {@value #FAREWELL_S}.
     */
    static List<String> outliving(final int quietS) {
        return List.of("sh", "-c", OUTLIVING, "tcpreplay-j-rules", Integer.toString(quietS));
    }

    /**
     * A table that is there once {@link #install} returned.
     *
     * @param family "inet", "netdev"
     * @param command starts nft; {@link #NFT} but in tests
     * @throws KernelRulesException when nft cannot be started
     */
    static OwnedTable of(final String family, final List<String> command) throws KernelRulesException {
        try {
            final OwnedTable table = new OwnedTable(
                    new ProcessBuilder(command).redirectErrorStream(true).start(), family);
            table.script.add("add table " + family + " " + table.name + " { flags owner; }");
            return table;
        } catch (final IOException e) {
            throw new KernelRulesException("cannot start nft: " + e.getMessage(), "install nftables");
        }
    }

    /** @param definition type, hook, priority and policy */
    OwnedTable chain(final String chain, final String definition) {
        script.add("add chain " + family + " " + name + " " + chain + " { " + definition + " }");
        return this;
    }

    OwnedTable rule(final String chain, final String rule) {
        script.add("add rule " + family + " " + name + " " + chain + " " + rule);
        rules++;
        return this;
    }

    /**
     * Puts chains and rules in force; a table that fails to is closed.
     *
     * @throws KernelRulesException when nft is missing, or it or the kernel refuses
     */
    OwnedTable install() throws KernelRulesException {
        boolean done = false;
        try {
            final List<String> listing = ask(script);
            final long inForce = listing.stream().filter(OwnedTable::isRule).count();
            if (inForce != rules || listing.stream().noneMatch(line -> line.contains("owner"))) {
                throw new KernelRulesException(
                        "nft did not take the rules: " + String.join(" ", listing), "use --transport tun or socket");
            }
            done = true;
            return this;
        } finally {
            if (!done) {
                close();
            }
        }
    }

    /** In a listing the table's parts are indented once, the parts of a chain twice, its definition first. */
    private static boolean isRule(final String line) {
        return line.startsWith("\t\t") && !line.startsWith("\t\ttype ");
    }

    /** Packets that the rules have counted so far. */
    long countedPackets() throws KernelRulesException {
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

    /** Runs {@code lines}, then lists the table: what nft says until the listing's last line. */
    private List<String> ask(final List<String> lines) throws KernelRulesException {
        try {
            for (final String line : lines) {
                commands.write(line + "\n");
            }
            commands.write("list table " + family + " " + name + "\n");
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

    /** Whether a table that outlives us is there: it would not outlive its {@code nft}. Cheap: asks nobody. */
    boolean holds() {
        return nft.children().count() == CHILDREN;
    }

    /** As {@code nft list ruleset} shows it. */
    String name() {
        return name;
    }

    /** Removes the table; it is gone on return, unless it outlives us and packets still come. */
    @Override
    public void close() {
        try (commands) {
            commands.write(QUIT + "\n");
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
