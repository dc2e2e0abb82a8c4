package io.tcpreplayj.flow.db;

import io.tcpreplayj.flow.db.LabFileSystem.Watcher;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Notes all that a writer asks of the file system, and makes of it what a disk may hold when the power goes at any moment:
 * what was synced is there; of what was not, each write is there, or not, or some sectors of it, in any order; names
 * change in the order in which they were changed, up to some point behind the last sync of their folder.
 */
final class PowerCuts implements Watcher {
    private static final int SECTOR = 512;
    private static final int FOLDER = -1;

    private enum Kind {
        CREATE,
        WRITE,
        TRUNCATE,
        FORCE,
        RENAME,
        DELETE,
        REPORTED
    }

    private record Event(Kind kind, int file, String name, long position, byte[] bytes) {
        boolean changesNames() {
            return kind == Kind.CREATE || kind == Kind.RENAME || kind == Kind.DELETE;
        }
    }

    private final List<Event> events = new ArrayList<>();
    private final Map<String, Integer> names = new HashMap<>();
    private int files;

    /** The writer reported a commit. */
    void reported() {
        note(Kind.REPORTED, FOLDER, "", 0, new byte[0]);
    }

    /** Moments at which the power may go. */
    int moments() {
        return events.size() + 1;
    }

    /** How many commits had been reported at that moment. */
    int reportedAt(final int moment) {
        return (int) events.subList(0, moment).stream()
                .filter(event -> event.kind == Kind.REPORTED)
                .count();
    }

    private void note(final Kind kind, final int file, final String name, final long position, final byte[] bytes) {
        events.add(new Event(kind, file, name, position, bytes));
    }

    private static String name(final Path path) {
        return String.valueOf(path.getFileName());
    }

    @Override
    public void before(final Operation operation, final Path path) {
        // Noted where it happens: what is written is not known here.
    }

    @Override
    public FileChannel wrap(final FileChannel channel, final Path path, final boolean created) {
        if (name(path).endsWith(".lock")) {
            return channel;
        }
        if (Files.isDirectory(path)) {
            return new Noting(channel, path, FOLDER);
        }
        if (created) {
            names.put(name(path), files);
            note(Kind.CREATE, files, name(path), 0, new byte[0]);
            files++;
        }
        return new Noting(channel, path, names.get(name(path)));
    }

    @Override
    public void renamed(final Path from, final Path to) {
        final int file = names.remove(name(from));
        names.put(name(to), file);
        note(Kind.RENAME, file, name(from) + '\n' + name(to), 0, new byte[0]);
    }

    @Override
    public void deleted(final Path path) {
        if (names.remove(name(path)) != null) {
            note(Kind.DELETE, FOLDER, name(path), 0, new byte[0]);
        }
    }

    private final class Noting extends LabChannel {
        private final int file;

        Noting(final FileChannel host, final Path path, final int file) {
            super(host, path, PowerCuts.this);
            this.file = file;
        }

        @Override
        public int write(final ByteBuffer source, final long position) throws IOException {
            final byte[] bytes = new byte[source.remaining()];
            source.duplicate().get(bytes);
            final int written = super.write(source, position);
            note(Kind.WRITE, file, "", position, Arrays.copyOf(bytes, written));
            return written;
        }

        @Override
        public FileChannel truncate(final long size) throws IOException {
            super.truncate(size);
            note(Kind.TRUNCATE, file, "", size, new byte[0]);
            return this;
        }

        @Override
        public void force(final boolean metaData) throws IOException {
            note(Kind.FORCE, file, "", 0, new byte[0]);
        }
    }

    /** Writes into {@code folder} what the disk may hold when the power went before event {@code moment}. */
    void leave(final Path folder, final int moment, final SplittableRandom random) throws IOException {
        final Map<String, Integer> found = new HashMap<>();
        final int synced = lastForce(FOLDER, moment);
        for (int i = 0; i < moment; i++) {
            final Event event = events.get(i);
            if (!event.changesNames()) {
                continue;
            }
            if (i > synced && random.nextInt(3) == 0) {
                break;
            }
            switch (event.kind) {
                case CREATE -> found.put(event.name, event.file);
                case DELETE -> found.remove(event.name);
                default -> {
                    final String[] fromTo = event.name.split("\n", 2);
                    found.remove(fromTo[0]);
                    found.put(fromTo[1], event.file);
                }
            }
        }
        for (final Map.Entry<String, Integer> entry : found.entrySet()) {
            Files.write(folder.resolve(entry.getKey()), content(entry.getValue(), moment, random));
        }
    }

    private int lastForce(final int file, final int moment) {
        for (int i = moment - 1; i >= 0; i--) {
            if (events.get(i).kind == Kind.FORCE && events.get(i).file == file) {
                return i;
            }
        }
        return -1;
    }

    private byte[] content(final int file, final int moment, final SplittableRandom random) {
        byte[] content = new byte[0];
        final int synced = lastForce(file, moment);
        for (int i = 0; i < moment; i++) {
            final Event event = events.get(i);
            if (event.file != file) {
                continue;
            }
            if (event.kind == Kind.TRUNCATE && (i < synced || random.nextBoolean())) {
                content = Arrays.copyOf(content, (int) Math.min(content.length, event.position));
            } else if (event.kind == Kind.WRITE) {
                final int fate = i < synced ? 0 : random.nextInt(3);
                content = fate == 1 ? content : written(content, event, fate == 0, random);
            }
        }
        return content;
    }

    private static byte[] written(
            final byte[] before, final Event event, final boolean whole, final SplittableRandom random) {
        final int position = (int) event.position;
        final byte[] after = Arrays.copyOf(before, Math.max(before.length, position + event.bytes.length));
        int at = 0;
        while (at < event.bytes.length) {
            final int sector = Math.min(SECTOR - (position + at) % SECTOR, event.bytes.length - at);
            if (whole || random.nextBoolean()) {
                System.arraycopy(event.bytes, at, after, position + at, sector);
            }
            at += sector;
        }
        return after;
    }
}
