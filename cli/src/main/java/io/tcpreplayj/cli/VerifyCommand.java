package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.ExitCode;
import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.report.VerifyJson;
import io.tcpreplayj.cli.report.VerifyText;
import io.tcpreplayj.flow.db.CorruptFlowDbException;
import io.tcpreplayj.flow.db.FlowDbRepair;
import io.tcpreplayj.flow.db.FlowDbVerifier;
import io.tcpreplayj.flow.db.Repair;
import io.tcpreplayj.flow.db.Verification;
import io.tcpreplayj.replay.UserException;
import java.io.IOException;
import java.nio.file.Path;

/** {@code verify}: looks at every byte of a database, and repairs it when asked to. */
final class VerifyCommand implements Command {
    @Override
    public int run(final LowArgs args, final Console console) throws IOException {
        final String operand =
                args.operands().isEmpty() ? null : args.operands().get(0);
        final Path file = DatabasePath.of(args, operand, console);
        final boolean json = args.has(Flags.JSON);
        if (args.has(Flags.REPAIR)) {
            final Repair repair = DatabasePath.opened(file, () -> repair(file));
            final int exit = exit(repair.complete());
            if (json) {
                VerifyJson.write(repair, exit, console.out());
            } else {
                VerifyText.write(repair, console.out());
            }
            return exit;
        }
        final Verification verification = DatabasePath.opened(file, () -> FlowDbVerifier.verify(file));
        final int exit = exit(verification.clean());
        if (json) {
            VerifyJson.write(verification, exit, console.out());
        } else {
            VerifyText.write(verification, console.out());
        }
        if (!verification.clean() && !args.has(Flags.QUIET)) {
            console.err()
                    .println("hint: tcpreplay-j verify --repair " + file
                            + " keeps what is sound, and the damaged file beside it");
        }
        return exit;
    }

    private static Repair repair(final Path file) throws IOException {
        try {
            return FlowDbRepair.repair(file);
        } catch (final CorruptFlowDbException e) {
            final UserException failure = new UserException(
                    String.valueOf(e.getMessage()),
                    "it stays as it is; index its captures again, into another database");
            failure.initCause(e);
            throw failure;
        }
    }

    private static int exit(final boolean whole) {
        return whole ? ExitCode.OK.code() : ExitCode.INCOMPLETE.code();
    }
}
