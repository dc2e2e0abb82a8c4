package io.tcpreplayj.testdata;

import java.util.ArrayList;
import java.util.List;

/** A client and a server namespace on one wire, or with something of the test's own between; all gone when closed. */
public final class Lab implements AutoCloseable {
    public static final String CLIENT_V4 = "10.91.1.1";
    public static final String CLIENT_V6 = "fd91:1::1";
    public static final String ASSISTANT_V4 = "10.91.1.3";
    public static final String ASSISTANT_V6 = "fd91:1::3";

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

    /**
     * As {@link #pair()}, but the wire is cut in the middle: whoever wants the two to meet forwards frames between
     * {@code veth1} (the client's side) and {@code veth2} of the router, which has no addresses.
     */
    public static Lab cut() {
        final Lab lab = new Lab("10.91.1.2", "fd91:1::2");
        try {
            final Netns client = lab.add("client");
            final Netns server = lab.add("server");
            final Netns router = lab.add("router");
            router.exec("sh", "-c", "for c in all default; do echo 1 >/proc/sys/net/ipv6/conf/$c/disable_ipv6; done")
                    .orThrow();
            Netns.connect(client, "veth0", router, "veth1");
            Netns.connect(router, "veth2", server, "veth0");
            addresses(client, "veth0", CLIENT_V4, CLIENT_V6);
            addresses(server, "veth0", lab.serverV4, lab.serverV6);
            return lab;
        } catch (final RuntimeException e) {
            lab.close();
            throw e;
        }
    }

    /**
     * Three hosts on one switch: client, server and an assistant, {@code 10.91.1.3}, through which the server sends what is
     * for {@code 198.18.0.0/15} and {@code 2001:2::/48}.
     */
    public static Lab assisted() {
        final Lab lab = new Lab("10.91.1.2", "fd91:1::2");
        try {
            final Netns client = lab.add("client");
            final Netns server = lab.add("server");
            final Netns plug = lab.add("switch");
            final Netns assistant = lab.add("assistant");
            plug.exec("ip", "link", "add", "br0", "type", "bridge").orThrow();
            plug.exec("ip", "link", "set", "br0", "up").orThrow();
            for (final Netns host : List.of(client, server, assistant)) {
                final String port = "port" + lab.all.indexOf(host);
                Netns.connect(host, "veth0", plug, port);
                plug.exec("ip", "link", "set", port, "master", "br0").orThrow();
            }
            addresses(client, "veth0", CLIENT_V4, CLIENT_V6);
            addresses(server, "veth0", lab.serverV4, lab.serverV6);
            addresses(assistant, "veth0", ASSISTANT_V4, ASSISTANT_V6);
            server.exec("ip", "route", "add", "198.18.0.0/15", "via", ASSISTANT_V4)
                    .orThrow();
            server.exec("ip", "route", "add", "2001:2::/48", "via", ASSISTANT_V6)
                    .orThrow();
            return lab;
        } catch (final RuntimeException e) {
            lab.close();
            throw e;
        }
    }

    /**
     * Client {@code 10.91.1.1} and server {@code 10.91.2.2} ({@code fd91:2::2}) behind a router, which is the default gateway
     * of both: what the server sends to anybody else would go there.
     */
    public static Lab routed() {
        final Lab lab = new Lab("10.91.2.2", "fd91:2::2");
        try {
            final Netns client = lab.add("client");
            final Netns server = lab.add("server");
            final Netns router = lab.add("router");
            forward(router);
            Netns.connect(client, "veth0", router, "veth1");
            Netns.connect(router, "veth2", server, "veth0");
            addresses(client, "veth0", CLIENT_V4, CLIENT_V6);
            addresses(router, "veth1", "10.91.1.254", "fd91:1::fe");
            addresses(router, "veth2", "10.91.2.254", "fd91:2::fe");
            addresses(server, "veth0", lab.serverV4, lab.serverV6);
            for (final String gateway : List.of("10.91.1.254", "fd91:1::fe")) {
                client.exec("ip", "route", "add", "default", "via", gateway).orThrow();
            }
            for (final String gateway : List.of("10.91.2.254", "fd91:2::fe")) {
                server.exec("ip", "route", "add", "default", "via", gateway).orThrow();
            }
            return lab;
        } catch (final RuntimeException e) {
            lab.close();
            throw e;
        }
    }

    /**
     * Makes the assistant of {@link #assisted()} a router, and gives it somewhere to go: what it does not keep gets there.
     *
     * @return where to look for it
     */
    public Netns routeBehindAssistant() {
        final Netns beyond = add("beyond");
        forward(assistant());
        Netns.connect(assistant(), "veth1", beyond, "veth0");
        addresses(assistant(), "veth1", "10.91.3.1", "fd91:3::1");
        addresses(beyond, "veth0", "10.91.3.254", "fd91:3::fe");
        for (final String gateway : List.of("10.91.3.254", "fd91:3::fe")) {
            assistant().exec("ip", "route", "add", "default", "via", gateway).orThrow();
        }
        return beyond;
    }

    private static void forward(final Netns router) {
        router.exec("sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding")
                .orThrow();
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

    /** Only of {@link #cut()} and {@link #routed()}. */
    public Netns router() {
        return all.get(2);
    }

    /** Only of {@link #assisted()}. */
    public Netns assistant() {
        return all.get(3);
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
