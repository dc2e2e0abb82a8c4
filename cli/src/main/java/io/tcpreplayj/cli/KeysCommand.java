package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.ExitCode;
import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.intercept.feed.FeedKeys;
import io.tcpreplayj.intercept.feed.KeyFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** {@code keys}: makes the file that lets replayers and intercepts trust each other, or shows what is in one. */
final class KeysCommand implements Command {
    @Override
    public int run(final LowArgs args, final Console console) throws IOException {
        final Path file = Path.of(args.operands().get(0));
        final boolean made = Files.notExists(file);
        if (made) {
            KeyFile.make(file);
        }
        for (final String fingerprint : FeedKeys.open(file).fingerprints()) {
            console.out().println("sha256:" + fingerprint);
        }
        if (made && !args.has(Flags.QUIET)) {
            console.err()
                    .println("tcpreplay-j: made " + file
                            + "; copy it to the other hosts, readable for its owner alone (scp -p)");
        }
        return ExitCode.OK.code();
    }
}
