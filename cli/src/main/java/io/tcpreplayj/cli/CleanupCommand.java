package io.tcpreplayj.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.tcpreplayj.cli.flags.ExitCode;
import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.report.Json;
import io.tcpreplayj.intercept.guard.GuardException;
import io.tcpreplayj.intercept.guard.Leftovers;
import io.tcpreplayj.intercept.guard.Leftovers.Leftover;
import io.tcpreplayj.replay.UserException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** {@code cleanup}: removes what an intercept left whose guard was killed as well; all else goes by itself. */
final class CleanupCommand implements Command {
    @Override
    public int run(final LowArgs args, final Console console) throws IOException {
        final boolean listOnly = args.has(Flags.LIST_ONLY);
        final List<Leftover> leftovers;
        try {
            leftovers = Leftovers.find();
            if (!listOnly && !leftovers.isEmpty()) {
                checkAlone(leftovers.size());
            }
            for (final Leftover each : leftovers) {
                if (!listOnly) {
                    Leftovers.remove(each);
                }
                if (!args.has(Flags.JSON)) {
                    console.out().println((listOnly ? "left: " : "removed: ") + each.what());
                }
            }
        } catch (final GuardException e) {
            throw new UserException(
                    String.valueOf(e.getMessage()), "run as root, with nftables and iproute2 installed, and again");
        }
        if (args.has(Flags.JSON)) {
            json(leftovers, listOnly, console);
        } else if (leftovers.isEmpty() && !args.has(Flags.QUIET)) {
            console.err().println("tcpreplay-j: nothing is left on this host");
        }
        return ExitCode.OK.code();
    }

    /** What is left stays while its connections may be somebody's. */
    private static void checkAlone(final int left) throws GuardException {
        final Optional<String> obstacle = Leftovers.obstacle();
        if (obstacle.isPresent()) {
            throw new UserException(
                    "cleanup: " + obstacle.get() + ", and its connections would be closed; nothing of " + left
                            + " was removed",
                    "end the intercept first; see what is left with: tcpreplay-j cleanup --dry-run");
        }
    }

    private static void json(final List<Leftover> leftovers, final boolean listOnly, final Console console)
            throws IOException {
        try (JsonGenerator json = Json.generator(console.out())) {
            json.writeStartObject();
            json.writeArrayFieldStart(listOnly ? "left" : "removed");
            for (final Leftover each : leftovers) {
                json.writeString(each.what());
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        console.out().println();
    }
}
