package io.tcpreplayj.cli;

import io.tcpreplayj.testdata.Commands;
import java.util.ArrayList;
import java.util.List;

/** tcpreplay-j where the kernel's rules, or a container's, refuse it a call (seccomp(2), on x86_64 and aarch64). */
enum RefusedCall {
    /** socket(2) of AF_PACKET is answered EAFNOSUPPORT. */
    PACKET_SOCKET("{'x86_64': 41, 'aarch64': 198}", "[(0x20, 0, 0, 16), (0x15, 0, 1, 17)]", 97),
    /** capset(2) is answered EPERM. */
    CAPSET("{'x86_64': 126, 'aarch64': 91}", "[]", 1);

    /** A program that lasts over execve(2): the call's number, then its arguments. */
    private static final String SCRIPT = """
            import ctypes, os, platform, struct, sys
            number, checks, errno = %s[platform.machine()], %s, %d
            program = b''.join(struct.pack('HBBI', *each) for each in [
                (0x20, 0, 0, 0), (0x15, 0, len(checks) + 1, number), *checks,
                (0x06, 0, 0, 0x00050000 | errno), (0x06, 0, 0, 0x7fff0000)])
            held = ctypes.create_string_buffer(program)
            described = struct.pack('HxxxxxxQ', len(program) // 8, ctypes.addressof(held))
            libc = ctypes.CDLL(None, use_errno=True)
            assert libc.prctl(38, 1, 0, 0, 0) == 0
            assert libc.prctl(22, 2, described, 0, 0) == 0, os.strerror(ctypes.get_errno())
            os.execvp(sys.argv[1], sys.argv[1:])
            """;

    private final String script;

    RefusedCall(final String numbers, final String checks, final int errno) {
        script = SCRIPT.formatted(numbers, checks, errno);
    }

    String[] to(final String... words) {
        final List<String> line = new ArrayList<>(List.of("python3", "-c", script));
        line.addAll(Commands.java());
        line.add("io.tcpreplayj.cli.Main");
        line.addAll(List.of(words));
        return line.toArray(String[]::new);
    }
}
