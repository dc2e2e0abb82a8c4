package io.tcpreplayj.flow.db;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Files that get another content thousands of times. */
final class FileContent {
    private FileContent() {}

    /**
     * As {@code Files.write}, without emptying the file first: ext4 allocates and writes at once what comes into a file that was
     * emptied (auto_da_alloc of ext4(5)).
     */
    static void replace(final Path file, final byte[] bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            FileIo.writeFully(channel, ByteBuffer.wrap(bytes), 0);
            channel.truncate(bytes.length);
        }
    }
}
