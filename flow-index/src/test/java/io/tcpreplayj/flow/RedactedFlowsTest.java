package io.tcpreplayj.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.flow.FlowAssembler.AssemblerOptions;
import io.tcpreplayj.flow.FlowAssembler.Spill;
import io.tcpreplayj.flow.redact.SecretRules;
import io.tcpreplayj.flow.redact.SecretScanner;
import io.tcpreplayj.flow.redact.SecretSink;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is secret in a stream is not in the record, however the stream came, and not in the file where a flow waited. */
final class RedactedFlowsTest {
    private static final int ROUNDS = 300;
    private static final int HEAD_BYTES = 64;

    /** Each holds canaries where a rule says that a secret is. */
    private static final String[] REQUESTS = {
        "GET /?token=canary1&a=b HTTP/1.1\r\nHost: a\r\nCookie: canary2=canary3\r\n canary4\r\n\r\n",
        "POST / HTTP/1.1\r\nAuthorization: canary5\r\nContent-Length: 41\r\n\r\n{\"password\":\"canary6\\\"canary7\",\"a\":[1,2]}",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nsecret=canary888\r\n7\r\ncanary9\r\n0\r\n\r\n",
        "PUT / HTTP/1.1\r\nContent-Length: 26\r\n\r\ncard=4111 1111 1111 1111&x",
    };

    private static final String[] ANSWERS = {
        "HTTP/1.1 200 OK\r\nSet-Cookie: canary10\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n" + "a".repeat(3000),
        "HTTP/1.1 200 OK\r\nContent-Length: 22\r\n\r\n{\"id_token\":\"canary11\"}",
        "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n4222222222222\r\n",
    };

    @TempDir
    private Path folder;

    private static byte[] stream(final Random random, final String[] messages) {
        final StringBuilder text = new StringBuilder();
        for (int count = 1 + random.nextInt(12); count > 0; count--) {
            text.append(messages[random.nextInt(messages.length)]);
        }
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] redacted(final byte[] stream) {
        final byte[] copy = stream.clone();
        final SecretScanner scanner = new SecretScanner(SecretRules.builtIn());
        final SecretSink sink = (from, to, substitute) -> substitute.replace(copy, (int) from, (int) to);
        scanner.scan(copy, 0, copy.length, 0, sink);
        scanner.finish(sink);
        return copy;
    }

    private AssemblerOptions options() {
        // Each flow is frozen behind each of its segments.
        return new AssemblerOptions(false, HEAD_BYTES)
                .spillingTo(new Spill(folder, 0, Long.MAX_VALUE))
                .redacting(SecretRules.builtIn());
    }

    @Test
    void anyDeliveryOfTheSameStreams_hasTheSameBytesReplaced() {
        int answersWithDigest = 0;
        for (long seed = 1; seed <= ROUNDS; seed++) {
            final Random random = new Random(seed);
            final byte[] client = stream(random, REQUESTS);
            final byte[] server = stream(random, ANSWERS);
            final int clientIsn = random.nextInt();
            final int serverIsn = random.nextInt();
            final byte[][] kept = new byte[1][];
            final FlowRecord flow = ReassemblyPropertyTest.assemble(
                    options(),
                    ReassemblyPropertyTest.segments(random, client, clientIsn, server, serverIsn),
                    clientIsn,
                    serverIsn,
                    kept);
            final String name = "seed " + seed;
            final byte[] expected = redacted(client);
            assertThat(text(kept[0])).as(name).isEqualTo(text(expected)).doesNotContain("canary", "4111");
            assertThat(flow.clientStream().digest())
                    .as(name)
                    .isEqualTo(ReassemblyPropertyTest.crc(expected, 0, expected.length));
            assertThat(flow.clientStream().conflictBytes()).as(name).isZero();
            assertThat(flow.app()).as(name).isEqualTo(FlowRecord.App.HTTP);
            answersWithDigest += checkAnswers(name, flow, server);
        }
        assertThat(answersWithDigest).isPositive();
    }

