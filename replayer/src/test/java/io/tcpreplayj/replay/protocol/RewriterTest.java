package io.tcpreplayj.replay.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.replay.UserException;
import io.tcpreplayj.replay.script.FlowScript;
import io.tcpreplayj.replay.script.Scripts;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** R21: what clients said is changed before it is sent, and never so that a request ends elsewhere than it says. */
class RewriterTest {
    private static final String PROD = "prod.example";

    private static Scripts http() {
        return Scripts.flow().app(FlowRecord.App.HTTP);
    }

    private static Rewriter rewriter(final String... rules) {
        return new Rewriter(Stream.of(rules).map(RewriteRule::parse).toList());
    }

    private static FlowScript rewritten(final Scripts flow, final String... rules) {
        return rewriter(rules).apply(flow.build());
    }

    /** What each row sends. */
    private static List<String> rows(final FlowScript script) {
        final byte[] bytes = new byte[script.clientBytes().limit()];
        script.clientBytes().get(0, bytes);
        final ClientEvents events = script.flow().events();
        final List<String> rows = new ArrayList<>();
        int at = 0;
        for (int row = 0; row < events.size(); row++) {
            rows.add(new String(bytes, at, events.length(row), StandardCharsets.ISO_8859_1));
            at += events.length(row);
        }
        assertThat(at).isEqualTo(bytes.length);
        return rows;
    }

