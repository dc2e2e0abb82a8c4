package io.tcpreplayj.intercept.guard;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Holds the rules that keep a target's answers from the real clients. The rules stand in nftables tables with
 * {@code flags owner} (Linux 5.12), which belong to the {@code nft} child of a small shell, not to us: when this process
 * ends, however it ends, the shell's pipe ends, and the shell
 *
 * <ol>
 *   <li>waits a while for a successor, a newer intercept for the same targets and clients that lives, and leaves everything
 *       to it: its connections live on. None ever takes an older one for its successor, or two could wait for each other and
 *       both let go. An {@link Announcement} makes it wait longer;
 *   <li>else closes the target's connections with replayed clients ({@code ss -K}), until none is left that could send
 *       anything;
 *   <li>lets the rules go, with its own end.
 * </ol>
 *
 * Whoever replays has noticed the silence by then and sends nothing that could be answered: the wait is longer than the
 * feed's lease.
 */
public final class Guard implements AutoCloseable {
    /** So long a guard waits for a successor to announce itself: longer than the lease of replayers, and than a JVM needs. */
    static final double GRACE_S = 3;
    /** The same when the end was an orderly one: the replayers were told, but for those that were just cut off. */
    static final double FAREWELL_S = 1.2;

    /** So much longer for one that says that it is on its way. */
    private static final double COMING_S = 8;
    /** So much longer where nft does not say whether there is one: it may be there, and its connections are not ours. */
    private static final double BLIND_S = 30;

    private static final String FAREWELL = "farewell";
    /** Nobody can have relied on the rules: no connection is closed. */
    private static final String ABANDON = "abandon";

    private static final long PATIENCE_S = 5;
    /** Less than that, so that the tool that hangs is named. */
    private static final int SET_UP_S = 4;

    /** More than one command of it may wait for others ({@link Rules}); the tables stay so long. */
    private static final int UNDO_S = 35;

    private static final long CLOSING_PATIENCE_S = 60;
    /** The same where no rule was ever in force: it may wait for the very lock for which they are not. */
    private static final long REFUSED_PATIENCE_S = 2;

    // $1 key, $2 number, $3 sockets (ss filter), $4 commands that undo what dies with nobody, $5 those that set it up,
    // $6 the table that says that we live. The right side of the pipe owns the tables; they go with its input. Before
    // others' work, where it may: a host that is busy must not keep what is swallowed much longer than it was told.
    private static final String SCRIPT = """
            trap '' INT TERM HUP QUIT PIPE
            PATH=$PATH:/usr/sbin:/sbin LC_ALL=C
            export PATH LC_ALL
            cd /
            for tool in nft ss; do
                command -v $tool >/dev/null || { echo "Error: $tool not found"; exit 1; }
            done
            renice -n -10 -p $$ >/dev/null 2>&1
            # So many seconds a tool may take. One that hangs has seen nothing, and is asked again.
            if command -v timeout >/dev/null; then
                within() { timeout -s KILL "$@"; }
            else
                within() { shift; "$@"; }
            fi
            said=$(within %7$d sh -c "$5" 2>&1) || {
                [ $? -ne 137 ] || said="${5%%%% *} gave no answer for %7$d s"
                echo "Error: $said"
                within %9$d sh -c "$4" >/dev/null 2>&1
                exit 1
            }
            hundredths() { read -r up idle </proc/uptime; now=${up%%%%.*}${up#*.}; }
            number=$2
            # 1 is "nobody is there", 2 is no answer.
            successor() {
                tables=$(within 5 nft list tables inet 2>/dev/null) || return 2
                printf '%%s\\n' "$tables" | {
                    while read -r word family name; do
                        case $name in
                            "$1"_*_alive) name=${name#"$1"_}; [ "${name%%%%_*}" -gt "$number" ] && exit 0 ;;
                        esac
                    done
                    exit 1
                }
            }
            coming() { grep -q "@${1}%6$s\\$" /proc/net/unix; }
            full=%1$d grace=%1$d abandoned= succeeded= earliest=0
            tables=$(within 5 nft list tables inet 2>/dev/null) || tables=" ${1}_, for all we know"
            hundredths
            case $tables in *" ${1}_"*) earliest=$((now + full)) ;; esac
            {
                while read -r line; do
                    case $line in
                        %2$s) grace=%3$d ;;
                        %4$s) abandoned=y ;;
                        *) printf '%%s\\n' "$line" ;;
                    esac
                done
                echo "delete table inet $6"
                hundredths
                end=$((now + grace))
                [ $end -lt $earliest ] && end=$earliest
                last=$((end + %5$d)) blind=$((end + %8$d))
                over=$abandoned
                while [ -z "$succeeded$over" ]; do
                    # One last look behind: who has come is announced no more.
                    [ $now -lt $end ] || { [ $now -lt $last ] && coming "$1"; } || over=y
                    successor "$1" && sleep 0.2 && successor "$1"
                    case $? in
                        0) succeeded=y ;;
                        2) [ $now -ge $blind ] || over= ;;
                    esac
                    sleep 0.1
                    hundredths
                done
                while [ -z "$succeeded$abandoned" ]; do
                    within 5 ss -KHt state all "$3" >/dev/null 2>&1
                    left=$(within 5 ss -Hnt state all "$3" 2>&1) && [ -z "$left" ] && break
                    sleep 0.1
                done
                within %9$d sh -c "$4" >/dev/null 2>&1
            } | nft -i
            """.formatted(
                    hundredths(GRACE_S),
                    FAREWELL,
                    hundredths(FAREWELL_S),
                    ABANDON,
                    hundredths(COMING_S),
                    Announcement.SUFFIX,
                    SET_UP_S,
                    hundredths(BLIND_S),
                    UNDO_S);