    /** Returns how many answers have a digest: those that held no secret. */
    private static int checkAnswers(final String name, final FlowRecord flow, final byte[] server) {
        final byte[] expected = redacted(server);
        final Exchanges exchanges = flow.exchanges();
        boolean secret = false;
        int digests = 0;
        for (int i = 0; i < exchanges.size(); i++) {
            final int from = (int) flow.events().gate(exchanges.firstEvent(i));
            final byte[] head = exchanges.head(i);
            final byte[] original = Arrays.copyOfRange(server, from, from + head.length);
            assertThat(text(head))
                    .as(name + " head " + i)
                    .isEqualTo(text(Arrays.copyOfRange(expected, from, from + head.length)));
            final boolean changed = !Arrays.equals(head, original);
            secret |= changed;
            if (exchanges.digest(i) >= 0) {
                digests++;
                assertThat(changed).as(name + " answer " + i).isFalse();
                assertThat(exchanges.digest(i))
                        .as(name + " answer " + i)
                        .isEqualTo(ReassemblyPropertyTest.crc(server, from, (int) exchanges.responseBytes(i)));
            }
        }
        assertThat(flow.serverStream().digest())
                .as(name)
                .isEqualTo(secret ? -1 : ReassemblyPropertyTest.crc(server, 0, server.length));
        return digests;
    }

    @Test
    void secretsAreCounted() {
        final Conversation conversation = new Conversation(options()).handshake();
        final String request = REQUESTS[0];
        final String answer = ANSWERS[0];
        conversation.client(0, 0, request).server(0, request.length(), answer);
        conversation.client(request.length(), answer.length(), "");
        final FlowRecord flow = conversation.only();
        assertThat(conversation.assembler.counters().get(FlowCounter.REDACTED_VALUES))
                .isEqualTo(3);
        assertThat(conversation.assembler.counters().get(FlowCounter.REDACTED_BYTES))
                .isEqualTo("canary1".length() + "canary2=canary3canary4".length() + "canary10".length());
        assertThat(flow.exchanges().head(0)).asString().contains("Set-Cookie: xxxxxxxx\r\n");
        assertThat(flow.replayable()).isTrue();
    }

    /** What was lost may have been the name of what comes next. */
    @Test
    void behindAHole_theRestOfTheLineIsReplaced() {
        final Conversation conversation = new Conversation(options()).handshake();
        conversation.client(0, 0, "GET / HTTP/1.1\r\nCoo").client(30, 0, "canary\r\nA: b\r\n\r\n");
        conversation.only();
        assertThat(conversation.clientBytes.get(0)).isEqualTo("GET / HTTP/1.1\r\nCooxxxxxx\r\nA: b\r\n\r\n");
    }

    @Test
    void captureThatBeginsWithinALine_hasItReplaced() {
        final Conversation conversation = new Conversation(options());
        conversation.client(0, 0, "canary\r\nA: b\r\n\r\n").server(0, 16, "canary\r\nC: d\r\n");
        conversation.client(16, 14, "GET / HTTP/1.1\r\n");
        final FlowRecord flow = conversation.only();
        assertThat(conversation.clientBytes.get(0)).isEqualTo("xxxxxx\r\nA: b\r\n\r\nGET / HTTP/1.1\r\n");
        assertThat(flow.exchanges().head(0)).asString().isEqualTo("xxxxxx\r\nC: d\r\n");
    }

    @Test
    void captureThatBeginsWithARequest_keepsItsLine() {
        final Conversation conversation = new Conversation(options());
        conversation.client(0, 0, "GET /a HTTP/1.1\r\nCookie: canary\r\n\r\n");
        final FlowRecord flow = conversation.only();
        assertThat(conversation.clientBytes.get(0)).isEqualTo("GET /a HTTP/1.1\r\nCookie: xxxxxx\r\n\r\n");
        assertThat(flow.app()).isEqualTo(FlowRecord.App.HTTP);
        assertThat(flow.requests()).isOne();
    }

