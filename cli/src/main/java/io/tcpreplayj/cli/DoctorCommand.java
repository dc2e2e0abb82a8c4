package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.ExitCode;
import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.HostPort;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.report.DoctorReport;
import io.tcpreplayj.flow.db.FlowDb;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.replay.ProbeClients;
import io.tcpreplayj.replay.TargetGuard;
import io.tcpreplayj.replay.doctor.Doctor;
import io.tcpreplayj.replay.doctor.Examination;
import java.io.IOException;
import java.net.InetAddress;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** {@code doctor}: why would, or does, a replay not work here? */
final class DoctorCommand implements Command {
    @Override
    public int run(final LowArgs args, final Console console) throws IOException {
        final ReplayArgs said = ReplayArgs.of(args, new HostPort(InetAddress::getAllByName));
        final Endpoint target = said.target();
        if (target == null) {
            throw new IllegalStateException("doctor has no --map, so there is a --target");
        }
        final TargetGuard guard = new TargetGuard(said.allowPublic(), Broadcasts.ofThisHost());
        guard.check(target.address());
        final ReplayArgs checked = said.vouched();
        guard.checkClients(checked.interception());
        final Cidr network = checked.socketClients();
        if (network != null) {
            guard.checkClients(network);
        }
        final Examination found = Doctor.examine(
                target,
                checked.transport(),
                new ProbeClients(checked.interception(), network, captured(args, target, console)));
        final int exit = exit(found);
        if (args.has(Flags.JSON)) {
            DoctorReport.json(found, exit, console.out());
        } else {
            DoctorReport.text(found, console.out());
        }
        return exit;
    }

    /** A captured client that can speak to the target: the first of the database, where one is named. */
    private static @Nullable IpAddress captured(final LowArgs args, final Endpoint target, final Console console)
            throws IOException {
        if (args.operands().isEmpty()) {
            return null;
        }
        final AtomicReference<@Nullable IpAddress> first = new AtomicReference<>();
        try (FlowDb db = DatabasePath.open(DatabasePath.of(args, args.operands().get(0), console), args, console)) {
            db.forEach(flow -> {
                final IpAddress client = flow.client().address();
                if (client.isV4() == target.address().isV4()) {
                    first.compareAndSet(null, client);
                }
            });
        }
        return first.get();
    }

    private static int exit(final Examination found) {
        if (found.healthy()) {
            return ExitCode.OK.code();
        }
        return (found.probed() ? ExitCode.INCOMPLETE : ExitCode.USAGE).code();
    }
}
