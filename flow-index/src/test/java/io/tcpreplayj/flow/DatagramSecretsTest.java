package io.tcpreplayj.flow;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.tcpreplayj.flow.redact.SecretRules;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class DatagramSecretsTest {
    private static final int WARM_UP = 20_000;
    private static final int DATAGRAMS = 10_000;

    private final DatagramSecrets secrets = new DatagramSecrets(SecretRules.builtIn());

    private String replacedIn(final String datagram) {
        final byte[] bytes = datagram.getBytes(StandardCharsets.US_ASCII);
        secrets.replaceIn(bytes, 0, bytes.length);
        return new String(bytes, StandardCharsets.US_ASCII);
    }

    @Test
    void nothingGoesOnFromOneDatagramIntoTheNext() {
        assertThat(replacedIn("Authorization: Basic abc")).isEqualTo("Authorization: xxxxx xxx");
        assertThat(secrets.bytes()).isEqualTo(8);
        assertThat(replacedIn("def")).isEqualTo("def");
        assertThat(secrets.bytes()).isZero();
        assertThat(replacedIn("password=")).isEqualTo("password=");
        assertThat(replacedIn("hunter2")).isEqualTo("hunter2");
        assertThat(replacedIn("password=hunter2")).isEqualTo("password=xxxxxxx");
        assertThat(secrets.values()).isPositive();
    }

    @Test
    void head_isWhatIsReplaced_thoughTheSecretGoesOnBehind() {
        final ByteBuffer datagram = ByteBuffer.wrap("..password=hunter2".getBytes(StandardCharsets.US_ASCII));
        secrets.replaceInHead(datagram, 2, 16, 12);
        assertThat(new String(secrets.whole(), 0, 16, StandardCharsets.US_ASCII))
                .isEqualTo("password=xxxter2");
        assertThat(secrets.bytes()).isEqualTo(3);
        assertThat(datagram.get(11)).as("the packet itself").isEqualTo((byte) 'h');
    }

    @Test
    void datagrams_allocateNothing() {
        final byte[] kept = "token=abcdef&x=4111111111111111".getBytes(StandardCharsets.US_ASCII);
        final ByteBuffer packet = ByteBuffer.wrap(kept.clone());
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        replace(kept, packet, WARM_UP);
        final long before = threads.getCurrentThreadAllocatedBytes();
        replace(kept, packet, DATAGRAMS);
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(DATAGRAMS);
    }

    private void replace(final byte[] kept, final ByteBuffer packet, final int times) {
        for (int i = 0; i < times; i++) {
            secrets.replaceIn(kept, 0, kept.length);
            secrets.replaceInHead(packet, 0, packet.capacity(), 16);
        }
    }
}
