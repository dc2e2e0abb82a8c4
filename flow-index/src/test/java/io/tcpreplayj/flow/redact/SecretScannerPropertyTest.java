package io.tcpreplayj.flow.redact;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Wherever a stream is cut, and whoever goes on there: the same bytes of it are secret as when it comes whole. */
final class SecretScannerPropertyTest {
    private static final int ROUNDS = 20_000;

    /** Pieces of what secrets look like, whole and halved; what is made of them is a stream that nobody thought of. */
    private static final String[] WORDS = {
        "\r\n",
        "\n",
        "\r",
        " ",
        "\t",
        "&",
        "=",
        ":",
        "\"",
        "\\",
        "\\\"",
        "'",
        "%",
        "%20",
        "%3D",
        "%3d",
        "[",
        "]",
        "{",
        "}",
        ",",
        ";",
        "-",
        "--",
        "+",
        ".",
        "0",
        "1",
        "4111",
        "1111",
        "111111111111",
        "4222222222222",
        "5",
        "a",
        "F",
        "1f",
        "\u00e4",
        "Cookie",
        "cookie: ",
        "\r\nAuthorization: ",
        "\r\nSet-Cookie",
        "Content-Length: 5",
        "GET /?",
        " HTTP/1.1",
        "token",
        "pass",
        "word",
        "password",
        "password=",
        "\"password\":\"",
        "\"token\":[",
        "\"pwd\":12",
        "name=\"secret\"\r\n\r\n",
        "X-Api",
        "-Key",
        "api_key=",
        "null",
        "true",
        "e",
        "\r\n5\r\n",
        "\r\n0\r\n\r\n",
        "s",
        "S",
        "_",
        "canary",
        "\u0000"
    };

    private static String stream(final Random random) {
        final StringBuilder text = new StringBuilder();
        for (int words = 1 + random.nextInt(60); words > 0; words--) {
            text.append(WORDS[random.nextInt(WORDS.length)]);
        }
        return text.toString();
    }

    private static List<Integer> cuts(final Random random, final int length) {
        final List<Integer> cuts = new ArrayList<>();
        final int longest = 1 + random.nextInt(40);
        for (int at = random.nextInt(longest + 1); at <= length; at += random.nextInt(longest + 1)) {
            cuts.add(at);
            if (longest == 1 && at == length) {
                break;
            }
        }
        return cuts;
    }

    @Test
    void streamThatIsCut_hasTheSameSecrets() {
        long found = 0;
        for (long seed = 1; seed <= ROUNDS; seed++) {
            final Random random = new Random(seed);
            final String text = stream(random);
            final Redacting whole = new Redacting(SecretRules.builtIn());
            final Redacting cut = new Redacting(SecretRules.builtIn());
            final String expected = whole.pieces(text, List.of());
            final String name = "seed " + seed + ": " + text;
            assertThat(expected).as(name).hasSameSizeAs(text);
            final boolean thawed = random.nextBoolean();
            assertThat(cut.pieces(text, cuts(random, text.length()), thawed))
                    .as(name)
                    .isEqualTo(expected);
            assertThat(cut.found()).as(name).isEqualTo(whole.found());
            assertThat(cut.replaced()).as(name).isEqualTo(whole.replaced());
            assertThat(cut.earliest()).as(name).isGreaterThanOrEqualTo(-SecretScanner.REACH);
            found += whole.found();
        }
        // Streams in which there is nothing to find would prove nothing.
        assertThat(found).isGreaterThan(ROUNDS);
    }

    @Test
    void streamThatIsCutAnywhere_hasTheSameSecrets() {
        final String text = "POST /?token=abc HTTP/1.1\r\nCookie: a=b\r\n c\r\nX-Api-Key: k\r\n\r\n"
                + "password=p%20q\r\n5\r\nrst&card=4111%201111+1111-1111&{\"a\\\"pwd\\\":\\\"x\\\\ny\\\"\",\"pin\":1,"
                + "\"secret\":[\"z\",12]}\r\nname=\"token\"\r\n\r\n-q\r\n--b";
        final String expected = Redacting.text(text);
        for (int first = 0; first <= text.length(); first++) {
            for (int second = first; second <= text.length(); second++) {
                assertThat(new Redacting(SecretRules.builtIn()).pieces(text, List.of(first, second), true))
                        .isEqualTo(expected);
            }
        }
    }
}
