package io.tcpreplayj.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.flow.FlowAssembler.AssemblerOptions;
import io.tcpreplayj.flow.FlowRecord.App;
import io.tcpreplayj.flow.FlowRecord.Protocol;
import io.tcpreplayj.flow.FlowRecord.SkipReason;
import io.tcpreplayj.flow.redact.SecretRules;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.PacketViews;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class UdpAssemblerTest {
    private static final long START_NS = 1_700_000_000_000_000_000L;
    private static final Endpoint CLIENT = new Endpoint(IpAddress.parse("10.0.0.1"), 40_000);
    private static final Endpoint SERVER = new Endpoint(IpAddress.parse("10.0.0.2"), 7_000);
    private static final String QUERY = "\0\1\1\0\0\1\0\0\0\0\0\0\1a\0\0\1\0\1";
    private static final String ANSWER = "\0\1\u0081\u0080\0\1\0\0\0\0\0\0\1a\0\0\1\0\1";

    private final List<FlowRecord> flows = new ArrayList<>();
    private final List<String> sent = new ArrayList<>();
    private FlowCounters counters = new FlowCounters();
    private UdpAssembler assembler = assembler(AssemblerOptions.DEFAULT, 1 << 20, 1 << 20);
    private long ids;

    private UdpAssembler assembler(final AssemblerOptions options, final long allBytes, final int flowBytes) {
        counters = new FlowCounters();
        return new UdpAssembler(
                options,
                (flow, bytes) -> {
                    flows.add(flow);
                    sent.add(StandardCharsets.ISO_8859_1
                            .decode(bytes.duplicate())
                            .toString());
                },
                () -> ++ids,
                counters,
                new UdpAssembler.Limits(allBytes, flowBytes));
    }

    private static PacketViews from(final Endpoint source, final Endpoint destination, final String payload) {
        return PacketViews.from(source, destination).payload(payload);
    }

    private void at(final long ms, final PacketViews datagram) {
        assembler.onDatagram(datagram.view(), START_NS + ms * 1_000_000, 0);
    }

    private void client(final long ms, final String payload) {
        at(ms, from(CLIENT, SERVER, payload));
    }

    private void server(final long ms, final String payload) {
        at(ms, from(SERVER, CLIENT, payload));
    }

    private FlowRecord only() {
        assembler.finish();
        assertThat(flows).hasSize(1);
        return flows.get(0);
    }

    private static ServerDatagrams received(final FlowRecord flow) {
        return Objects.requireNonNull(flow.datagrams());
    }

    private static long crc(final String text) {
        final CRC32C crc = new CRC32C();
        crc.update(text.getBytes(StandardCharsets.ISO_8859_1));
        return crc.getValue();
    }

    @Test
    void datagramsKeepTheirBounds_andGatesCountThem() {
        client(0, "one");
        client(5, "");
        server(10, "uno");
        server(12, "dos");
        client(30, "three");
        server(40, "tres");

        final FlowRecord flow = only();
        assertThat(flow.protocol()).isEqualTo(Protocol.UDP);
        assertThat(flow.client()).isEqualTo(CLIENT);
        assertThat(sent).containsExactly("onethree");
        final ClientEvents events = flow.events();
        assertThat(events.size()).isEqualTo(3);
        assertThat(new int[] {events.length(0), events.length(1), events.length(2)})
                .containsExactly(3, 0, 5);
        assertThat(new long[] {events.gate(0), events.gate(1), events.gate(2)}).containsExactly(0, 0, 2);
        assertThat(new long[] {events.delayNs(0), events.delayNs(1), events.delayNs(2)})
                .as("since the row before, and since the last datagram of the server")
                .containsExactly(0, 5_000_000, 18_000_000);
        final ServerDatagrams received = received(flow);
        assertThat(received.size()).isEqualTo(3);
        assertThat(received.head(1)).asString().isEqualTo("dos");
        assertThat(received.digest(1)).isEqualTo(crc("dos"));
        assertThat(received.timeNs(2)).isEqualTo(40_000_000);
        assertThat(flow.exchangeCount()).isEqualTo(2);
        assertThat(flow.exchanges().responseBytes(0)).isEqualTo(6);
        assertThat(flow.exchanges().digest(0)).isEqualTo(crc("unodos"));
        assertThat(flow.clientStream().digest()).isEqualTo(crc("onethree"));
        assertThat(flow.serverStream().digest()).isEqualTo(crc("unodostres"));
        assertThat(flow.replayable()).isTrue();
    }

    @Test
    void thirtySecondsOfQuiet_endAConversation() {
        client(0, "a");
        server(30_000, "b");
        client(60_001, "c");
        assertThat(flows).hasSize(1);
        assembler.finish();
        assertThat(flows).hasSize(2);
        assertThat(flows.get(0).endNs() - flows.get(0).startNs()).isEqualTo(30_000_000_000L);
        assertThat(counters.get(FlowCounter.FLOWS_QUIET)).isEqualTo(1);
        assertThat(counters.get(FlowCounter.FLOWS_FINISHED)).isEqualTo(1);
    }

    @Test
    void otherConversations_endWhoIsQuiet() {
        client(0, "a");
        at(30_001, from(new Endpoint(CLIENT.address(), 40_001), SERVER, "b"));
        assertThat(flows).as("its time may be wrong").isEmpty();
        at(30_002, from(new Endpoint(CLIENT.address(), 40_001), SERVER, "c"));
        assertThat(flows).hasSize(1);
        assembler.finish();
        assertThat(flows).hasSize(2);
        assertThat(flows.get(1).events().size())
                .as("those behind the pause stay together")
                .isEqualTo(2);
    }

    @Test
    void oneTimeFarAhead_endsNoOtherConversation_andStopsNoEnding() {
        client(0, "a");
        at(3_600_000, from(new Endpoint(CLIENT.address(), 40_001), SERVER, "an hour ahead"));
        client(1, "b");
        client(20_000, "c");
        assertThat(flows).isEmpty();
        at(45_000, from(new Endpoint(CLIENT.address(), 40_002), SERVER, "d"));
        assertThat(flows).as("the one that was ahead is as quiet as any other").hasSize(1);
        at(50_001, from(new Endpoint(CLIENT.address(), 40_002), SERVER, "e"));
        assertThat(flows).hasSize(2);
        assertThat(flows.get(1).events().size()).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({
        "53, 40000, false, an answer whose query was before the capture",
        "40000, 53, true, a query",
        "123, 123, true, equals",
        "1900, 50000, false, an answer to a search",
        "7000, 40000, true, nothing is known of either: who sent first"
    })
    void clientIsWhoSentFirst_unlessThatIsAnAnswer(
            final int source, final int destination, final boolean senderIsClient, final String what) {
        final Endpoint sender = new Endpoint(IpAddress.parse("10.0.0.9"), source);
        final Endpoint receiver = new Endpoint(IpAddress.parse("10.0.0.8"), destination);
        at(0, from(sender, receiver, "x"));
        assertThat(only().client()).as(what).isEqualTo(senderIsClient ? sender : receiver);
    }

    @Test
    void dnsIsTold_andQueriesThatComeAgainCountOnce() {
        client(0, QUERY);
        client(1_000, QUERY);
        server(1_100, ANSWER);
        client(1_200, QUERY);
        final FlowRecord flow = only();
        assertThat(flow.app()).isEqualTo(App.DNS);
        assertThat(flow.requests()).isEqualTo(2);
        assertThat(flow.clientStream().packets()).isEqualTo(3);
    }

    @Test
    void whatIsNoConversation_isNotReplayed() {
        at(
                0,
                from(CLIENT, new Endpoint(IpAddress.parse("239.255.255.250"), 1900), "M-SEARCH")
                        .toMany());
        at(1, from(new Endpoint(CLIENT.address(), 68), new Endpoint(SERVER.address(), 67), "renew"));
        at(2, from(CLIENT, new Endpoint(SERVER.address(), 443), "\u00c3\0\0\0\1\10abcdefgh"));
        at(3, from(new Endpoint(SERVER.address(), 53), new Endpoint(CLIENT.address(), 999), ANSWER));
        at(4, from(new Endpoint(SERVER.address(), 53), new Endpoint(CLIENT.address(), 1999), ANSWER));
        at(5, from(CLIENT, SERVER, "cut").cutTo(2));
        at(6, from(CLIENT, new Endpoint(SERVER.address(), 4433), "\26\u00fe\u00fd\0\0\0\0\0\0\0\0\0\20\1"));
        assembler.finish();
        assertThat(flows)
                .extracting(FlowRecord::skipReason)
                .containsExactly(
                        SkipReason.MULTICAST,
                        SkipReason.MULTICAST,
                        SkipReason.QUIC,
                        null,
                        SkipReason.NO_CLIENT_BYTES,
                        SkipReason.TRUNCATED,
                        SkipReason.TLS);
    }

    @Test
    void copies_areCountedOnly() {
        client(0, "a");
        at(1, from(CLIENT, SERVER, "a").copy());
        final FlowRecord flow = only();
        assertThat(flow.clientStream().packets()).isEqualTo(2);
        assertThat(flow.clientStream().duplicatePackets()).isEqualTo(1);
        assertThat(flow.clientStream().bytes()).isEqualTo(1);
        assertThat(flow.events().size()).isEqualTo(1);
    }

    /** A file of several interfaces is not in order of time: the conversation may have ended before the copy comes. */
    @Test
    void copies_beginNoFlow() {
        client(0, "a");
        at(40_000, from(new Endpoint(CLIENT.address(), 40_001), SERVER, "b"));
        at(40_001, from(new Endpoint(CLIENT.address(), 40_001), SERVER, "b"));
        at(0, from(CLIENT, SERVER, "a").copy());
        assembler.finish();
        assertThat(flows).hasSize(2).allMatch(flow -> flow.events().size() > 0);
        assertThat(counters.get(FlowCounter.DATAGRAMS)).isEqualTo(4);
        assertThat(counters.get(FlowCounter.LATE_DATAGRAMS)).isEqualTo(1);
    }

    @Test
    void copies_cutNoFlow() {
        assembler = assembler(AssemblerOptions.DEFAULT, 1 << 20, UdpFlow.EMBRYO_BYTES);
        client(0, "a");
        at(0, from(CLIENT, SERVER, "a").copy());
        assertThat(only().clientStream().duplicatePackets()).isEqualTo(1);
    }

    @Test
    void cutDatagrams_keepTheirBounds() {
        final String first = QUERY + "x".repeat(81);
        final String second = QUERY.replace("\0\1\1", "\0\2\1") + "y".repeat(81);
        final Endpoint resolver = new Endpoint(SERVER.address(), 53);
        at(0, from(CLIENT, resolver, first).cutTo(26));
        at(1, from(CLIENT, resolver, ""));
        at(2, from(CLIENT, resolver, second).cutTo(26));
        final FlowRecord flow = only();
        assertThat(sent).containsExactly(first.substring(0, 26) + second.substring(0, 26));
        assertThat(flow.events().length(2)).isEqualTo(100);
        assertThat(new int[] {
                    flow.events().caplen(0),
                    flow.events().caplen(1),
                    flow.events().caplen(2)
                })
                .containsExactly(26, 0, 26);
        assertThat(flow.skipReason()).isEqualTo(SkipReason.TRUNCATED);
        assertThat(flow.app()).isEqualTo(App.DNS);
        assertThat(flow.requests()).as("two queries").isEqualTo(2);
    }

    /** What the first one's value was cut from must not hide where the second one begins. */
    @Test
    void secretsOfCutDatagrams_areReplaced() {
        assembler = assembler(AssemblerOptions.DEFAULT.redacting(SecretRules.builtIn()), 1 << 20, 1 << 20);
        at(0, from(CLIENT, SERVER, "a=1; passw" + "x".repeat(90)).cutTo(10));
        at(1, from(CLIENT, SERVER, "password=hunter2&" + "y".repeat(90)).cutTo(17));
        assertThat(only().skipReason()).isEqualTo(SkipReason.TRUNCATED);
        assertThat(sent.get(0)).startsWith("a=1; passwpassword=").doesNotContain("hunter2");
    }

    /** Memory is bounded, and each datagram is in exactly one flow. */
    @Test
    void floodOfConversations_endsTheQuietOnesEarly() {
        assembler = assembler(AssemblerOptions.DEFAULT, 100_000, 1 << 20);
        for (int i = 0; i < 10_000; i++) {
            at(0, from(new Endpoint(new IpAddress(0, 0xffff_0a00_0000L + i), 40_000), SERVER, "x"));
        }
        assertThat(flows.size()).isBetween(9_700, 9_900);
        assembler.finish();
        assertThat(flows).hasSize(10_000).allMatch(flow -> flow.clientStream().packets() == 1);
        assertThat(counters.get(FlowCounter.FLOWS_CUT) + counters.get(FlowCounter.FLOWS_FINISHED))
                .isEqualTo(counters.get(FlowCounter.FLOWS))
                .isEqualTo(10_000);
    }

    @Test
    void longConversation_goesOnInAnotherFlow_withTheSameClient() {
        assembler = assembler(AssemblerOptions.DEFAULT, 1 << 20, 4_096);
        client(0, "hello");
        for (int i = 1; i < 1_000; i++) {
            server(i, "x".repeat(100));
        }
        assembler.finish();
        assertThat(flows).hasSizeGreaterThan(10).allMatch(flow -> flow.client().equals(CLIENT));
        assertThat(flows.stream()
                        .mapToLong(flow -> flow.serverStream().packets())
                        .sum())
                .isEqualTo(999);
        assertThat(counters.get(FlowCounter.FLOWS_CUT)).isEqualTo(flows.size() - 1);
    }

    @Test
    void withoutPayload_onlyLengthsAndTimesAreKept() {
        assembler = assembler(AssemblerOptions.DEFAULT.withoutPayload(), 1 << 20, 1 << 20);
        client(0, QUERY);
        server(1, ANSWER);
        client(2, "again");
        final FlowRecord flow = only();
        assertThat(sent).containsExactly("");
        assertThat(flow.skipReason()).isEqualTo(SkipReason.HEADERS_ONLY);
        assertThat(flow.app()).isEqualTo(App.DNS);
        assertThat(flow.clientStream().digest()).isEqualTo(-1);
        assertThat(received(flow).head(0)).isEmpty();
        assertThat(received(flow).digest(0)).isEqualTo(-1);
        assertThat(flow.events().length(1)).isEqualTo(5);
    }

    /** Each datagram by itself: a value does not go on in the next. */
    @Test
    void secretsAreReplaced_inBothDirections() {
        assembler = assembler(AssemblerOptions.DEFAULT.redacting(SecretRules.builtIn()), 1 << 20, 1 << 20);
        client(0, "user=me&password=hunter2");
        client(1, "nothing");
        server(2, "token=abc ok");
        server(3, "fine");
        final FlowRecord flow = only();
        assertThat(sent.get(0))
                .doesNotContain("hunter2")
                .startsWith("user=me&password=")
                .endsWith("nothing");
        assertThat(flow.clientStream().digest()).isEqualTo(crc(sent.get(0)));
        assertThat(new String(received(flow).head(0), StandardCharsets.ISO_8859_1))
                .doesNotContain("abc");
        assertThat(received(flow).digest(0)).isEqualTo(-1);
        assertThat(received(flow).digest(1)).isEqualTo(crc("fine"));
        assertThat(flow.serverStream().digest()).isEqualTo(-1);
        assertThat(counters.get(FlowCounter.REDACTED_BYTES)).isEqualTo(7 + 3);
    }

    @Test
    void sha256_isThatOfTheWholeStreams() {
        assembler = assembler(new AssemblerOptions(true, 256), 1 << 20, 1 << 20);
        client(0, "ab");
        client(1, "c");
        final FlowRecord flow = only();
        assertThat(flow.clientStream().sha256())
                .isEqualTo(Sha256.of(ByteBuffer.wrap("abc".getBytes(StandardCharsets.US_ASCII))));
        assertThat(flow.serverStream().sha256()).isEqualTo(Sha256.of(ByteBuffer.allocate(0)));
    }

    /** When a capture is read again each datagram goes to the flow that it was put into. */
    @Test
    void assignerTellsTheSameFlows() {
        final List<PacketViews> capture = new ArrayList<>();
        final List<Long> timesMs = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            final Endpoint client = new Endpoint(CLIENT.address(), 40_000 + i % 3);
            capture.add(i % 4 == 3 ? from(SERVER, client, "answer") : from(client, SERVER, "question"));
            timesMs.add(i * 9_000L + (i % 20 == 0 ? 0 : i % 20 * 10_000L));
        }
        for (int i = 0; i < capture.size(); i++) {
            at(timesMs.get(i), capture.get(i));
        }
        assembler.finish();
        final FlowAssigner assigner = new FlowAssigner();
        flows.forEach(flow -> assigner.addWanted(flow, 0));
        for (int i = 0; i < capture.size(); i++) {
            assertThat(assigner.flowOfDatagram(capture.get(i).view(), START_NS + timesMs.get(i) * 1_000_000, 0))
                    .isNotEqualTo(FlowAssigner.NONE);
            assertThat(assigner.flowOf(capture.get(i).view(), START_NS, 0)).isEqualTo(FlowAssigner.NONE);
        }
        assertThat(flows.size()).isGreaterThan(3);
        assertThat(assigner.incomplete()).isEmpty();
        assertThat(assigner.missing()).isEmpty();
    }
}
