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

    /** As {@code nft list ruleset} shows it. */
    String name() {
        return name;
    }

    /** Removes the table; it is gone on return. */
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
