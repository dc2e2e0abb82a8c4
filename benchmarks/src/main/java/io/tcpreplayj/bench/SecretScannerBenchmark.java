package io.tcpreplayj.bench;

import io.tcpreplayj.flow.redact.SecretRules;
import io.tcpreplayj.flow.redact.SecretScanner;
import io.tcpreplayj.flow.redact.SecretSink;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.zip.CRC32C;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** KiB a second of which it is known where secrets are, in segments as a connection brings them. */
@State(Scope.Thread)
public class SecretScannerBenchmark extends Rates {
    static final int KIBIBYTES = 1024;
    private static final int BYTES = KIBIBYTES << 10;

    private final CRC32C crc32c = new CRC32C();
    private final byte[] requests = repeated("""
            POST /login?next=%2Fhome HTTP/1.1
            Host: www.example.test
            User-Agent: Mozilla/5.0 (X11; Linux x86_64)
            Accept: text/html,application/xhtml+xml
            Cookie: session=0123456789abcdef; theme=dark
            Content-Type: application/json
            Content-Length: 55

            {"user":"someone","password":"something","since":2026}
            """);
    private final byte[] text = repeated("""
            <p class="answer">What a server answers: words, a link <a href="/items/4711?page=2">to it</a>, and an end.</p>
            """);
    private final byte[] binary = random();
    private long told;
    private final SecretSink sink = (from, to, substitute) -> told += to - from;
    private final SecretScanner scanner = new SecretScanner(SecretRules.builtIn());

    private static byte[] repeated(final String text) {
        final byte[] once = text.replace("\n", "\r\n").getBytes(StandardCharsets.US_ASCII);
        final byte[] bytes = new byte[BYTES];
        for (int i = 0; i < BYTES; i++) {
            bytes[i] = once[i % once.length];
        }
        return bytes;
    }

    private static byte[] random() {
        final byte[] bytes = new byte[BYTES];
        new Random(1).nextBytes(bytes);
        return bytes;
    }

    @Benchmark
    @OperationsPerInvocation(KIBIBYTES)
    public long requests() {
        return scan(requests);
    }

    @Benchmark
    @OperationsPerInvocation(KIBIBYTES)
    public long text() {
        return scan(text);
    }

    /** As images, and what is compressed or encrypted. */
    @Benchmark
    @OperationsPerInvocation(KIBIBYTES)
    public long binary() {
        return scan(binary);
    }

    /** What every byte costs all the same: its digest. */
    @Benchmark
    @OperationsPerInvocation(KIBIBYTES)
    public long controlDigest() {
        for (int at = 0; at < BYTES; at += Traffic.SEGMENT) {
            crc32c.update(text, at, Math.min(Traffic.SEGMENT, BYTES - at));
        }
        return crc32c.getValue();
    }

    private long scan(final byte[] bytes) {
        for (int at = 0; at < BYTES; at += Traffic.SEGMENT) {
            scanner.scan(bytes, at, Math.min(Traffic.SEGMENT, BYTES - at), at, sink);
        }
        return told;
    }
}
