package io.tcpreplayj.linux;

import java.io.IOException;
import java.lang.reflect.Method;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * Kernel sockets at addresses that are this host's own by a route, and are assigned to no interface. IPv4 asks for no more than
 * the route; IPv6 lets a socket have assigned addresses only, unless it is transparent (IPV6_TRANSPARENT, linux/in6.h; inet6_bind
 * of net/ipv6/af_inet6.c). That is about the binding alone: without the route no answer would come in.
 */
public final class TransparentSocket {
    static final int IPPROTO_IPV6 = 41;
    static final int IPV6_TRANSPARENT = 75;

    private static final @Nullable Method DESCRIPTOR = descriptorMethod();

    private TransparentSocket() {}

    /** Binds {@code channel}, as a transparent socket where it must be one and this thread may: with CAP_NET_RAW. */
    public static void bind(final SocketChannel channel, final InetSocketAddress local) throws IOException {
        if (local.getAddress() instanceof Inet6Address address && !address.isAnyLocalAddress()) {
            makeTransparent(channel);
        }
        channel.bind(local);
    }

    private static void makeTransparent(final SocketChannel channel) throws LinuxException {
        final Descriptor descriptor = descriptor(channel);
        if (descriptor == null) {
            return;
        }
        try {
            descriptor.setOption(IPPROTO_IPV6, IPV6_TRANSPARENT, 1);
        } catch (final LinuxException e) {
            // The binding says what is missing, unless net.ipv6.ip_nonlocal_bind lets it pass.
            if (!e.isPermission()) {
                throw e;
            }
        }
    }

    /** Null where the JDK does not give it away. */
    static @Nullable Descriptor descriptor(final SocketChannel channel) {
        try {
            return DESCRIPTOR == null ? null : Descriptor.of((int) DESCRIPTOR.invoke(channel));
        } catch (final ReflectiveOperationException e) {
            return null;
        }
    }

    /** It is opened for us: {@code Add-Opens} of our manifest. */
    private static @Nullable Method descriptorMethod() {
        try {
            final Method method = Class.forName("sun.nio.ch.SocketChannelImpl").getDeclaredMethod("getFDVal");
            return method.trySetAccessible() ? method : null;
        } catch (final ReflectiveOperationException e) {
            return null;
        }
    }
}
