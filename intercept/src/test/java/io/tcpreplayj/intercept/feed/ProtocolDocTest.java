package io.tcpreplayj.intercept.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** PROTOCOL.md and the code say the same. */
final class ProtocolDocTest {
    private final String page = read();

    @Test
    void everyFrameType_hasItsRow() {
        for (final FrameType type : FrameType.values()) {
            assertThat(page).contains("| " + type.code() + " | " + type.name() + " |");
        }
    }

    @Test
    void numbersAreTheCodes() {
        assertThat(page).startsWith("# The feed, version " + FeedFormat.VERSION + "\n");
        assertThat(page.replace('\n', ' '))
                .contains("`" + hex(FeedFormat.MAGIC >> 8) + " " + hex(FeedFormat.MAGIC & 0xff) + "`")
                .contains("| " + FeedFormat.CRC_OFFSET + " | 4 | crc32c |")
                .contains("at most " + grouped(FeedFormat.MAX_PAYLOAD) + "; of HELLO at most "
                        + grouped(FeedFormat.MAX_HELLO))
                .contains("1 to " + FeedFormat.MAX_BATCH + " packets")
                .contains("1 to " + Hello.MAX_TARGETS)
                .contains("for " + FeedFormat.HEARTBEAT_NS / 1_000_000 + " ms")
                .contains("for " + FrontDoor.STRANGER_NS / 1_000_000_000L + " seconds")
                .contains("longer than " + ReplayerConnection.STUCK_NS / 1_000_000_000L + " s to leave")
                .contains("heard nothing for " + FeedClient.SILENT_BEATS * FeedFormat.HEARTBEAT_NS / 1_000_000_000L
                        + " s gives")
                .contains(Doorman.MAX_STRANGERS + " such connections")
                .contains(Doorman.MAX_STRANGERS_EACH + " of one address")
                .contains("takes " + Doorman.PER_SECOND + " a second");
        assertThat(FeedFormat.HEADER).isEqualTo(FeedFormat.CRC_OFFSET + 4);
        assertThat(FeedFormat.BATCH_HEADER).isEqualTo(8 + 2);
        assertThat(FeedFormat.PACKET_HEADER).isEqualTo(12 + 4);
    }

    private static String hex(final int value) {
        return String.format(Locale.ROOT, "%02x", value);
    }

    private static String grouped(final int value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    private static String read() {
        try {
            return Files.readString(Path.of("PROTOCOL.md"));
        } catch (final IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
