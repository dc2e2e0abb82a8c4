package io.tcpreplayj.intercept;

import io.tcpreplayj.linux.Link;
import io.tcpreplayj.linux.SendMark;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lets the replayer's packets go to its targets only: whatever a fault of ours would send elsewhere, the kernel drops and
 * counts. Packets of our sockets are known by their {@link SendMark}, those of a TUN device by that device. Ends with this
 * process, however it ends.
 *
 * <p>A drop of what we sent ourselves is seen as EPERM, or as ENOBUFS where it left by a packet socket, as it should be.
 */
public final class EgressGuard implements AutoCloseable {
    private static final String CHAIN = "guard";

    private final OwnedTable table;
    private final @Nullable Link device;

    private EgressGuard(final OwnedTable table, final @Nullable Link device) {
        this.table = table;
        this.device = device;
    }

    /**
     * Guards packet sockets that send by {@code device}; needs Linux 5.16.
     *
     * @throws KernelRulesException when nft is missing, or it or the kernel refuses
     */
    public static EgressGuard onDevice(final Link device, final List<Endpoint> targets) throws KernelRulesException {
        final OwnedTable table = OwnedTable.of("netdev", OwnedTable.NFT)
                .chain(CHAIN, "type filter hook egress device \"" + device.name() + "\" priority 0; policy accept;");
        return install(table, device, "meta mark " + SendMark.TEXT + " ", targets);
    }

    /** Guards raw sockets. */
    public static EgressGuard onOutput(final List<Endpoint> targets) throws KernelRulesException {
        final OwnedTable table = OwnedTable.of("inet", OwnedTable.NFT)
                .chain(CHAIN, "type filter hook output priority -310; policy accept;");
        return install(table, null, "meta mark " + SendMark.TEXT + " ", targets);
    }

    /** Guards what a TUN device of ours hands to this machine. */
    public static EgressGuard onTun(final String device, final List<Endpoint> targets) throws KernelRulesException {
        final OwnedTable table = OwnedTable.of("inet", OwnedTable.NFT)
                .chain(CHAIN, "type filter hook prerouting priority -310; policy accept;");
        return install(table, null, "iifname \"" + device + "\" ", targets);
    }

    private static EgressGuard install(
            final OwnedTable table, final @Nullable Link device, final String ours, final List<Endpoint> targets)
            throws KernelRulesException {
        for (final Endpoint target : targets) {
            final IpAddress address = target.address();
            table.rule(
                    CHAIN,
                    ours + KernelRules.family(address) + " daddr " + address + " tcp dport " + target.port()
                            + " accept");
        }
        table.rule(CHAIN, ours + "counter drop");
        return new EgressGuard(table.install(), device);
    }

    /**
     * Packets that were kept from going elsewhere, as long as there was a guard.
     *
     * @throws KernelRulesException when nobody knows any more: its nft was killed, and the table went with it
     */
    public long stoppedPackets() throws KernelRulesException {
        return table.countedPackets();
    }

    /**
     * Whether none of its packets can have passed by it: the hook goes with its device, and since Linux 6.16 with its device's
     * name. An older kernel's may be there still, but a table is listed the same, with and without.
     */
    public boolean holds() {
        return device == null || device.hasItsName();
    }

    /** The table's name, as {@code nft list ruleset} shows it. */
    public String table() {
        return table.name();
    }

    /** Removes the rules; nothing may be sent any more then. */
    @Override
    public void close() {
        table.close();
    }
}
