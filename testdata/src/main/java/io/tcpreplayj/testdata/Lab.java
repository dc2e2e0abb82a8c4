package io.tcpreplayj.testdata;

import java.util.ArrayList;
import java.util.List;

/** A client and a server namespace on one wire, or with a router between; all gone when closed. */
public final class Lab implements AutoCloseable {
    public static final String CLIENT_V4 = "10.91.1.1";
    public static final String CLIENT_V6 = "fd91:1::1";

    private final List<Netns> all = new ArrayList<>();
    private final String serverV4;
    private final String serverV6;

    private Lab(final String serverV4, final String serverV6) {
        this.serverV4 = serverV4;
        this.serverV6 = serverV6;
    }

    /** Client {@code 10.91.1.1} and server {@code 10.91.1.2} on one veth pair; the same with {@code fd91:1::}. */
    public static Lab pair() {
        final Lab lab = new Lab("10.91.1.2", "fd91:1::2");
        try {
            final Netns client = lab.add("client");
            final Netns server = lab.add("server");
            Netns.connect(client, "veth0", server, "veth0");
            addresses(client, "veth0", CLIENT_V4, CLIENT_V6);
            addresses(server, "veth0", lab.serverV4, lab.serverV6);
            return lab;
        } catch (final RuntimeException e) {
            lab.close();
            throw e;
        }
    }

    /** Client {@code 10.91.1.1}, a router, server {@code 10.91.2.2}; the same with {@code fd91:}. */
    public static Lab routed() {
        final Lab lab = new Lab("10.91.2.2", "fd91:2::2");
        try {
            final Netns client = lab.add("client");
            final Netns server = lab.add("server");
            final Netns router = lab.add("router");
            Netns.connect(client, "veth0", router, "veth1");
            Netns.connect(router, "veth2", server, "veth0");
            addresses(client, "veth0", CLIENT_V4, CLIENT_V6);
            addresses(router, "veth1", "10.91.1.254", "fd91:1::254");
            addresses(router, "veth2", "10.91.2.254", "fd91:2::254");
            addresses(server, "veth0", lab.serverV4, lab.serverV6);
            router.forward();
            client.defaultRoute("10.91.1.254");
            client.defaultRoute("fd91:1::254");
            server.defaultRoute("10.91.2.254");
            server.defaultRoute("fd91:2::254");
            return lab;
        } catch (final RuntimeException e) {
            lab.close();
            throw e;
        }
    }

    private Netns add(final String role) {
        final Netns netns = Netns.create(role);
        all.add(netns);
        return netns;
    }

    private static void addresses(final Netns netns, final String device, final String v4, final String v6) {
        netns.address(device, v4 + "/24");
        netns.address(device, v6 + "/64");
    }

    public Netns client() {
        return all.get(0);
    }

    public Netns server() {
        return all.get(1);
    }

    /** Only of {@link #routed()}. */
    public Netns router() {
        return all.get(2);
    }

    public String serverV4() {
        return serverV4;
    }

    public String serverV6() {
        return serverV6;
    }

    @Override
    public void close() {
        all.forEach(Netns::close);
    }
}
