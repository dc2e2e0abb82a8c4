package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.testdata.Commands;
import io.tcpreplayj.testdata.Exec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A canary stands in every place where a rule says that a secret is, in streams that are cut at each place. It gets nowhere:
 * not into the database, not out of it, not into a log.
 */
final class IndexRedactTest {
    /** Five bytes of it in a row hold one of {@link #TRACES}. */
    private static final String CANARY = "QZQZQZQZQZQZ";

    private static final List<String> TRACES = List.of("QZQZ", "ZQZQ", "7777 7");

    /** Sound, and its digits stand nowhere else. */
    private static final String CARD = "4777 7777 7777 7778";

    private static final String REQUEST = "POST /?token=" + CANARY + "&a=b HTTP/1.1\r\nHost: a\r\nCookie: s=" + CANARY
            + "\r\n " + CANARY + "\r\nAuthorization: Basic " + CANARY + "\r\nX-Api-Key: " + CANARY
            + "\r\nX-Tenant: " + CANARY + "\r\nContent-Length: 85\r\n\r\n{\"password\":\"" + CANARY
            + "\\\"\",\"pin\":\"" + CANARY + "\",\"card\":\"" + CARD + "\",\"n\":1}"
            + "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n13\r\nsecret=" + CANARY + "\r\nc\r\n" + CANARY
            + "\r\n0\r\n\r\n";
    private static final String ANSWER = "HTTP/1.1 200 OK\r\nSet-Cookie: s=" + CANARY
            + "; Path=/\r\nContent-Length: 67\r\n\r\n{\"id_token\":[\"" + CANARY + "\"],\"pin\":\"" + CANARY
            + "\",\"a\":\"b\",\"c\":1234}";

    @TempDir
    private Path folder;

    private Path capture = Path.of("");
    private Path out = Path.of("");

    @BeforeEach
    void write() throws IOException {
        final TinyCapture tiny = new TinyCapture();
        final byte[] request = REQUEST.getBytes(StandardCharsets.US_ASCII);
        final byte[] answer = ANSWER.getBytes(StandardCharsets.US_ASCII);
        for (int cut = 0; cut < request.length; cut++) {
            tiny.exchange(1000 + cut, request, answer, cut);
        }
        capture = tiny.write(folder.resolve("canary.pcap"));
        out = Files.createDirectory(folder.resolve("out"));
    }

    private static final String[] REDACT = {"--redact", "--redact-rule", "header:X-Tenant", "--redact-rule", "field:pin"
    };

    private Path indexed(final String name, final String... options) {
        final Path db = out.resolve(name);
        final Run run = new Run()
                .main(Stream.concat(Stream.of("index", "-v", "--db", db, capture), Stream.of(options))
                        .toArray());
        assertThat(run.exit()).as(run.err()).isZero();
        return db;
    }

    /** All that the other verbs tell of flow {@code id}, with what base64 hides in it. */
    private static String told(final Path db, final int id) throws IOException {
        final StringBuilder told = new StringBuilder();
        for (final List<Object> words : List.<List<Object>>of(
                List.of("flows", db, "--json"),
                List.of("show", db, id),
                List.of("show", db, id, "--decode"),
                List.of("verify", db))) {
            final Run run = new Run().main(words.toArray());
            assertThat(run.exit()).as(run.err()).isZero();
            told.append(run.out()).append(run.err());
        }
        final Map<String, Object> json =
                JSON.std.mapFrom(new Run().main("show", db, id, "--json").out());
        told.append(json).append(decoded(json.get("clientBytesBase64")));
        for (final Object exchange : (List<?>) json.get("exchangeList")) {
            told.append(decoded(((Map<?, ?>) exchange).get("headBase64")));
        }
        return told.toString();
    }

    private static String decoded(final Object base64) {
        return new String(Base64.getDecoder().decode(String.valueOf(base64)), StandardCharsets.ISO_8859_1);
    }

    private static String bytes(final Path file) throws IOException {
        return Files.readString(file, StandardCharsets.ISO_8859_1);
    }

    private static boolean hasCanary(final String text) {
        return TRACES.stream().anyMatch(text::contains);
    }

    private Run exported(final Path db, final Path to) {
        final Run run = new Run().main("export", db, "-w", to);
        assertThat(run.exit()).as(run.err()).isZero();
        return run;
    }

