package io.tcpreplayj.linux;

/** An open file descriptor that is closed once, by whoever opened it. */
final class Descriptor {
    private static final int SOCK_NONBLOCK = 0x800;
    private static final int SOCK_CLOEXEC = 0x80000;

    private static final int CLOSED = -1;

    private int fd;

    private Descriptor(final int fd) {
        this.fd = fd;
    }

    /** One that somebody else opened, and closes. */
    static Descriptor of(final int fd) {
        return new Descriptor(fd);
    }

    /** open(2); O_CLOEXEC is added. */
    static Descriptor open(final String path, final int flags) throws LinuxException {
        final NativeMemory name = NativeMemory.cString(path);
        return new Descriptor(check(LibC.open(name.address(), flags | SOCK_CLOEXEC), "open", path));
    }

    /** A socket(2) that never blocks. */
    static Descriptor socket(final int domain, final int type, final int protocol) throws LinuxException {
        final int fd = LibC.socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
        return new Descriptor(check(fd, "socket", "domain " + domain + ", type " + type + ", protocol " + protocol));
    }

    /** Both ends of a socketpair(2) that never blocks. */
    static Descriptor[] socketPair(final int domain, final int type) throws LinuxException {
        final NativeMemory fds = NativeMemory.allocate(8);
        final int result = LibC.socketpair(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.address());
        check(result, "socketpair", "domain " + domain + ", type " + type);
        return new Descriptor[] {
            new Descriptor(fds.buffer().getInt(0)), new Descriptor(fds.buffer().getInt(4))
        };
    }

    /** Returns a result that is not -1, else throws what errno says. */
    static int check(final int result, final String call, final String detail) throws LinuxException {
        if (result < 0) {
            throw new LinuxException(call, LibC.errno(), detail);
        }
        return result;
    }

    /** The number, or after {@link #close} one that every call refuses with EBADF: it may be another file's by then. */
    int fd() {
        return fd;
    }

    void setOption(final int level, final int name, final int value) throws LinuxException {
        final NativeMemory memory = NativeMemory.allocate(4);
        memory.buffer().putInt(0, value);
        setOption(level, name, memory, 4);
    }

    void setOption(final int level, final int name, final NativeMemory value, final int length) throws LinuxException {
        final int result = LibC.setsockopt(fd, level, name, value.address(), length);
        if (result < 0) {
            throw new LinuxException("setsockopt", LibC.errno(), "level " + level + ", option " + name);
        }
    }

    /** Reads an option of {@code length} bytes into {@code value}. */
    void getOption(
            final int level, final int name, final NativeMemory value, final NativeMemory length, final int bytes)
            throws LinuxException {
        length.buffer().putInt(0, bytes);
        if (LibC.getsockopt(fd, level, name, value.address(), length.address()) < 0) {
            throw new LinuxException("getsockopt", LibC.errno(), "level " + level + ", option " + name);
        }
    }

    void bind(final NativeMemory address, final int length, final String detail) throws LinuxException {
        check(LibC.bind(fd, address.address(), length), "bind", detail);
    }

    void ioctl(final long request, final NativeMemory argument, final String call, final String detail)
            throws LinuxException {
        check(LibC.ioctl(fd, request, argument.address()), call, detail);
    }

    void close() {
        if (fd != CLOSED) {
            // Linux frees the descriptor whatever close(2) returns, and nothing here waits for written data.
            LibC.close(fd);
            fd = CLOSED;
        }
    }
}
