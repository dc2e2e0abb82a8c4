package io.tcpreplayj.cli;

import io.tcpreplayj.replay.UserException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** {@code --confirm}: what would be sent where is shown, and nothing is sent until somebody says yes. */
final class Consent {
    private static final List<String> YES = List.of("y", "yes");

    private Consent() {}

    /** @throws UserException for any answer but yes, and for none */
    static void ask(final Console console, final String plan, final List<String> requests) throws IOException {
        console.err().println(plan);
        requests.forEach(request -> console.err().println("  " + request));
        console.err().print("send this? [y/N] ");
        console.err().flush();
        final String answer =
                new BufferedReader(new InputStreamReader(console.in(), StandardCharsets.UTF_8)).readLine();
        if (answer == null || !YES.contains(answer.strip().toLowerCase(Locale.ROOT))) {
            throw new UserException("nothing was sent", "answer y, or leave out --confirm");
        }
    }
}