    /** The shell's two: one that reads from us, and nft. */
    private static final int CHILDREN = 2;

    private final Process shell;
    private final Writer commands;
    private final BufferedReader replies;
    /** Something was, the rules or the question about them. */
    private volatile boolean refused;

    private Guard(final Process shell) {
        this.shell = shell;
        this.commands = shell.outputWriter(StandardCharsets.US_ASCII);
        this.replies = shell.inputReader(StandardCharsets.UTF_8);
    }

    private static int hundredths(final double seconds) {
        return (int) Math.round(seconds * 100);
    }

    /**
     * Puts {@code rules} in force.
     *
     * @param rules lines for nft, one transaction
     * @throws GuardException when a tool is missing, or nft or the kernel refuses
     */
    public static Guard hold(final Marker marker, final Connections connections, final Rules rules)
            throws GuardException {
        final Guard guard = new Guard(start(List.of(
                "sh",
                "-c",
                SCRIPT,
                "tcpreplay-j-guard",
                marker.key(),
                Long.toString(marker.number()),
                connections.filter(),
                rules.undo(),
                rules.setUp(),
                marker.alive())));
        String word = FAREWELL;
        boolean done = false;
        try {
            guard.install(rules.nft(), marker);
            done = true;
            return guard;
        } catch (final GuardException e) {
            // Of one that is only slow the rules may be there, and an older guard may have left all to it.
            word = guard.refused && !mayBeThere(marker) ? ABANDON : FAREWELL;
            throw e;
        } finally {
            if (!done) {
                guard.end(word, word.equals(ABANDON) ? REFUSED_PATIENCE_S : CLOSING_PATIENCE_S);
            }
        }
    }

    private static boolean mayBeThere(final Marker marker) {
        try {
            return marker.isPresent();
        } catch (final GuardException e) {
            return true;
        }
    }

    private static Process start(final List<String> command) throws GuardException {
        try {
            return new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (final IOException e) {
            throw new GuardException("cannot start sh: " + e.getMessage());
        }
    }

    private void install(final List<String> lines, final Marker marker) throws GuardException {
        try {
            // One line is one transaction: all of it is there, or nothing.
            commands.write(String.join("; ", lines) + "; add table inet " + marker.alive() + " { flags owner; }\n");
            commands.write("list table inet " + marker.table() + "\n");
            commands.flush();
        } catch (final IOException e) {
            // The shell is gone; its last words come below.
            refused = true;
        }
        final FutureTask<Boolean> listing = new FutureTask<>(this::readListing);
        final Thread reader = new Thread(listing, "guard-listing");
        reader.setDaemon(true);
        reader.start();
        try {
            listing.get(PATIENCE_S, TimeUnit.SECONDS);
        } catch (final ExecutionException e) {
            throw e.getCause() instanceof GuardException said ? said : new GuardException("guard: " + e.getCause());
        } catch (final TimeoutException e) {
            throw new GuardException("nft gave no answer for " + PATIENCE_S + " s");
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new GuardException("interrupted while waiting for nft");
        }
    }

    private boolean readListing() throws IOException {
        boolean owned = false;
        for (String line = replies.readLine(); line != null; line = replies.readLine()) {
            if (line.contains("Error") || line.contains("not found")) {
                refused = true;
                throw new GuardException(line.replaceFirst("^.*?Error: ", ""));
            }
            owned |= line.contains("owner");
            if (owned && line.equals("}")) {
                return true;
            }
        }
        throw new GuardException("nft gave no answer");
    }

    /** Whether the rules are in force: they would not outlive their {@code nft}. */
    public boolean holds() {
        return shell.children().count() == CHILDREN;
    }

    /** Says that this is an orderly end, and waits until the rules are gone. */
    @Override
    public void close() {
        end(FAREWELL, CLOSING_PATIENCE_S);
    }

    /** Leaves all connections to another one that holds rules for the same ones. */
    public void abandon() {
        end(ABANDON, CLOSING_PATIENCE_S);
    }

    /** Behind that patience the shell does its work without us. */
    private void end(final String word, final long patienceS) {
        try (commands) {
            commands.write(word + "\n");
        } catch (final IOException e) {
            // The shell is gone, and so are its rules.
            shell.destroyForcibly();
        }
        try {
            shell.waitFor(patienceS, TimeUnit.SECONDS);
        } catch (final InterruptedException e) {
            // It does its work without us.
            Thread.currentThread().interrupt();
        }
    }
}
