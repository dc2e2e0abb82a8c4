package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.ExitCode;
import io.tcpreplayj.cli.report.Human;
import io.tcpreplayj.flow.db.CorruptFlowDbException;
import io.tcpreplayj.replay.UserException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How trouble is told: one line and a hint for the user's trouble, a stack trace for ours. */
final class Failures {
    private Failures() {}

    static int user(final UserException failure, final List<String> words, final Console console) {
        say(console, text(failure), failure.hint());
        traceIfAsked(failure, words, console);
        return ExitCode.USAGE.code();
    }

    /** What no command expected: trouble with files is the environment's, the rest is ours. */
    static int other(final Throwable failure, final List<String> words, final Console console) {
        final IOException io = ioException(failure);
        if (io == null) {
            console.err().println("tcpreplay-j: a fault of ours: " + Human.safe(failure.toString()));
            failure.printStackTrace(console.err());
            console.err()
                    .println(
                            "hint: please report it with the lines above, the command line and, if you can, the capture");
            return ExitCode.BUG.code();
        }
        final String hint = hint(io);
        say(console, text(io), hint);
        traceIfAsked(failure, words, console);
        return hint.isEmpty() ? ExitCode.USAGE.code() : ExitCode.INCOMPLETE.code();
    }

    /** The cure of what stops a command in the middle of its work, where what was done before stays done; else empty. */
    static String hint(final IOException failure) {
        if (isDiskFull(failure)) {
            return "make room and run the same command again";
        }
        if (isDeviceFailure(failure)) {
            return "the disk failed (see dmesg); on a sound one, run the same command again";
        }
        return failure instanceof CorruptFlowDbException ? "tcpreplay-j verify --repair recovers what is sound" : "";
    }

    /** {@code tcpreplay-j: message} and, when there is one, {@code hint: …}. */
    static void say(final Console console, final String message, final String hint) {
        final PrintStream err = console.err();
        err.println("tcpreplay-j: " + Human.safeLines(message));
        if (!hint.isEmpty()) {
            err.println("hint: " + Human.safeLines(hint));
        }
        err.flush();
    }

    /** What went wrong with a file, in words; the JDK's messages for the commonest are the bare path. */
    static String text(final Exception failure) {
        final String message = String.valueOf(failure.getMessage());
        if (failure instanceof NoSuchFileException) {
            return message + ": no such file";
        }
        if (failure instanceof AccessDeniedException) {
            return message + ": permission denied";
        }
        return message;
    }

    /** ENOSPC, EDQUOT and EFBIG (ulimit -f) have no exception class of their own in the JDK, only strerror's text. */
    static boolean isDiskFull(final IOException failure) {
        final String message = String.valueOf(failure.getMessage());
        return message.contains("No space left on device")
                || message.contains("quota exceeded")
                || message.contains("File too large");
    }

    /** EIO, and what a file system that has met one says afterwards to who goes on writing: also strerror's text only. */
    static boolean isDeviceFailure(final IOException failure) {
        final String message = String.valueOf(failure.getMessage());
        return message.contains("Input/output error") || message.contains("Read-only file system, writing");
    }

    static @Nullable IOException ioException(final Throwable failure) {
        if (failure instanceof UncheckedIOException unchecked) {
            return unchecked.getCause();
        }
        return failure instanceof IOException io ? io : null;
    }

    /** What failed on another thread fails here; nothing happens when nothing did. */
    static void rethrow(final @Nullable Throwable failure) {
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure instanceof RuntimeException exception) {
            throw exception;
        }
        if (failure != null) {
            throw new IllegalStateException(failure);
        }
    }

    private static void traceIfAsked(final Throwable failure, final List<String> words, final Console console) {
        int verbose = 0;
        for (final String word : words) {
            if (word.matches("-v+")) {
                verbose += word.length() - 1;
            } else if (word.equals("--verbose")) {
                verbose++;
            }
        }
        if (verbose >= 2) {
            failure.printStackTrace(console.err());
        }
    }
}
