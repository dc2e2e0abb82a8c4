package io.tcpreplayj.flow.db;

import io.tcpreplayj.flow.db.LabFileSystem.Watcher;
import io.tcpreplayj.flow.db.LabFileSystem.Watcher.Operation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;

/** A host's file whose every operation passes by a watcher first. */
class LabChannel extends FileChannel {
    private final FileChannel host;
    private final Path path;
    private final Watcher watcher;

    LabChannel(final FileChannel host, final Path path, final Watcher watcher) {
        this.host = host;
        this.path = path;
        this.watcher = watcher;
    }

    @Override
    public int read(final ByteBuffer target) throws IOException {
        watcher.before(Operation.READ, path);
        return host.read(target);
    }

    @Override
    public long read(final ByteBuffer[] targets, final int offset, final int length) throws IOException {
        watcher.before(Operation.READ, path);
        return host.read(targets, offset, length);
    }

    @Override
    public int read(final ByteBuffer target, final long position) throws IOException {
        watcher.before(Operation.READ, path);
        return host.read(target, position);
    }

    @Override
    public int write(final ByteBuffer source) throws IOException {
        final int written = write(source, host.position());
        host.position(host.position() + written);
        return written;
    }

    @Override
    public long write(final ByteBuffer[] sources, final int offset, final int length) throws IOException {
        long written = 0;
        for (int i = offset; i < offset + length; i++) {
            written += write(sources[i]);
        }
        return written;
    }

    @Override
    public int write(final ByteBuffer source, final long position) throws IOException {
        watcher.before(Operation.WRITE, path);
        return host.write(source, position);
    }

    @Override
    public void force(final boolean metaData) throws IOException {
        watcher.before(Operation.FORCE, path);
        host.force(metaData);
    }

    @Override
    public FileChannel truncate(final long size) throws IOException {
        watcher.before(Operation.TRUNCATE, path);
        host.truncate(size);
        return this;
    }

    @Override
    public long position() throws IOException {
        return host.position();
    }

    @Override
    public FileChannel position(final long newPosition) throws IOException {
        host.position(newPosition);
        return this;
    }

    @Override
    public long size() throws IOException {
        return host.size();
    }

    @Override
    public FileLock lock(final long position, final long size, final boolean shared) throws IOException {
        return host.lock(position, size, shared);
    }

    @Override
    public FileLock tryLock(final long position, final long size, final boolean shared) throws IOException {
        return host.tryLock(position, size, shared);
    }

    @Override
    public MappedByteBuffer map(final MapMode mode, final long position, final long size) throws IOException {
        watcher.before(Operation.READ, path);
        return host.map(mode, position, size);
    }

    @Override
    public long transferTo(final long position, final long count, final WritableByteChannel target) throws IOException {
        watcher.before(Operation.READ, path);
        return host.transferTo(position, count, target);
    }

    @Override
    public long transferFrom(final ReadableByteChannel source, final long position, final long count)
            throws IOException {
        watcher.before(Operation.WRITE, path);
        return host.transferFrom(source, position, count);
    }

    @Override
    protected void implCloseChannel() throws IOException {
        host.close();
    }
}