    /** More than is looked at in memory: it is redacted on its way to where it is mapped from. */
    @Test
    void longStream_isReplacedPieceByPiece() {
        final Conversation conversation = new Conversation(options()).handshake();
        final String piece = "a=b&token=canary&card=4111 1111 1111 1111&" + "c".repeat(1000);
        final int pieces = ByteLog.LONGEST_COPY / piece.length() + 1;
        for (int i = 0; i < pieces; i++) {
            conversation.client(i * piece.length(), 0, piece);
        }
        conversation.only();
        final String expected = piece.replace("canary", "xxxxxx").replaceAll("\\d", "1");
        final String kept = conversation.clientBytes.get(0);
        assertThat(kept).hasSize(pieces * piece.length());
        for (int i = 0; i < pieces; i++) {
            assertThat(kept.regionMatches(i * piece.length(), expected, 0, piece.length()))
                    .as("piece " + i)
                    .isTrue();
        }
    }

    @Test
    void fileWhereFlowsWait_cannotBeRead() throws IOException {
        assertThat(waiting(options())).doesNotContain("canary");
        assertThat(waiting(options().withoutPayload())).doesNotContain("canary");
        // The check of the check: they are there.
        assertThat(waiting(AssemblerOptions.DEFAULT.spillingTo(new Spill(folder, 0, Long.MAX_VALUE))))
                .contains("canary2=", "Set-Cookie: canary10", "canary12");
    }

    /** What the file holds while a flow waits, of which bytes came in order and others did not. */
    private String waiting(final AssemblerOptions options) throws IOException {
        final Conversation conversation = new Conversation(options).handshake();
        conversation.client(0, 0, REQUESTS[0].repeat(100)).server(0, REQUESTS[0].length() * 100, ANSWERS[0]);
        conversation.client(REQUESTS[0].length() * 100 + 10, ANSWERS[0].length(), "canary12");
        final StringBuilder contents = new StringBuilder();
        int files = 0;
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            for (final Path descriptor : open.toList()) {
                if (Files.isSymbolicLink(descriptor)
                        && Files.readSymbolicLink(descriptor).startsWith(folder)) {
                    files++;
                    contents.append(text(Files.readAllBytes(descriptor)));
                }
            }
        }
        assertThat(files).isOne();
        assertThat(contents).hasSizeGreaterThan(1000);
        conversation.assembler.close();
        return contents.toString();
    }

    @Test
    void withoutPayload_onlyLengthsAndTimesAreKept() {
        final Conversation conversation = new Conversation(new AssemblerOptions(false, HEAD_BYTES));
        final Conversation bare = unchecked(new AssemblerOptions(true, HEAD_BYTES).withoutPayload());
        for (final Conversation each : List.of(conversation, bare)) {
            each.handshake().client(0, 0, REQUESTS[0]).server(0, REQUESTS[0].length(), ANSWERS[0]);
            each.client(REQUESTS[0].length(), ANSWERS[0].length(), "");
        }
        final FlowRecord whole = conversation.only();
        final FlowRecord flow = bare.only();
        assertThat(bare.clientBytes).containsExactly("");
        assertThat(flow.skipReason()).isEqualTo(FlowRecord.SkipReason.HEADERS_ONLY);
        assertThat(flow.app()).isEqualTo(FlowRecord.App.HTTP);
        assertThat(flow.exchanges().head(0)).isEmpty();
        assertThat(flow.exchanges().digest(0)).isEqualTo(-1);
        assertThat(flow.clientStream().digest()).isEqualTo(-1);
        assertThat(flow.serverStream().digest()).isEqualTo(-1);
        assertThat(flow.clientStream().sha256()).isNull();
        assertThat(flow.clientStream().bytes()).isEqualTo(whole.clientStream().bytes());
        assertThat(flow.serverStream().bytes()).isEqualTo(whole.serverStream().bytes());
        assertThat(flow.exchanges().responseBytes(0))
                .isEqualTo(whole.exchanges().responseBytes(0));
        assertThat(flow.exchanges().lastResponseNs(0))
                .isEqualTo(whole.exchanges().lastResponseNs(0));
        assertThat(flow.events().length(0)).isEqualTo(whole.events().length(0));
    }

    /** The rows of such a flow have lengths, and there are no bytes. */
    private static Conversation unchecked(final AssemblerOptions options) {
        return new Conversation(options, (flow, bytes) -> {});
    }

    private static String text(final byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
