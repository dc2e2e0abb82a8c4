package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.ExitCode;
import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.HostPort;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.report.DoctorReport;
import io.tcpreplayj.flow.FlowRecord.Protocol;
import io.tcpreplayj.flow.db.FlowDb;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.replay.Interception;
import io.tcpreplayj.replay.ProbeClients;
import io.tcpreplayj.replay.SocketClients;
import io.tcpreplayj.replay.TargetGuard;
import io.tcpreplayj.replay.doctor.Doctor;
import io.tcpreplayj.replay.doctor.Examination;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
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
        final Interception interception = checked.interception();
        guard.checkClients(interception);
        final SocketClients sockets = checked.socketClients();
        guard.checkClients(sockets);
        final boolean original = (interception != null && interception.clients() == null)
                || (sockets != null && sockets.network() == null);
        final IpAddress captured = captured(original, args, target, console);
        if (sockets != null && captured != null) {
            guard.checkOriginal(List.of(captured));
        }
        final Examination found =
                Doctor.examine(target, checked.transport(), new ProbeClients(interception, sockets, captured));
        final int exit = exit(found);
        if (args.has(Flags.JSON)) {
            DoctorReport.json(found, exit, console.out());
        } else {
            DoctorReport.text(found, console.out());
        }
        return exit;
    }

    private static @Nullable IpAddress captured(
            final boolean original, final LowArgs args, final Endpoint target, final Console console)
            throws IOException {
        if (args.operands().isEmpty()) {
            return null;
        }
        try (FlowDb db = DatabasePath.open(DatabasePath.of(args, args.operands().get(0), console), args, console)) {
            return original ? firstClient(db, target.address()) : null;
        }
    }

    /** A captured client that can speak to the target: the first that would be replayed. */
    static @Nullable IpAddress firstClient(final FlowDb db, final IpAddress target) throws IOException {
        final AtomicReference<@Nullable IpAddress> first = new AtomicReference<>();
        db.forEachSummary(flow -> {
            final IpAddress client = flow.client().address();
            final boolean speaks =
                    flow.replayable() && flow.protocol() == Protocol.TCP && client.isV4() == target.isV4();
            if (speaks) {
                first.set(client);
            }
            return !speaks;
        });
        return first.get();
    }

    private static int exit(final Examination found) {
        if (found.healthy()) {
            return ExitCode.OK.code();
        }
        return (found.probed() ? ExitCode.INCOMPLETE : ExitCode.USAGE).code();
    }
}
