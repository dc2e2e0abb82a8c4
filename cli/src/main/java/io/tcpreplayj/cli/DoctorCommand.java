package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.ExitCode;
import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.HostPort;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.report.DoctorReport;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.TargetGuard;
import io.tcpreplayj.replay.doctor.Doctor;
import io.tcpreplayj.replay.doctor.Examination;
import java.io.IOException;
import java.net.InetAddress;

/** {@code doctor}: why would, or does, a replay not work here? */
final class DoctorCommand implements Command {
    @Override
    public int run(final LowArgs args, final Console console) throws IOException {
        final ReplayArgs checked = ReplayArgs.of(args, new HostPort(InetAddress::getAllByName));
        final Endpoint target = checked.target();
        if (target == null) {
            throw new IllegalStateException("doctor has no --map, so there is a --target");
        }
        final TargetGuard guard = new TargetGuard(checked.allowPublic(), Broadcasts.ofThisHost());
        guard.check(target.address());
        guard.checkClients(checked.interception());
        final Examination found = Doctor.examine(target, checked.transport(), checked.interception());
        final int exit = exit(found);
        if (args.has(Flags.JSON)) {
            DoctorReport.json(found, exit, console.out());
        } else {
            DoctorReport.text(found, console.out());
        }
        return exit;
    }

    private static int exit(final Examination found) {
        if (found.healthy()) {
            return ExitCode.OK.code();
        }
        return (found.probed() ? ExitCode.INCOMPLETE : ExitCode.USAGE).code();
    }
}
