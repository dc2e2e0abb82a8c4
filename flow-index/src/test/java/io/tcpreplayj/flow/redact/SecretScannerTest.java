package io.tcpreplayj.flow.redact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is secret, and what is not. In the tables ~ stands for CR LF. */
final class SecretScannerTest {
    private static String redacted(final String text) {
        return Redacting.text(text.replace("~", "\r\n")).replace("\r\n", "~");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "GET / HTTP/1.1~Authorization: Basic dTpw~Host: a~~|GET / HTTP/1.1~Authorization: xxxxx xxxx~Host: a~~",
                "G~AUTHORIZATION:abc~B: c|G~AUTHORIZATION:xxx~B: c",
                "G~Proxy-Authorization: a~~|G~Proxy-Authorization: x~~",
                "G~Cookie: a=b; c=d~Host: a~~|G~Cookie: xxxx xxx~Host: a~~",
                "G~Cookie : a~~|G~Cookie : x~~",
                "G~Cookie: a~ b~\tc~Host: a~~|G~Cookie: x~ x~\tx~Host: a~~",
                "H~Set-Cookie: id=1; Path=/~Set-Cookie: b~~|H~Set-Cookie: xxxxx xxxxxx~Set-Cookie: x~~",
                "G~X-Api-Key: a~X-Auth-Token: b c~~|G~X-Api-Key: x~X-Auth-Token: x x~~",
                "Cookie: a~~|Cookie: x~~",
                "G~Cookie:~Host: a~~|G~Cookie:~Host: a~~",
                "G~X-Cookie: a~Cookies: b~~|G~X-Cookie: a~Cookies: b~~",
                "G /Cookie: a HTTP/1.1~~|G /Cookie: a HTTP/1.1~~",
                "G~Cookie: a~~G~Cookie: b~~|G~Cookie: x~~G~Cookie: x~~",
            })
    void headers(final String text, final String expected) {
        assertThat(redacted(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "GET /?user=a&password=b%21c&x=1 HTTP/1.1~|GET /?user=a&password=xxxxx&x=1 HTTP/1.1~",
                "GET /?token=a HTTP/1.1~|GET /?token=x HTTP/1.1~",
                "GET /?password= HTTP/1.1~|GET /?password= HTTP/1.1~",
                "user[password]=a&user%5Bpassword%5D=b|user[password]=x&user%5Bpassword%5D=x",
                "PASSWORD=a&newPassword=b&passwordConfirm=c&password2=d|PASSWORD=x&newPassword=x&passwordConfirm=x&password2=x",
                "access_token=a&client_secret=b&PHPSESSID=c|access_token=x&client_secret=x&PHPSESSID=x",
                "max_tokens=100&passenger=bob&compassion=1|max_tokens=100&passenger=bob&compassion=1",
                "next=%2F%3Ftoken%3Dabc%26x&a=b|next=%2F%3Ftoken%3Dxxxxxxx&a=b",
                "password='a b'&x=1|password='x x'&x=1",
                "a password is a=b|a password is a=b",
                "passwordtoken=a|passwordtoken=x",
                "pwd=a~GET / HTTP/1.1~Cookie: b~~|pwd=x~GET / HTTP/1.1~Cookie: x~~",
            })
    void fieldsOfFormsAndQueries(final String text, final String expected) {
        assertThat(redacted(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = false,
            quoteCharacter = '`',
            value = {
                "{\"password\":\"abc\",\"a\":\"b\"}|{\"password\":\"xxx\",\"a\":\"b\"}",
                "{\"password\" :~ \"a\\\"b\\\\\", \"a\":1}|{\"password\" :~ \"xxxxxx\", \"a\":1}",
                "{\"pass\":-12.5e3,\"a\":12}|{\"pass\":-11.1e1,\"a\":12}",
                "{\"token\":null,\"secret\":true}|{\"token\":null,\"secret\":true}",
                "{\"token\":[\"a\",{\"b\":12}],\"c\":\"d\"}|{\"token\":[\"x\",{\"x\":11}],\"c\":\"d\"}",
                "{\"type\":\"password\",\"a\":\"b\"}|{\"type\":\"password\",\"a\":\"b\"}",
                "{\"b\":\"{\\\"token\\\":\\\"a\\\\\\\"b\\\\n\\\",\\\"c\\\":1}\",\"d\":2}"
                        + "|{\"b\":\"{\\\"token\\\":\\\"x\\\\\\\"x\\\\n\\\",\\\"c\\\":1}\",\"d\":2}",
                "{\"q\":\"login(password: \\\"abc\\\", user: \\\"u\\\")\"}|{\"q\":\"login(password: \\\"xxx\\\", user: \\\"u\\\")\"}",
                "{\"url\":\"/?token=abc\",\"a\":1}|{\"url\":\"/?token=xxx\",\"a\":1}",
                "{\"max_tokens\":100}|{\"max_tokens\":100}",
            })
    void fieldsOfJson(final String text, final String expected) {
        assertThat(redacted(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = false,
            quoteCharacter = '`',
            value = {
                "--b~Content-Disposition: form-data; name=\"password\"~~a-b~--b~X|--b~Content-Disposition: form-data;"
                        + " name=\"password\"~~xxx~--b~X",
                "name=\"password\"~Content-Type: text/plain~~a~-b~--~--b|name=\"password\"~Content-Type: text/plain~~x~xx~--~--b",
                "name=\"password\"~~~--b~name=\"c\"~~d|name=\"password\"~~~--b~name=\"c\"~~d",
            })
    void partsOfMultipartBodies(final String text, final String expected) {
        assertThat(redacted(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = false,
            quoteCharacter = '`',
            value = {
                "pwd=ab~3~cde~0~~GET / HTTP/1.1~Cookie: a~~|pwd=xx~3~xxx~0~~GET / HTTP/1.1~Cookie: x~~",
                "{\"pwd\":\"ab~1f~cde\"}~0~~|{\"pwd\":\"xx~1f~xxx\"}~0~~",
                "{\"token\":[1~A~2,3]}|{\"token\":[1~A~1,1]}",
                "pwd=a~Cookie: b~~|pwd=x~Cookie: x~~",
                "{\"pwd\":\"a~bad,c\"}|{\"pwd\":\"x~xxxxx\"}",
            })
    void valuesGoOnBehindTheEdgeOfAChunk(final String text, final String expected) {
        assertThat(redacted(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "4111111111111111",
                "4111 1111 1111 1111",
                "4111-1111-1111-1111",
                "4111+1111+1111+1111",
                "4111%201111%201111%201111",
                "378282246310005",
                "3782 822463 10005",
                "4222222222222",
                "6304000000000000000",
                "a4111111111111111b",
                "%224111111111111111%22",
                "12 4111 1111 1111 1111",
            })
    void numbersOfCards(final String number) {
        final String text = "card=" + number + "&a";
        assertThat(redacted(text)).isEqualTo("card=" + ones(number) + "&a");
        assertThat(redacted(number)).isEqualTo(ones(number));
    }

    /** Of the number's digits; not of the escapes, nor of a group before it. */
    private static String ones(final String number) {
        final String kept = number.startsWith("12 ") ? "12 " : "";
        return kept
                + number.substring(kept.length())
                        .replaceAll("(%2[02])|\\d", "$1#")
                        .replaceAll("(%2[02])#", "$1")
                        .replace('#', '1');
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "4111111111111112",
                "411111111111",
                "41111111111111111111",
                "4111  1111 1111 1111",
                "4111.1111.1111.1111",
                "0000000000000000",
                "2026-11-27 03:17:26",
                "550e8400-e29b-41d4-a716-446655440000",
            })
    void numbersOfOtherThings(final String number) {
        assertThat(redacted(number)).isEqualTo(number);
    }

    @Test
    void rulesOfTheUser_comeBesideTheBuiltInOnes() {
        final SecretRules rules = SecretRules.builtIn().and(List.of("header:X-Tenant", "field:PIN"));
        assertThat(new Redacting(rules)
                        .pieces("G\nx-tenant: a\nX-Tenant-Id: b\nCookie: c\n\npin=1&shipping=2&token=3", List.of()))
                .isEqualTo("G\nx-tenant: x\nX-Tenant-Id: b\nCookie: x\n\npin=x&shipping=2&token=x");
        for (final String wrong : List.of("X-Tenant", "header:", "field:a b", "field:\u00e4\u00e4", "card:1")) {
            assertThatThrownBy(() -> SecretRules.builtIn().and(List.of(wrong)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("\"" + wrong + "\"");
        }
    }

    @Test
    void secretsAreCounted() {
        final Redacting redacting = new Redacting(SecretRules.builtIn());
        redacting.pieces("G\nCookie: a\n b\nAuthorization: c d\n\n{\"pwd\":[\"e\",\"f\"]} 4222222222222", List.of());
        assertThat(redacting.found()).isEqualTo(4);
        assertThat(redacting.replaced()).isEqualTo(2 + 2 + 2 + 13);
    }

    /** Behind a hole nobody knows whose rest this is. */
    @Test
    void behindAHole_theRestOfTheLineIsSecret() {
        final byte[] bytes = "G\nA: b\nc d\nE: f\n".getBytes(StandardCharsets.US_ASCII);
        final SecretScanner scanner = new SecretScanner(SecretRules.builtIn());
        final SecretSink sink = (from, to, substitute) -> substitute.replace(bytes, (int) from, (int) to);
        scanner.scan(bytes, 0, 5, 0, sink);
        scanner.onHole(sink);
        scanner.scan(bytes, 5, bytes.length - 5, 5, sink);
        assertThat(new String(bytes, StandardCharsets.US_ASCII)).isEqualTo("G\nA: x\nc d\nE: f\n");
    }
}
