package io.tcpreplayj.intercept;

import io.tcpreplayj.linux.Link;
import io.tcpreplayj.linux.PortRange;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.util.List;
import java.util.stream.Stream;

/**
 * Keeps a target's answers from this machine's own TCP, which knows nothing of our connections and would reset them
 * (RFC 9293 3.10.7.1), where the clients have an address of this machine. The rules end with this process, however it ends;
 * those that swallow for others, some time after.
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

    private static final String CHAIN = "answers";
    /** Longer than a server of Linux pauses between two of its retransmissions (TCP_RTO_MAX, 120 s). */
    private static final int QUIET_S = 130;

    private final OwnedTable table;

    private KernelRules(final OwnedTable table) {
        this.table = table;
    }

    /**
     * Drops {@code answers} until {@link #close} or the end of this process; the rules are in force on return.
     *
     * @throws KernelRulesException when nft is missing, or it or the kernel refuses
     */
    public static KernelRules drop(final List<Answers> answers) throws KernelRulesException {
        return drop(answers, OwnedTable.NFT);
    }

    static KernelRules drop(final List<Answers> answers, final List<String> command) throws KernelRulesException {
        return open(answers.stream().map(KernelRules::match).toList(), command);
    }

    /**
     * Drops all that comes in by {@code link} for an address of {@code clients}: this machine then neither forwards it, nor
     * answers it, nor tells its sender of a better way. The rules stay while such packets come, also when this process is dead.
     *
     * @throws KernelRulesException as {@link #drop}
     */
    public static KernelRules swallow(final Link link, final List<Cidr> clients) throws KernelRulesException {
        return swallow(link, clients, QUIET_S);
    }

    static KernelRules swallow(final Link link, final List<Cidr> clients, final int quietS)
            throws KernelRulesException {
        // The index stays when somebody gives the interface another name, the name when another one takes its place.
        return open(
                Stream.of("iif " + link.index(), "iifname \"" + link.name() + "\"")
                        .flatMap(way -> clients.stream()
                                .map(network -> way + " " + family(network.address()) + " daddr " + network))
                        .toList(),
                OwnedTable.outliving(quietS));
    }

    private static KernelRules open(final List<String> matches, final List<String> command)
            throws KernelRulesException {
        final OwnedTable table = OwnedTable.of("inet", command)
                .chain(CHAIN, "type filter hook prerouting priority -300; policy accept;");
        matches.forEach(match -> table.rule(CHAIN, match + " counter drop"));
        return new KernelRules(table.install());
    }

    private static String match(final Answers answers) {
        final String family = family(answers.client());
        return family + " saddr " + answers.target().address() + " "
                + family + " daddr " + answers.client()
                + " tcp sport " + answers.target().port()
                + " tcp dport " + answers.ports();
    }

    /** What nft calls the header of the address's family. */
    static String family(final IpAddress address) {
        return address.isV4() ? "ip" : "ip6";
    }

    /** Packets dropped by the rules so far. */
    public long droppedPackets() throws KernelRulesException {
        return table.countedPackets();
    }

    /** Whether rules that {@link #swallow} are in force. */
    public boolean holds() {
        return table.holds();
    }

    /** The table's name, as {@code nft list ruleset} shows it. */
    public String table() {
        return table.name();
    }

    /** Removes the rules; they are gone on return, but for those that still swallow. */
    @Override
    public void close() {
        table.close();
    }
}