    private static void refused(final Scripts flow, final String why, final String... rules) {
        assertThatThrownBy(() -> rewritten(flow, rules))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("--rewrite ")
                .hasMessageContaining("in flow 1 that ")
                .hasMessageContaining(why);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "test.example", "staging.example.internal", ""})
    void header_getsItsValue_inEachRequest_howeverLongItIs(final String value) {
        final FlowScript sent = rewritten(
                http().send("GET /a HTTP/1.1\r\nHost: " + PROD + "\r\nX: 1\r\n\r\nGET /b HTTP/1.1\r\nHOST:" + PROD
                                + " \r\n\r\n")
                        .answer("answers")
                        .send("GET /c HTTP/1.1\r\nX: 1\r\nhost: \t" + PROD + "\r\n\r\n")
                        .answer("answer")
                        .fin(),
                "header:Host=" + value);
        assertThat(rows(sent))
                .containsExactly(
                        "GET /a HTTP/1.1\r\nHost: " + value + "\r\nX: 1\r\n\r\nGET /b HTTP/1.1\r\nHOST:" + value
                                + " \r\n\r\n",
                        "GET /c HTTP/1.1\r\nX: 1\r\nhost: \t" + value + "\r\n\r\n",
                        "");
        assertThat(sent.flow().events().gate(1)).isEqualTo(7);
        assertThat(sent.serverBytes()).isEqualTo(13);
        assertThat(sent.requests()).isEqualTo(3);
        assertThat(sent.flow().clientStream().bytes()).isEqualTo(sent.clientLength());
    }

    @Test
    void header_inABodyOrAnotherHeader_isLeftAlone() {
        final String body = "\r\nHost: prod\r\n\r\n";
        final String head = "POST / HTTP/1.1\r\nX-Host: prod\r\nContent-Length: " + body.length() + "\r\n\r\n";
        final Scripts flow = http().send(head + body + "GET / HTTP/1.1\r\nHost: prod\r\n\r\n");
        assertThat(rows(rewritten(flow, "header:host=test.example")))
                .containsExactly(head + body + "GET / HTTP/1.1\r\nHost: test.example\r\n\r\n");
    }

    /** What is longer is sent where its place ends; what is shorter, from where it begins. */
    @Test
    void value_overTwoSegments_isSentInBoth() {
        final Scripts flow = http().sendMore("GET / HTTP/1.1\r\nHost: prod.").send("example\r\n\r\n");
        assertThat(rows(rewritten(flow, "header:Host=staging.example.test")))
                .containsExactly("GET / HTTP/1.1\r\nHost: stagi", "ng.example.test\r\n\r\n");
        assertThat(rows(rewritten(flow, "header:Host=lab"))).containsExactly("GET / HTTP/1.1\r\nHost: lab", "\r\n\r\n");
        final Scripts atItsEdges =
                http().send("GET / HTTP/1.1\r\nHost: ").send(PROD).send("\r\n\r\n");
        assertThat(rows(rewritten(atItsEdges, "header:Host=lab")))
                .containsExactly("GET / HTTP/1.1\r\nHost: ", "lab", "\r\n\r\n");
    }

    @Test
    void segmentThatWouldHaveNothingToSend_isRefused() {
        refused(
                http().send("GET / HTTP/1.1\r\nHost: ab").send("cd").send("ef\r\n\r\n"),
                "must be as many",
                "header:Host=x");
    }

    @Test
    void continuedValue_isReplacedAsAWhole() {
        final Scripts flow = http().send("GET / HTTP/1.1\r\nX-Mail: a@prod,\r\n\tb@prod\r\nY: 1\r\n\r\n");
        assertThat(rows(rewritten(flow, "header:X-Mail=c@test")))
                .containsExactly("GET / HTTP/1.1\r\nX-Mail: c@test\r\nY: 1\r\n\r\n");
    }

    @Test
    void headThatTheCaptureCutsOff_isRewrittenToo() {
        assertThat(rows(rewritten(http().send("GET / HTTP/1.1\r\nHost: pro"), "header:Host=test.example")))
                .containsExactly("GET / HTTP/1.1\r\nHost: test.example");
    }

    @Test
    void header_whereNobodyKnowsWhatIsAHead_isRefused() {
        refused(
                http().send("GET / HTTP/1.1\r\nHost: prod\r\n\r\n\u0001\u0002\r\nHost: prod\r\n\r\n"),
                "no HTTP/1 request",
                "header:Host=test");
    }

    /** An upgrade to WebSocket, say. */
    @Test
    void header_isLookedForInHttpAlone() {
        assertThat(rows(rewritten(http().send("GET / HTTP/1.1\r\nHost: prod\r\n\r\n\u0081\u0002Hi"), "header:Host=x")))
                .containsExactly("GET / HTTP/1.1\r\nHost: x\r\n\r\n\u0081\u0002Hi");
        assertThat(rows(rewritten(Scripts.flow().send("Host: prod\r\n"), "header:Host=x")))
                .containsExactly("Host: prod\r\n");
    }

    /** Behind a hole that is skipped, what the request before it counts is not what is there. */
    @Test
    void requestsWithHoles_cannotBeTold() {
        final FlowScript whole =
                http().send("GET / HTTP/1.1\r\nHost: prod\r\n").send("\r\n").build();
        final FlowScript holed = withMissing(whole, 0, 7);
        assertThatThrownBy(() -> rewriter("header:Host=test.example").apply(holed))
                .hasMessageContaining("behind a hole");
        assertThatThrownBy(() -> rewriter("text:prod=test.example").apply(holed))
                .hasMessageContaining("must be as many");
        assertThat(rows(rewriter("text:prod=test").apply(holed)).get(0)).endsWith("Host: test\r\n");
    }

    private static FlowScript withMissing(final FlowScript whole, final long... missing) {
        final FlowRecord f = whole.flow();
        final ClientEvents e = f.events();
        final ClientEvents events = new ClientEvents(
                new byte[missing.length],
                new byte[missing.length],
                new int[] {e.length(0), e.length(1)},
                new int[missing.length],
                new long[missing.length],
                new long[missing.length],
                new long[missing.length],
                missing);
        final FlowRecord holed = new FlowRecord(
                f.id(),
                f.captureId(),
                f.client(),
                f.server(),
                f.tunnel(),
                f.startNs(),
                f.endNs(),
                f.clientStream(),
                f.serverStream(),
                f.handshake(),
                f.close(),
                f.midstream(),
                f.app(),
                f.requests(),
                f.skipReason(),
                f.opening(),
                events,
                f.exchanges());
        return new FlowScript(holed, whole.clientBytes());
    }

    @Test
    void text_inABody_isCountedInItsContentLength() {
        final Scripts flow = http().send("POST /mail HTTP/1.1\r\ncontent-length: 9\r\n\r\nto=a@prod")
                .answer("sent")
                .sendMore("POST /mail HTTP/1.1\r\nContent-Length:  11 \r\n\r\nto=a@pr")
                .send("od,b")
                .answer("sent");
        assertThat(rows(rewritten(flow, "text:@prod=@staging.example")))
                .containsExactly(
                        "POST /mail HTTP/1.1\r\ncontent-length: 20\r\n\r\nto=a@staging.example",
                        "POST /mail HTTP/1.1\r\nContent-Length:  22 \r\n\r\nto=a@st",
                        "aging.example,b");
        assertThat(rows(rewritten(flow, "text:to\\x3da@prod=")).get(0))
                .isEqualTo("POST /mail HTTP/1.1\r\ncontent-length: 0\r\n\r\n");
    }

    @Test
    void text_inAHead_mayHaveAnyLength() {
        final Scripts flow = http().send("GET http://prod/a HTTP/1.1\r\nX-Debug: 1\r\nHost: prod\r\n\r\n");
        assertThat(rows(rewritten(flow, "text:prod=test.example", "text:X-Debug: 1\\x0d\\x0a=")))
                .containsExactly("GET http://test.example/a HTTP/1.1\r\nHost: test.example\r\n\r\n");
    }

    @Test
    void text_inChunks_mustKeepItsLength() {
        final Scripts flow =
                http().send("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n6\r\na@prod\r\n0\r\n\r\n");
        assertThat(rows(rewritten(flow, "text:prod=test")).get(0)).endsWith("6\r\na@test\r\n0\r\n\r\n");
        refused(flow, "must be as many", "text:prod=staging");
        refused(flow, "where a request ends", "text:\\x0a6=\\x0a5");
    }

    @Test
    void text_thatSaysWhereARequestEnds_isRefused() {
        final Scripts flow = http().send("POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi");
        refused(flow, "where a request ends", "text:h: 2=h: 3");
        refused(flow, "where a request ends", "text:\\x0d\\x0a\\x0d\\x0a=");
        refused(flow, "must be as many", "text:\\x0ahi=\\x0a");
        final Scripts folded = http().send("POST / HTTP/1.1\r\nContent-Length: 2\r\n 3\r\n\r\nhi");
        refused(folded, "where a request ends", "text:hi=hello");
    }

    @Test
    void text_ofOtherProtocols_mustKeepItsLength() {
        final Scripts flow = Scripts.flow().send("select 'a@pr").answer("x").send("od'");
        assertThat(rows(rewritten(flow, "text:@prod=@test"))).containsExactly("select 'a@te", "st'");
        refused(flow, "must be as many", "text:@prod=@staging");
    }

    @Test
    void urgentPointer_staysAtItsByte() {
        final FlowScript sent =
                rewritten(http().sendUrgent("GET / HTTP/1.1\r\nHost: prod\r\n\r\n"), "header:Host=test.example");
        assertThat(sent.flow().events().urgent(0)).isEqualTo((int) sent.clientLength());
    }

    @Test
    void rules_areAppliedInTheirOrder_andCounted() {
        final Rewriter rewriter = rewriter("header:Host=stage-1", "text:stage-1=stage-22", "header:Hots=typo");
        final FlowScript untouched = Scripts.flow().send("hello").build();
        assertThat(rewriter.apply(untouched)).isSameAs(untouched);
        final Scripts flow = http().send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").send("GET / HTTP/1.1\r\nHost: b\r\n\r\n");
        assertThat(rows(rewriter.apply(flow.build()))).allMatch(row -> row.contains("Host: stage-22\r\n"));
        assertThat(rewriter.places()).isEqualTo(4);
        assertThat(rewriter.flows()).isEqualTo(1);
        assertThat(rewriter.unmatched()).containsExactly("header:Hots");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host=x",
                "header:Host",
                "header:=x",
                "header:a b=x",
                "header:content-length=3",
                "header:Transfer-Encoding=",
                "header:A=b\\x0d\\x0ac",
                "text:=x",
                "text:x",
                ""
            })
    void whatIsNoRule_isRefused(final String rule) {
        assertThatThrownBy(() -> RewriteRule.parse(rule))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("Index");
    }
}
