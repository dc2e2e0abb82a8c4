package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.LowArgs;
import java.io.IOException;

/** One verb. */
@FunctionalInterface
interface Command {
    /**
     * Does it.
     *
     * @return the exit code
     * @throws io.tcpreplayj.replay.UserException when the request or the environment cannot work
     * @throws IOException when a file cannot be read or written
     */
    int run(LowArgs args, Console console) throws IOException;
}
