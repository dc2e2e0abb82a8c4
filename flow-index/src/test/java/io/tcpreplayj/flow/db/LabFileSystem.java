package io.tcpreplayj.flow.db;

import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.Map;
import java.util.Set;

/**
 * The host's files behind paths of our own, so that each operation on them passes by a {@link Watcher} first: which may
 * make it fail, or note it. The code under test takes a {@link Path} and knows nothing of it.
 */
final class LabFileSystem extends FileSystem {
    private final Watcher watcher;
    private final FileSystem host = java.nio.file.FileSystems.getDefault();
    private final Provider provider = new Provider();

    /** Sees each operation before it happens. */
    interface Watcher {
        /** What the code under test asks of the file system. */
        enum Operation {
            OPEN,
            READ,
            WRITE,
            FORCE,
            TRUNCATE,
            RENAME,
            LINK,
            DELETE,
            STAT
        }

        /**
         * An operation is about to happen.
         *
         * @throws IOException to let it fail
         */
        void before(Operation operation, Path path) throws IOException;

        /** The channel that the code under test gets for a file (or folder) that was opened. */
        default FileChannel wrap(final FileChannel channel, final Path path, final boolean created) {
            return new LabChannel(channel, path, this);
        }

        /** The file has another name now. */
        default void renamed(final Path from, final Path to) {}

        /** The name is gone. */
        default void deleted(final Path path) {}
    }

    LabFileSystem(final Watcher watcher) {
        this.watcher = watcher;
    }

    /** The same file, seen through this file system. */
    Path path(final Path hostPath) {
        return (Path) Proxy.newProxyInstance(
                LabFileSystem.class.getClassLoader(), new Class<?>[] {Path.class}, new Handler(hostPath));
    }

    private static Path host(final Path path) {
        return Proxy.isProxyClass(path.getClass()) ? ((Handler) Proxy.getInvocationHandler(path)).path : path;
    }

    private final class Handler implements InvocationHandler {
        private final Path path;

        Handler(final Path path) {
            this.path = path;
        }

        @Override
        public Object invoke(final Object self, final Method method, final Object[] arguments) throws Throwable {
            if (method.getName().equals("getFileSystem")) {
                return LabFileSystem.this;
            }
            if (method.getName().equals("toRealPath")) {
                watcher.before(Watcher.Operation.STAT, path);
            }
            final Object[] ours = arguments == null ? new Object[0] : arguments.clone();
            for (int i = 0; i < ours.length; i++) {
                if (ours[i] instanceof Path argument) {
                    ours[i] = host(argument);
                }
            }
            try {
                final Object result = method.invoke(path, ours);
                return result instanceof Path found ? path(found) : result;
            } catch (final InvocationTargetException e) {
                throw e.getCause();
            }
        }
    }

    @Override
    public FileSystemProvider provider() {
        return provider;
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public String getSeparator() {
        return host.getSeparator();
    }

    @Override
    public Iterable<Path> getRootDirectories() {
        return host.getRootDirectories();
    }

    @Override
    public Iterable<FileStore> getFileStores() {
        return host.getFileStores();
    }

    @Override
    public Set<String> supportedFileAttributeViews() {
        return host.supportedFileAttributeViews();
    }

    @Override
    public Path getPath(final String first, final String... more) {
        return path(host.getPath(first, more));
    }

    @Override
    public PathMatcher getPathMatcher(final String syntaxAndPattern) {
        return host.getPathMatcher(syntaxAndPattern);
    }

    @Override
    public UserPrincipalLookupService getUserPrincipalLookupService() {
        return host.getUserPrincipalLookupService();
    }

    @Override
    public WatchService newWatchService() throws IOException {
        return host.newWatchService();
    }

    private final class Provider extends FileSystemProvider {
        @Override
        public FileChannel newFileChannel(
                final Path path, final Set<? extends OpenOption> options, final FileAttribute<?>... attributes)
                throws IOException {
            final Path file = host(path);
            watcher.before(Watcher.Operation.OPEN, file);
            final boolean created = !Files.exists(file);
            return watcher.wrap(FileChannel.open(file, options, attributes), file, created);
        }

        @Override
        public void delete(final Path path) throws IOException {
            watcher.before(Watcher.Operation.DELETE, host(path));
            Files.delete(host(path));
            watcher.deleted(host(path));
        }

        @Override
        public void move(final Path from, final Path to, final CopyOption... options) throws IOException {
            watcher.before(Watcher.Operation.RENAME, host(from));
            Files.move(host(from), host(to), options);
            watcher.renamed(host(from), host(to));
        }

        @Override
        public void createLink(final Path link, final Path existing) throws IOException {
            watcher.before(Watcher.Operation.LINK, host(link));
            Files.createLink(host(link), host(existing));
        }

        @Override
        public void checkAccess(final Path path, final AccessMode... modes) throws IOException {
            watcher.before(Watcher.Operation.STAT, host(path));
            host(path).getFileSystem().provider().checkAccess(host(path), modes);
        }

        @Override
        public <A extends BasicFileAttributes> A readAttributes(
                final Path path, final Class<A> type, final LinkOption... options) throws IOException {
            watcher.before(Watcher.Operation.STAT, host(path));
            return Files.readAttributes(host(path), type, options);
        }

        @Override
        public Map<String, Object> readAttributes(final Path path, final String attributes, final LinkOption... options)
                throws IOException {
            watcher.before(Watcher.Operation.STAT, host(path));
            return Files.readAttributes(host(path), attributes, options);
        }

        @Override
        public <V extends FileAttributeView> V getFileAttributeView(
                final Path path, final Class<V> type, final LinkOption... options) {
            return Files.getFileAttributeView(host(path), type, options);
        }

        @Override
        public boolean isSameFile(final Path one, final Path other) throws IOException {
            return Files.isSameFile(host(one), host(other));
        }

        @Override
        public boolean isHidden(final Path path) throws IOException {
            return Files.isHidden(host(path));
        }

        @Override
        public FileStore getFileStore(final Path path) throws IOException {
            return Files.getFileStore(host(path));
        }

        @Override
        public String getScheme() {
            return "lab";
        }

        // The database has no use for the rest: whatever begins to use it must pass by the watcher, too.

        @Override
        public SeekableByteChannel newByteChannel(
                final Path path, final Set<? extends OpenOption> options, final FileAttribute<?>... attributes) {
            throw new UnsupportedOperationException();
        }

        @Override
        public DirectoryStream<Path> newDirectoryStream(
                final Path folder, final DirectoryStream.Filter<? super Path> filter) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void createDirectory(final Path folder, final FileAttribute<?>... attributes) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void copy(final Path from, final Path to, final CopyOption... options) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void setAttribute(
                final Path path, final String attribute, final Object value, final LinkOption... options) {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileSystem newFileSystem(final URI uri, final Map<String, ?> environment) {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileSystem getFileSystem(final URI uri) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Path getPath(final URI uri) {
            throw new UnsupportedOperationException();
        }
    }
}
