package io.tcpreplayj.intercept.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FeedListenerTest {
    private Path file;
    private UnixDomainSocketAddress socket;

    @BeforeEach
    void nameSocket(@TempDir final Path directory) {
        file = directory.resolve("feed");
        socket = UnixDomainSocketAddress.of(file);
    }

    private FeedListener open() throws IOException {
        return FeedListener.open(new FeedAddress(socket), null);
    }

    @Test
    void socketsFile_goesWithItsListener() throws IOException {
        try (FeedListener listener = open()) {
            assertThat(listener.address()).isEqualTo(new FeedAddress(socket));
            assertThatThrownBy(this::open).hasMessageContaining("somebody listens there");
        }
        assertThat(file).doesNotExist();
    }

    @Test
    void successorsFile_isLeftAlone() throws IOException {
        final FeedListener first = open();
        Files.delete(file);
        final FeedListener second = open();
        first.close();
        try (SocketChannel replayer = SocketChannel.open(socket)) {
            assertThat(replayer.isConnected()).isTrue();
        }
        second.close();
        assertThat(file).doesNotExist();
    }
}
