package io.tcpreplayj.replay.doctor;

import io.tcpreplayj.linux.Capabilities;
import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.Routes;
import io.tcpreplayj.packet.IpAddress;
import java.util.Optional;

/** What checks look at: this host, or one that a test made up. */
interface Host {
    /** The text of a file below /proc or /sys, stripped; empty when it is not there. */
    Optional<String> read(String path);

    boolean exists(String path);

    /** What a program printed; empty when it is missing or failed. */
    Optional<String> run(String... command);

    Capabilities capabilities();

    /** @throws LinuxException when there is no way */
    Routes.Route route(IpAddress to) throws LinuxException;

    /** The same from an address of this host, for which it may have rules. */
    Routes.Route route(IpAddress to, IpAddress from) throws LinuxException;

    /** Waits shortly until the next hop's link-layer address is known; false when nobody answers. */
    boolean resolves(Routes.Route route) throws LinuxException;

    /** Whether an address answers at all: ICMP echo, or a RST. */
    boolean answers(IpAddress address);
}
