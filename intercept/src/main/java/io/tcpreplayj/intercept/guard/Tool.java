package io.tcpreplayj.intercept.guard;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Programs of this host that know the kernel's tables. */
final class Tool {
    /** Also where the path of a user has no place for root's programs. */
    private static final List<String> SHELL =
            List.of("sh", "-c", "PATH=$PATH:/usr/sbin:/sbin; export PATH; LC_ALL=C exec \"$@\"", "sh");

    private Tool() {}

    /**
     * What a program prints.
     *
     * @throws GuardException when it is not there, or fails: its first line
     */
    static String said(final String... command) throws GuardException {
        try {
            final List<String> words = new ArrayList<>(SHELL);
            words.addAll(List.of(command));
            final Process process =
                    new ProcessBuilder(words).redirectErrorStream(true).start();
            process.getOutputStream().close();
            final String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new GuardException(said.strip().replaceFirst("(?s)\n.*", ""));
            }
            return said;
        } catch (final IOException e) {
            throw e instanceof GuardException said ? said : new GuardException(command[0] + ": " + e.getMessage());
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new GuardException("interrupted");
        }
    }
}
