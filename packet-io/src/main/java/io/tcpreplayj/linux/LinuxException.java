package io.tcpreplayj.linux;

import java.io.IOException;

/** A system call that failed: which, with what error, about what. */
public final class LinuxException extends IOException {
    private static final long serialVersionUID = 1L;

    private final String call;
    private final String errno;

    LinuxException(final String call, final int errno, final String detail) {
        super(call + ": " + Errno.name(errno) + " (" + detail + ")");
        this.call = call;
        this.errno = Errno.name(errno);
    }

    /** The function's name, as in its manual page. */
    public String call() {
        return call;
    }

    /** The error's symbolic name, such as "EPERM". */
    public String errno() {
        return errno;
    }

    /** Whether the kernel refused for want of privilege. */
    public boolean isPermission() {
        return errno.equals("EPERM") || errno.equals("EACCES");
    }

    /** Whether the kernel does not take a {@link PacketFilter}: EINVAL or ENOMEM where the program is too long. */
    public boolean isOfFilter() {
        return call.equals(PacketFilter.ATTACH);
    }

    /** Whether the kernel says that there is no such interface. */
    public boolean isNoDevice() {
        return errno.equals("ENODEV");
    }

    /**
     * Whether, about a route, it says that there is none: no route at all, one of the types unreachable, blackhole (EINVAL) or
     * prohibit (EACCES) of ip-route(8), or no such address family in this kernel.
     */
    public boolean isNoRoute() {
        return switch (errno) {
            case "ENETUNREACH", "EHOSTUNREACH", "EINVAL", "EACCES", "EOPNOTSUPP", "EAFNOSUPPORT" -> true;
            default -> false;
        };
    }
}
