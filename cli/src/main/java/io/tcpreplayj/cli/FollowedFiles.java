package io.tcpreplayj.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The files that a user follows: those that are there, and those that appear. They are looked for again and again, for what
 * tells of changes (inotify) does not tell of those that another machine makes on a network file system.
 */
final class FollowedFiles {
    private static final long LOOK_AGAIN_NS = 200_000_000L;

    /** To look takes at most this part of the time. */
    private static final int LEISURE = 10;

    /** Who is not seen so often is not there. */
    private static final int LOOKS_WITHOUT = 2;

    private final List<String> operands;
    private final Path database;
    private final Notes notes;
    private final LongSupplier clockNs;
    private final Map<Object, FollowedFile> byInode = new LinkedHashMap<>();

    /** Files that were read, by name: when their first packets came. */
    private final Map<String, Long> taken = new HashMap<>();

    private int scans;
    private long lookAgainNs = Long.MIN_VALUE;

    /** Is told what becomes of files that are not read. */
    interface Notes {
        void skipped(CaptureSource source, IOException failure);

        /** One was deleted before it was read. */
        void lost(String name);

        /** One went on behind its end. */
        void grew(String name, long bytes);
    }

    /** @param database whose files are no captures, wherever they lie */
    FollowedFiles(final List<String> operands, final Path database, final Notes notes, final LongSupplier clockNs) {
        this.operands = List.copyOf(operands);
        this.database = database.toAbsolutePath().normalize();
        this.notes = notes;
        this.clockNs = clockNs;
    }

    /** Looks what is there, unless that was done a moment ago. */
    void look() throws IOException {
        if (clockNs.getAsLong() >= lookAgainNs) {
            lookNow();
        }
    }

    void lookNow() throws IOException {
        final long beganNs = clockNs.getAsLong();
        scans++;
        for (final CaptureSource source : CaptureSource.of(operands)) {
            final Path path = source.file();
            if (path != null && !isOurs(path)) {
                look(source, path, beganNs);
            }
        }
        forgetDeleted();
        final long endNs = clockNs.getAsLong();
        lookAgainNs = endNs + Math.max(LOOK_AGAIN_NS, LEISURE * (endNs - beganNs));
    }

    private boolean isOurs(final Path path) {
        final Path absolute = path.toAbsolutePath().normalize();
        return absolute.startsWith(database)
                || (absolute.getParent() != null
                        && absolute.getParent().equals(database.getParent())
                        && String.valueOf(absolute.getFileName()).startsWith(database.getFileName() + "."));
    }

    private void look(final CaptureSource source, final Path path, final long nowNs) throws IOException {
        try {
            final BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
            final Object inode = now.fileKey();
            if (!now.isRegularFile() || inode == null) {
                return;
            }
            FollowedFile file = byInode.get(inode);
            if (file != null && file.isReplacedBy(path, now)) {
                byInode.remove(inode);
                gone(file);
                file = null;
            }
            if (file == null) {
                file = new FollowedFile(source, path);
                byInode.put(inode, file);
            }
            file.seen(source, path, now, nowNs);
            file.inScan(scans);
            look(file, nowNs);
        } catch (final NoSuchFileException e) {
            // Deleted, or given another name since the directory was read: the next look tells.
            return;
        }
    }

    private void look(final FollowedFile file, final long nowNs) throws IOException {
        if (file.mayBegin()) {
            peek(file, nowNs);
        }
        final long grown = file.grown();
        if (grown > 0) {
            notes.grew(file.name(), grown);
        }
    }

    private void peek(final FollowedFile file, final long nowNs) throws IOException {
        final IOException failure;
        try {
            file.begins();
            final TimeOrder.Timed timed = TimeOrder.timed(file.source(), file.path());
            failure = timed.failure();
            file.begin(timed.firstPacketNs());
        } catch (final NoSuchFileException e) {
            throw e;
        } catch (final IOException e) {
            skip(file, e);
            return;
        }
        if (failure instanceof NoSuchFileException) {
            throw failure;
        }
        if (failure != null && (!file.isCompressed() || file.rests(nowNs))) {
            skip(file, failure);
        } else if (isCopy(file)) {
            file.skip();
        }
    }

    /** It cannot be read. */
    void skip(final FollowedFile file, final IOException failure) {
        file.skip();
        notes.skipped(file.source(), failure);
    }

    /** What tcpdump -z makes of a file that is complete: it was read before, or is being read. */
    private boolean isCopy(final FollowedFile file) {
        if (!file.isCompressed()) {
            return false;
        }
        final int suffix = file.name().lastIndexOf('.');
        final Long of = suffix < 0 ? null : taken.get(file.name().substring(0, suffix));
        return of != null && of == file.firstPacketNs();
    }

    private void forgetDeleted() {
        final Iterator<FollowedFile> files = byInode.values().iterator();
        while (files.hasNext()) {
            final FollowedFile file = files.next();
            // Not at once: it may just have been given another name. One that is being read is read to its end without
            // a name; nobody else gets its inode until then.
            if (scans - file.scan() >= LOOKS_WITHOUT && file.state() != FollowedFile.State.READING) {
                files.remove();
                gone(file);
            }
        }
    }

    private void gone(final FollowedFile file) {
        if (isWaiting(file)) {
            final boolean wasCompressed = byInode.values().stream()
                    .anyMatch(other -> other.isCompressed()
                            && other.firstPacketNs() == file.firstPacketNs()
                            && other.name().startsWith(file.name() + "."));
            if (!wasCompressed) {
                notes.lost(file.name());
            }
        }
    }

    /**
     * The file that is to be read next: of those with packets the one that begins first. A compressed one is waited for until
     * it is complete.
     *
     * @param last whether nothing is waited for any more: what is not complete is passed over
     * @return null when there is none
     */
    @Nullable
    FollowedFile next(final boolean last) {
        final long nowNs = clockNs.getAsLong();
        FollowedFile first = null;
        for (final FollowedFile file : byInode.values()) {
            if (isWaiting(file)
                    && (first == null || isBefore(file, first))
                    && (!last || !file.isCompressed() || file.rests(nowNs))) {
                first = file;
            }
        }
        return first != null && first.isCompressed() && !first.rests(nowNs) ? null : first;
    }

    private static boolean isWaiting(final FollowedFile file) {
        return file.state() == FollowedFile.State.WAITING && file.firstPacketNs() != TimeOrder.NO_TIME;
    }

    private static boolean isBefore(final FollowedFile one, final FollowedFile other) {
        final int byTime = Long.compare(one.firstPacketNs(), other.firstPacketNs());
        return byTime != 0 ? byTime < 0 : one.name().compareTo(other.name()) < 0;
    }

    /** It is read from now on. */
    void reading(final FollowedFile file) {
        file.reading();
        taken.put(file.name(), file.firstPacketNs());
        byInode.values().stream()
                .filter(other -> isWaiting(other) && isCopy(other))
                .forEach(FollowedFile::skip);
    }

    /** Its turn came, and it was not there any more. */
    void lost(final FollowedFile file) {
        file.skip();
        notes.lost(file.name());
    }

    /** Names of the files that are there and were not read. */
    List<String> unread() {
        return byInode.values().stream()
                .filter(FollowedFiles::isWaiting)
                .map(FollowedFile::name)
                .toList();
    }
}
