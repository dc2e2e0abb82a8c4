package io.tcpreplayj.cli.flags;

/** What the process says at its end. */
public enum ExitCode {
    OK(0, "all did what was asked"),
    BUG(1, "a fault of ours, with a stack trace"),
    USAGE(2, "usage, input or environment error; nothing was sent"),
    THRESHOLD(4, "a --fail-on threshold was crossed, or nothing was measured for it; 12 when it is incomplete, too"),
    INCOMPLETE(8, "incomplete: flows failed, target refused or silent, input damaged, disk full or failed"),
    SIGINT(130, "interrupted by SIGINT, after a valid partial report"),
    SIGTERM(143, "interrupted by SIGTERM, after a valid partial report");

    private final int code;
    private final String meaning;

    ExitCode(final int code, final String meaning) {
        this.code = code;
        this.meaning = meaning;
    }

    public int code() {
        return code;
    }

    public String meaning() {
        return meaning;
    }

    /** 128 + the number of the signal, as a shell reports it. */
    public static int ofSignal(final int signal) {
        return 128 + signal;
    }
}
