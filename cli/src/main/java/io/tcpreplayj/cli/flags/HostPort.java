package io.tcpreplayj.cli.flags;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.replay.TargetGuard;
import io.tcpreplayj.replay.UserException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.stream.Collectors;

/** {@code host:port} as typed, to the one address it means. */
public final class HostPort {
    private static final String FORM = "HOST:PORT, as localhost:8080, 10.0.0.9:80 or [fd00::9]:80";

    private final Resolver resolver;

    /** Names to addresses. */
    @FunctionalInterface
    public interface Resolver {
        /** All addresses of the name. */
        InetAddress[] resolve(String name) throws UnknownHostException;
    }

    public HostPort(final Resolver resolver) {
        this.resolver = resolver;
    }

    /**
     * Parses and, where a name is given, looks it up.
     *
     * @throws UserException when it is not host:port, the name is unknown, has several addresses, or the address hides
     *     an IPv4 address in IPv6
     */
    public Endpoint parse(final Flag flag, final String text) {
        final int colon = text.lastIndexOf(':');
        if (colon <= 0) {
            throw Units.bad(flag, text, FORM);
        }
        final String digits = text.substring(colon + 1);
        if (!digits.matches("\\d{1,5}") || Integer.parseInt(digits) > 65535 || Integer.parseInt(digits) == 0) {
            throw Units.bad(flag, text, FORM + "; a port is a number from 1 to 65535");
        }
        return new Endpoint(host(flag, text, text.substring(0, colon)), Integer.parseInt(digits));
    }

    private IpAddress host(final Flag flag, final String text, final String host) {
        final boolean bracketed = host.startsWith("[") && host.endsWith("]");
        if (!bracketed && host.indexOf(':') >= 0) {
            throw Units.bad(flag, text, "an IPv6 address in brackets, as [fd00::9]:80");
        }
        if (bracketed || host.matches("[0-9.]+")) {
            return literal(flag, text, bracketed ? host.substring(1, host.length() - 1) : host);
        }
        if (!host.matches("[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?")) {
            throw Units.bad(flag, text, FORM);
        }
        // A resolver may answer ::1 first; the captured IPv4 world is the likelier wish, and it must not depend on
        // /etc/hosts.
        return host.equalsIgnoreCase("localhost") ? IpAddress.parse("127.0.0.1") : lookUp(host);
    }

    private static IpAddress literal(final Flag flag, final String text, final String literal) {
        if (literal.indexOf('%') >= 0) {
            throw Units.bad(flag, text, "an address without a zone (%interface)");
        }
        final IpAddress address;
        final boolean mapped;
        try {
            address = IpAddress.parse(literal);
            mapped = TargetGuard.isMappedLiteral(literal);
        } catch (final IllegalArgumentException e) {
            throw Units.bad(flag, text, FORM);
        }
        if (mapped) {
            throw new UserException(
                    "target " + literal + " is an IPv4-mapped IPv6 address", "write it as IPv4: " + address);
        }
        return address;
    }

    private IpAddress lookUp(final String name) {
        final InetAddress[] found;
        try {
            found = resolver.resolve(name);
        } catch (final UnknownHostException e) {
            throw new UserException(name + ": no such host", "check the name, or give the server's address");
        }
        if (found.length != 1) {
            throw new UserException(
                    name + " has " + found.length + " addresses: "
                            + Arrays.stream(found)
                                    .map(InetAddress::getHostAddress)
                                    .collect(Collectors.joining(", ")),
                    "give the one to replay to as an address");
        }
        return IpAddress.of(found[0]);
    }
}
