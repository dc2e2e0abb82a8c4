package io.tcpreplayj.linux;

import com.sun.jna.Native;

/**
 * The C functions this program calls, by JNA direct mapping with primitives only: pointers are {@code long}, so a call
 * allocates nothing. Linux on 64-bit machines with the generic ABI (x86_64, aarch64): {@code size_t} is {@code long}.
 *
 * <p>Nobody outside this package sees a result of these functions: every caller checks it and throws
 * {@link LinuxException}.
 */
final class LibC {
    static {
        Native.register(LibC.class, "c");
    }

    private LibC() {}

    static native int open(long path, int flags);

    static native int close(int fd);

    static native long read(int fd, long buffer, long length);

    static native long write(int fd, long buffer, long length);

    static native int ioctl(int fd, long request, long argument);

    static native long mmap(long address, long length, int protection, int flags, int fd, long offset);

    static native int munmap(long address, long length);

    static native int ppoll(long fds, long count, long timeout, long signals);

    static native int socket(int domain, int type, int protocol);

    static native int socketpair(int domain, int type, int protocol, long fds);

    static native int bind(int fd, long address, int length);

    static native int setsockopt(int fd, int level, int name, long value, int length);

    static native int getsockopt(int fd, int level, int name, long value, long length);

    static native long sendto(int fd, long buffer, long length, int flags, long address, int addressLength);

    static native int sendmmsg(int fd, long messages, int count, int flags);

    static native int recvmmsg(int fd, long messages, int count, int flags, long timeout);

    static native long recv(int fd, long buffer, long length, int flags);

    static native int clock_nanosleep(int clock, int flags, long request, long remain);

    static native int clock_gettime(int clock, long result);

    static native int prctl(int option, long arg2, long arg3, long arg4, long arg5);

    static native int capget(long header, long data);

    static native int capset(long header, long data);

    static native int sched_setscheduler(int pid, int policy, long parameter);

    static native int getrusage(int who, long usage);

    static native int setns(int fd, int type);

    /** errno of this thread's last call above: JNA saves it before the JVM can overwrite it. */
    static int errno() {
        return Native.getLastError();
    }
}
