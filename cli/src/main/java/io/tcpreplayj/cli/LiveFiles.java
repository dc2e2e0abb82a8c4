package io.tcpreplayj.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.tcpreplayj.cli.flags.Flag;
import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.flags.Units;
import io.tcpreplayj.cli.report.Human;
import io.tcpreplayj.flow.db.CaptureInfo;
import io.tcpreplayj.flow.db.FlowDb;
import io.tcpreplayj.flow.db.FlowDbWriter;
import io.tcpreplayj.linux.SteadyClock;
import io.tcpreplayj.replay.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The database that is written, or one behind the other: each is whole by itself, and begins when the one before is large or
 * old enough. A flow is in the one that was written when it ended. Old ones may be deleted, closed ones only. Who writes may
 * be another thread than who asks how far that is.
 */
final class LiveFiles implements AutoCloseable {
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss.SSS'Z'").withZone(ZoneOffset.UTC);
    private static final String STAMPED = "-\\d{8}T\\d{6}\\.\\d{3}Z";
    private static final long LEAST_BYTES = 1000;

    private final LowArgs args;
    private final Path named;
    private final @Nullable Limits rotate;
    private final @Nullable Limits keep;
    /** The clock of the machine, which files have their times by. */
    private final LongSupplier wallMs;
    /** Those of this run that may be deleted, by name, and when they were finished, by a clock that nobody sets. */
    private final Map<Path, Long> ours = new HashMap<>();

    private final AtomicLong finished = new AtomicLong();
    private final AtomicLong deleted = new AtomicLong();
    private volatile FlowDbWriter writer;
    private long beganNs = System.nanoTime();

    /** A number of bytes, and a time. */
    private record Limits(long bytes, long ns) {}

    private LiveFiles(final LowArgs args, final Path named, final LongSupplier wallMs) throws IOException {
        this.args = args;
        this.named = named;
        this.wallMs = wallMs;
        rotate = limits(args, Flags.ROTATE_SIZE, Flags.ROTATE_EVERY);
        keep = limits(args, Flags.KEEP_SIZE, Flags.KEEP_AGE);
        if (keep != null && rotate == null) {
            throw new UserException(
                    "--keep-size and --keep-age delete old databases, and there is one only",
                    "give --rotate-size or --rotate-every too");
        }
        writer = DatabasePath.openForWriting(rotate == null ? named : stamped(), args);
    }

    /** @param named the database, or what the names of several are made from */
    static LiveFiles open(final LowArgs args, final Path named) throws IOException {
        return open(args, named, System::currentTimeMillis);
    }

    /** @param wallMs the clock of the machine, which may be set */
    static LiveFiles open(final LowArgs args, final Path named, final LongSupplier wallMs) throws IOException {
        return new LiveFiles(args, named, wallMs);
    }

    private static @Nullable Limits limits(final LowArgs args, final Flag size, final Flag time) {
        final String bytes = args.value(size);
        final String duration = args.value(time);
        if (bytes == null && duration == null) {
            return null;
        }
        return new Limits(
                bytes == null ? Long.MAX_VALUE : Units.count(size, bytes, LEAST_BYTES, Long.MAX_VALUE - 1),
                duration == null ? Long.MAX_VALUE : Units.durationNs(time, duration));
    }

    FlowDbWriter writer() {
        return writer;
    }

    /** Those before the current one. */
    long finished() {
        return finished.get();
    }

    /** Those that are not there any more. */
    long deleted() {
        return deleted.get();
    }

    /**
     * Behind a commit: begins the next one when it is time.
     *
     * @return its writer, or null when the current one goes on
     */
    @Nullable
    FlowDbWriter next() throws IOException {
        final Limits limits = rotate;
        if (limits == null || (System.nanoTime() - beganNs < limits.ns && Files.size(writer.file()) < limits.bytes)) {
            return null;
        }
        writer.close();
        finished.incrementAndGet();
        if (keep != null) {
            ours.put(writer.file().getFileName(), System.nanoTime());
        }
        writer = DatabasePath.openForWriting(stamped(), args);
        beganNs = System.nanoTime();
        if (keep != null) {
            deleteOld(keep);
        }
        return writer;
    }

    /**
     * {@code shop.tfdb} of that time is {@code shop-20261126T140000.000Z.tfdb}. Times are those of the flows in it, as if nobody had
     * set the clock since this run began.
     */
    private Path stamped() {
        return beside(named, STAMP.format(Instant.EPOCH.plusNanos(SteadyClock.nowNs())));
    }

    /** {@code shop.tfdb} and a word are {@code shop-word.tfdb}. */
    static Path beside(final Path named, final String word) {
        final String stem = stem(named);
        return named.resolveSibling(stem + "-" + word + suffix(named));
    }

    private static String stem(final Path named) {
        final String name = named.getFileName().toString();
        final int dot = name.lastIndexOf('.');
        return dot <= 0 ? name : name.substring(0, dot);
    }