    @Test
    void canary_isNowhere() throws IOException {
        final Path db = indexed("redacted.tfdb", REDACT);
        assertThat(hasCanary(bytes(db))).isFalse();
        for (final int id : new int[] {1, 8, REQUEST.length()}) {
            assertThat(hasCanary(told(db, id))).as("flow " + id).isFalse();
        }
        final Path packets = out.resolve("redacted.pcap");
        final Run export = exported(db, packets);
        assertThat(export.err())
                .contains("was indexed with --redact")
                .contains("0 original + " + REQUEST.length() + " rebuilt");
        assertThat(hasCanary(bytes(packets))).isFalse();
        assertThat(hasCanary(export.out() + export.err())).isFalse();
        assertThat(new Run()
                        .main("flows", db, "--count", "--where", "replayable && app == http")
                        .out())
                .isEqualTo(REQUEST.length() + "\n");
    }

    /** The check of the check. */
    @Test
    void canary_isEverywhereWithoutTheFlag() throws IOException {
        final Path db = indexed("whole.tfdb");
        assertThat(bytes(db)).contains(TRACES).contains("X-Tenant: " + CANARY);
        assertThat(told(db, 8)).contains(TRACES);
        final Path packets = out.resolve("whole.pcap");
        exported(db, packets);
        assertThat(bytes(packets)).contains(TRACES);
    }

    /** How the streams were cut does not show: all flows have the same bytes, and what is not secret is there. */
    @Test
    void replacedBytes_areTheSameInEveryFlow() throws IOException {
        final Path db = indexed("redacted.tfdb", REDACT);
        final String digests =
                new Run().main("flows", db, "--fields", "clientDigest").out();
        assertThat(digests.lines().skip(2).distinct()).hasSize(1);
        final String told = told(db, 1);
        assertThat(told)
                .contains("POST /?token=xxxxxxxxxxxx&a=b HTTP/1.1")
                .contains("Cookie: xxxxxxxxxxxxxx\r\n xxxxxxxxxxxx\r\nAuthorization: xxxxx xxxxxxxxxxxx\r\n")
                .contains(
                        "{\"password\":\"xxxxxxxxxxxxxx\",\"pin\":\"xxxxxxxxxxxx\",\"card\":\"1111 1111 1111 1111\",\"n\":1}")
                .contains("13\r\nsecret=xxxxxxxxxxxx\r\nc\r\nxxxxxxxxxxxx\r\n0\r\n\r\n")
                .contains("Set-Cookie: xxxxxxxxxxxxxxx xxxxxx\r\n")
                .contains("{\"id_token\":[\"xxxxxxxxxxxx\"],\"pin\":\"xxxxxxxxxxxx\",\"a\":\"b\",\"c\":1234}")
                .contains("payload     redacted: secrets are replaced")
                .contains("payloadKept=redacted");
    }

    @Test
    void replacedSecrets_areCounted() throws IOException {
        final int flows = REQUEST.length();
        final Run text = new Run().main("index", "-q", "--db", out.resolve("a.tfdb"), capture, "--redact");
        final Run run = new Run().main("index", "--json", "--db", out.resolve("b.tfdb"), capture, "--redact");
        final Map<String, Object> json = JSON.std.mapFrom(run.out());
        // Of a request: query, cookie, two headers, password, card, secret. Of an answer: cookie and token.
        final int values = flows * (7 + 2);
        assertThat(json).containsEntry("payloadKept", "redacted");
        assertThat(((Map<?, ?>) json.get("redacted")).get("values")).isEqualTo(values);
        assertThat(text.out()).contains("redacted " + values + " values, ");
        final Run whole = new Run().main("index", "--json", "--db", out.resolve("c.tfdb"), capture);
        assertThat(JSON.std.mapFrom(whole.out()))
                .containsEntry("payloadKept", "all")
                .doesNotContainKey("redacted");
    }

