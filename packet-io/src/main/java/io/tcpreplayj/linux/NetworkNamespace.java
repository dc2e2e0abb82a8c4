package io.tcpreplayj.linux;

import java.nio.file.Path;

/** Network namespaces (network_namespaces(7)): another set of interfaces, routes and rules on the same machine. */
public final class NetworkNamespace {
    private static final int CLONE_NEWNET = 0x4000_0000;
    private static final Path NAMED = Path.of("/run/netns");
    private static final String OF_PROCESS = "/proc/self/ns/net";

    private NetworkNamespace() {}

    /**
     * Moves the calling thread, alone, into a namespace that {@code ip netns add} made. Sockets stay where they were
     * opened; processes started by this thread start there.
     *
     * @throws LinuxException ENOENT when there is none of that name; EPERM without CAP_SYS_ADMIN
     */
    public static void enter(final String name) throws LinuxException {
        enterPath(NAMED.resolve(name).toString());
    }

    /** Moves the calling thread back to where the process's first thread is. */
    public static void leave() throws LinuxException {
        enterPath(OF_PROCESS);
    }

    private static void enterPath(final String path) throws LinuxException {
        final Descriptor namespace = Descriptor.open(path, 0);
        try {
            Descriptor.check(LibC.setns(namespace.fd(), CLONE_NEWNET), "setns", path);
        } finally {
            namespace.close();
        }
    }
}