    private static String suffix(final Path named) {
        return named.getFileName().toString().substring(stem(named).length());
    }

    /** @throws UserException when the database cannot say that payload is missing or replaced, and it would have to */
    void check(final IndexOptions options) {
        if (!writer.canTell(options.assembler().kept())) {
            throw new UserException(
                    writer.file() + " is of an older version, which cannot say that payload is missing or replaced",
                    "name another database: --record FILE");
        }
    }

    /**
     * How far what another host captures is recorded by earlier runs.
     *
     * @param id of that host, as long as it runs
     * @param unreadable is told of databases beside this one that cannot be read
     * @return the position behind the last of its packets that is, or -1 when none is
     */
    long recorded(final long id, final Consumer<String> unreadable) {
        long end = recorded(id, writer.captures());
        if (rotate != null) {
            try {
                for (final Path file : stampedFiles()) {
                    if (!file.getFileName().equals(writer.file().getFileName())) {
                        end = Math.max(end, recorded(id, file, unreadable));
                    }
                }
            } catch (final IOException e) {
                unreadable.accept(Failures.text(e));
            }
        }
        return end;
    }

    /** Who wrote it may have been killed, and have left its lock. */
    private static long recorded(final long id, final Path file, final Consumer<String> unreadable) {
        try (FlowDb db = FlowDb.open(file)) {
            return recorded(id, db.captures());
        } catch (final IOException e) {
            unreadable.accept(Failures.text(e));
            return -1;
        }
    }

    private static long recorded(final long id, final List<CaptureInfo> captures) {
        return captures.stream()
                .filter(capture -> capture.edgeHash() == id && capture.name().startsWith(PassingPackets.PREFIX))
                .mapToLong(capture -> capture.sizeBytes() + capture.packets())
                .max()
                .orElse(-1);
    }

    /** Size of the current one; 0 before its first commit. */
    long bytes() throws IOException {
        return size(writer.file());
    }

    /** The current one, and how many there were before, for people. */
    String words() throws IOException {
        final Path file = writer.file();
        return file + ": " + Human.bytes(size(file))
                + (finished() == 0
                        ? ""
                        : ", and " + Human.count(finished(), "database") + " before it, " + deleted + " deleted");
    }

    /** The same as members of a JSON object. */
    void write(final JsonGenerator json) throws IOException {
        final Path file = writer.file();
        json.writeStringField("database", file.toString());
        json.writeNumberField("databaseBytes", size(file));
        json.writeNumberField("databasesBefore", finished());
        json.writeNumberField("databasesDeleted", deleted());
    }

    private static long size(final Path file) throws IOException {
        try {
            return Files.size(file);
        } catch (final NoSuchFileException e) {
            // Not committed yet; or finished and deleted since we asked which one it is.
            return 0;
        }
    }

    /** Also those of earlier runs. Whoever writes one has a lock beside it. */
    private void deleteOld(final Limits limits) throws IOException {
        final List<Path> closed = closed();
        long bytes = 0;
        for (final Path file : closed) {
            bytes += Files.size(file);
        }
        for (final Path file : closed) {
            if (bytes > limits.bytes || ageNs(file) > limits.ns) {
                bytes -= Files.size(file);
                Files.delete(file);
                ours.remove(file.getFileName());
                deleted.incrementAndGet();
            }
        }
    }

    /**
     * Since it was finished. Of one of an earlier run only its time tells that, by a clock that may have been set behind it, and
     * be set again now: it is as old as it is by either, the clock as it is and as it would be if nobody had set it.
     */
    private long ageNs(final Path file) throws IOException {
        final Long finishedNs = ours.get(file.getFileName());
        if (finishedNs != null) {
            return System.nanoTime() - finishedNs;
        }
        final long nowMs = Math.min(SteadyClock.nowNs() / 1_000_000, wallMs.getAsLong());
        return (nowMs - Files.getLastModifiedTime(file).toMillis()) * 1_000_000L;
    }

    /** The oldest first, those of this run behind all others whatever their names; not those that somebody writes. */
    private List<Path> closed() throws IOException {
        return stampedFiles().stream()
                .filter(file -> Files.notExists(file.resolveSibling(file.getFileName() + ".lock")))
                .sorted(Comparator.comparingLong(file -> ours.getOrDefault(file.getFileName(), Long.MIN_VALUE)))
                .toList();
    }

    /** By their names. */
    private List<Path> stampedFiles() throws IOException {
        final Pattern name = Pattern.compile(Pattern.quote(stem(named)) + STAMPED + Pattern.quote(suffix(named)));
        final List<Path> stamped = new ArrayList<>();
        final Path folder = named.toAbsolutePath().getParent();
        if (folder == null) {
            return stamped;
        }
        try (Stream<Path> files = Files.list(folder)) {
            files.filter(file -> name.matcher(file.getFileName().toString()).matches())
                    .sorted()
                    .forEach(stamped::add);
        }
        return stamped;
    }

    @Override
    public void close() throws IOException {
        writer.close();
    }
}