    @Test
    void headersOnly_keepsNoPayload() throws IOException {
        final Path db = indexed("bare.tfdb", "--headers-only");
        assertThat(bytes(db)).doesNotContain("HTTP/1.1", "Host: a").doesNotContain(TRACES);
        assertThat(told(db, 8))
                .doesNotContain("HTTP/1.1")
                .doesNotContain(TRACES)
                .contains("no: headers-only", "none is kept", "no payload is kept (index --headers-only)")
                .contains("payloadKept=none");
        assertThat(new Run()
                        .main(
                                "flows",
                                db,
                                "--count",
                                "--where",
                                "reason == headers-only && clientBytes == " + REQUEST.length())
                        .out())
                .isEqualTo(REQUEST.length() + "\n");
        final Path packets = out.resolve("bare.pcap");
        assertThat(exported(db, packets).err()).contains("was indexed with --headers-only");
        assertThat(bytes(packets)).doesNotContain("HTTP/1.1").doesNotContain(TRACES);
        // The lengths are those of the wire.
        final Path again = out.resolve("again.tfdb");
        assertThat(new Run().main("index", "-q", "--db", again, packets).exit()).isZero();
        assertThat(new Run()
                        .main("flows", again, "--count", "--where", "truncated && clientBytes == " + REQUEST.length())
                        .out())
                .isEqualTo(REQUEST.length() + "\n");
        final Run repaired = new Run().main("verify", "--repair", db);
        assertThat(repaired.exit()).as(repaired.err()).isZero();
    }

    @Test
    void headersOnly_survivesARepair() throws IOException {
        final Path db = indexed("bare.tfdb", "--headers-only");
        final byte[] damaged = Files.readAllBytes(db);
        // Within the directory, which lies before the commit: it is made again from the records.
        damaged[damaged.length - 76 - 100] ^= 1;
        Files.write(db, damaged);
        final Run run = new Run().main("verify", "--repair", db);
        assertThat(run.exit()).as(run.out() + run.err()).isIn(0, 8);
        assertThat(new Run()
                        .main("flows", db, "--count", "--where", "reason == headers-only")
                        .out())
                .isEqualTo(REQUEST.length() + "\n");
        assertThat(new Run().main("verify", db).exit()).isZero();
        assertThat(told(db, 1)).contains("payloadKept=none");
    }

    @Test
    void everyFile_isForItsOwner() throws IOException {
        Commands.installLauncher(folder);
        final String program = folder + "/tcpreplay-j";
        Exec.run(
                        "sh",
                        "-c",
                        "umask 000; " + program + " index --redact --db " + out + "/a.tfdb " + capture + " && "
                                + program
                                + " export " + out + "/a.tfdb -w " + out + "/a.pcap && " + program
                                + " index --headers-only --db " + out + "/b.tfdb " + capture)
                .orThrow();
        try (Stream<Path> files = Files.list(out)) {
            assertThat(files.toList())
                    .hasSize(3)
                    .allSatisfy(file -> assertThat(PosixFilePermissions.toString(
                                    Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS)))
                            .isEqualTo("rw-------"));
        }
    }

    /** To index it again, redacted, does not take the secrets out of a database. */
    @Test
    void captureThatIsThereOtherwise_isRefused() {
        final Path db = indexed("whole.tfdb");
        final Run run = new Run().main("index", "--redact", "--db", db, capture);
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err())
                .contains("already indexed as " + capture + ", with payload kept: all, not redacted")
                .contains("hint: index it into another database: --db FILE");
        final Path redacted = indexed("redacted.tfdb", REDACT);
        assertThat(new Run()
                        .main("index", "--redact", "--db", redacted, capture)
                        .out())
                .contains("already indexed, nothing added");
    }

    @Test
    void databaseOfAnOlderVersion_isRefused() throws IOException {
        final Path golden = ProjectTree.root().resolve("testdata/flowdb/v2.tfdb");
        final Path db = Files.copy(golden, out.resolve("v2.tfdb"));
        Files.setPosixFilePermissions(db, PosixFilePermissions.fromString("rw-------"));
        final Run run = new Run().main("index", "--redact", "--db", db, capture);
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains("is of an older version");
        assertThat(Files.readAllBytes(db)).isEqualTo(Files.readAllBytes(golden));
    }

    @Test
    void wrongWords_areNamed() {
        final Path db = out.resolve("no.tfdb");
        for (final List<String> wrong : List.of(
                List.of("--redact-rule", "pin"),
                List.of("--redact-rule", "header:"),
                List.of("--headers-only", "--redact"),
                List.of("--headers-only", "--head", "1"),
                List.of("--headers-only", "--digest", "sha256"))) {
            final Run run = new Run()
                    .main(Stream.concat(Stream.of("index", "--db", db, capture), wrong.stream())
                            .toArray());
            assertThat(run.exit()).as(wrong.toString()).isEqualTo(2);
            assertThat(run.err()).contains(wrong.get(0)).contains("hint: ");
            assertThat(db).doesNotExist();
        }
    }
}
