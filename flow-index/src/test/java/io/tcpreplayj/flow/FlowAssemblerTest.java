package io.tcpreplayj.flow;

import static io.tcpreplayj.flow.Conversation.CLIENT;
import static io.tcpreplayj.flow.Conversation.MS;
import static io.tcpreplayj.flow.Conversation.SERVER;
import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.flow.FlowRecord.Close;
import io.tcpreplayj.flow.FlowRecord.Handshake;
import io.tcpreplayj.flow.FlowRecord.SkipReason;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.PacketViews;
import io.tcpreplayj.packet.TcpFlags;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** Packets to flows; what the capture lacks is told: TF-33 (its beginning), TF-34 (bytes), TF-35 (copies), TF-37 (cut packets). */
final class FlowAssemblerTest {
    private final Conversation conversation = new Conversation();

    @Test
    void wholeFlow_isReplayable() {
        final FlowRecord flow = conversation
                .handshake()
                .client(0, 0, "GET / HTTP/1.1\r\n\r\n")
                .server(0, 18, "HTTP/1.1 200 OK\r\n\r\n")
                .client(18, 19, "", TcpFlags.FIN)
                .server(19, 19, "", TcpFlags.FIN)
                .client(19, 20, "")
                .only();
        assertThat(flow.client()).isEqualTo(CLIENT);
        assertThat(flow.server()).isEqualTo(SERVER);
        assertThat(flow.id()).isEqualTo(1);
        assertThat(flow.captureId()).isEqualTo(7);
        assertThat(flow.handshake()).isEqualTo(Handshake.FULL);
        assertThat(flow.close()).isEqualTo(Close.FIN);
        assertThat(flow.skipReason()).isNull();
        assertThat(flow.app()).isEqualTo(FlowRecord.App.HTTP);
        assertThat(flow.requests()).isEqualTo(1);
        assertThat(flow.clientStream().packets()).isEqualTo(5);
        assertThat(flow.clientStream().digest()).isEqualTo(crc("GET / HTTP/1.1\r\n\r\n"));
        assertThat(flow.serverStream().bytes()).isEqualTo(19);
        assertThat(flow.serverStream().digest()).isEqualTo(crc("HTTP/1.1 200 OK\r\n\r\n"));
        assertThat(flow.exchanges().size()).isEqualTo(1);
        assertThat(flow.exchanges().responseBytes(0)).isEqualTo(19);
        assertThat(flow.exchanges().digest(0)).isEqualTo(crc("HTTP/1.1 200 OK\r\n\r\n"));
        assertThat(new String(flow.exchanges().head(0), StandardCharsets.US_ASCII))
                .isEqualTo("HTTP/1.1 200 OK\r");
        assertThat(flow.events().kind(1)).isEqualTo(ClientEvents.FIN);
        assertThat(flow.events().gate(1)).isEqualTo(19);
    }

    @Test
    void synWithAnotherIsn_startsTheNextFlow() {
        conversation.handshake().client(0, 0, "one", TcpFlags.FIN).server(0, 4, "", TcpFlags.RST);
        conversation.clientIsn = 77000;
        conversation.handshake().client(0, 0, "two");
        assertThat(conversation.flows).as("the first flow ended by reuse").hasSize(1);
        conversation.assembler.finish();
        assertThat(conversation.clientBytes).containsExactly("one", "two");
        assertThat(conversation.flows.get(1).id()).isEqualTo(2);
        assertThat(conversation.assembler.nextId()).isEqualTo(3);
        FlowChecks.checkSums(conversation.assembler.counters(), conversation.flows);
    }

    @Test
    void synRepeatedAfterFin_isTheSameFlow() {
        final FlowRecord flow = conversation
                .handshake()
                .client(0, 0, "x", TcpFlags.FIN)
                .server(0, 2, "", TcpFlags.FIN)
                .syn()
                .only();
        assertThat(flow.clientStream().duplicatePackets()).isEqualTo(1);
        assertThat(flow.close()).isEqualTo(Close.FIN);
    }

    @Test
    void midstream_lowerPortIsTheServer() {
        final FlowRecord flow =
                conversation.server(0, 0, "answer").client(0, 6, "request").only();
        assertThat(flow.client()).isEqualTo(CLIENT);
        assertThat(flow.midstream()).isTrue();
        assertThat(flow.handshake()).isEqualTo(Handshake.NONE);
        assertThat(flow.skipReason()).isEqualTo(SkipReason.MIDSTREAM);
        assertThat(flow.clientStream().bytes()).isEqualTo(7);
    }

    @Test
    void midstream_equalPorts_firstSenderIsTheClient() {
        final Endpoint one = new Endpoint(IpAddress.parse("10.0.0.1"), 5000);
        final Endpoint other = new Endpoint(IpAddress.parse("10.0.0.2"), 5000);
        final FlowRecord flow = conversation
                .send(PacketViews.from(other, one).seq(1).ack(1).payload("a"))
                .send(PacketViews.from(one, other).seq(1).ack(2).payload("b"))
                .only();
        assertThat(flow.client()).isEqualTo(other);
    }

    @Test
    void midstream_bytesBelowTheFirstSeen_beginTheStream() {
        final FlowRecord flow =
                conversation.client(4, 0, "efgh").client(0, 0, "abcd").only();
        assertThat(conversation.clientBytes).containsExactly("abcdefgh");
        assertThat(flow.clientStream().digest()).isEqualTo(crc("abcdefgh"));
        assertThat(flow.events().length(0)).isEqualTo(4);
    }

    /** The server's stream is placed by the client's first acknowledgement; what precedes that lies below position 0. */
    @Test
    void midstream_answerBelowTheFirstAcknowledgement_isTakenAsItIs() {
        final FlowRecord flow = conversation
                .client(0, 500, "")
                .client(0, 400, "GET")
                .server(400, 3, "late".repeat(25))
                .only();
        assertThat(flow.serverStream().digest()).isEqualTo(crc("late".repeat(25)));
        assertThat(flow.exchanges().digest(0)).isEqualTo(crc("late".repeat(25)));
        assertThat(new String(flow.exchanges().head(0), StandardCharsets.US_ASCII))
                .isEqualTo("late".repeat(4));
    }

    @Test
    void synInsideTheStream_beginsNothing() {
        final FlowRecord flow = conversation
                .client(0, 0, "GET")
                .server(0, 3, "answer")
                .server(1_000, 3, "", TcpFlags.SYN)
                .only();
        assertThat(flow.midstream()).isTrue();
        assertThat(flow.serverStream().bytes()).isEqualTo(6);
        assertThat(flow.exchanges().responseBytes(0)).isEqualTo(6);
    }

    /** A reset makes the answers go by at once; the request that was held then still says where the first one ended. */
    @Test
    void answerThatWentByBeforeTheNextRequest_hasNoHeadOfTheNextOne() {
        final FlowRecord flow = conversation
                .handshake()
                .client(0, 0, "GET")
                .server(0, 3, "onetwo")
                .client(10, 3, "PUT")
                .server(6, 3, "", TcpFlags.RST)
                .only();
        assertThat(flow.exchanges().responseBytes(0)).isEqualTo(3);
        assertThat(new String(flow.exchanges().head(0), StandardCharsets.US_ASCII))
                .isEqualTo("one");
    }

    @Test
    void synAckFirst_otherEndIsTheClient_evenWithTheLowerPort() {
        final Endpoint client = new Endpoint(IpAddress.parse("10.0.0.1"), 20);
        final Endpoint server = new Endpoint(IpAddress.parse("10.0.0.2"), 50000);
        final FlowRecord flow = conversation
                .send(PacketViews.from(server, client)
                        .flags(TcpFlags.SYN)
                        .seq(900)
                        .ack(101))
                .send(PacketViews.from(client, server).seq(101).ack(901).payload("hello"))
                .only();
        assertThat(flow.client()).isEqualTo(client);
        assertThat(flow.midstream()).isFalse();
        assertThat(flow.handshake()).isEqualTo(Handshake.PARTIAL);
        assertThat(flow.skipReason()).isEqualTo(SkipReason.UNESTABLISHED);
    }

    @Test
    void synCapturedAfterTheRest_losesNothing() {
        final FlowRecord flow = conversation
                .synAck()
                .server(0, 0, "220 ready\r\n")
                .client(0, 11, "EHLO x\r\n")
                .syn()
                .only();
        assertThat(flow.client()).isEqualTo(CLIENT);
        assertThat(flow.skipReason()).isNull();
        assertThat(flow.app()).isEqualTo(FlowRecord.App.SMTP);
        assertThat(flow.events().gate(0)).isEqualTo(11);
    }

    @Test
    void clientSideOnly_isReplayable_gatesFromAcks() {
        final FlowRecord flow = conversation
                .syn()
                .client(0, 0, "")
                .client(0, 0, "one")
                .client(3, 500, "")
                .after(40)
                .client(3, 500, "two")
                .client(6, 700, "", TcpFlags.FIN)
                .client(7, 701, "")
                .only();
        assertThat(flow.skipReason()).isNull();
        assertThat(flow.exchanges().responseBytes(0)).isEqualTo(500);
        assertThat(flow.exchanges().responseBytes(1)).isEqualTo(200);
        assertThat(flow.exchanges().firstResponseNs(0)).isEqualTo(-1);
        assertThat(flow.exchanges().digest(0)).isEqualTo(-1);
        assertThat(flow.events().gate(1)).isEqualTo(500);
        assertThat(flow.events().delayNs(1)).isEqualTo(40 * MS);
        assertThat(flow.close()).isEqualTo(Close.HALF);
    }

    @Test
    void refusedAndUnanswered_areUnestablished() {
        final FlowRecord refused = conversation
                .syn()
                .send(conversation.fromServer().flags(TcpFlags.RST).seq(0).ack(1001))
                .only();
        assertThat(refused.skipReason()).isEqualTo(SkipReason.UNESTABLISHED);
        assertThat(refused.close()).isEqualTo(Close.RST);
        assertThat(new Conversation().syn().only().skipReason()).isEqualTo(SkipReason.UNESTABLISHED);
    }

    @Test
    void missingClientBytes_areAGap_butCounted() {
        final FlowRecord flow = conversation
                .handshake()
                .client(0, 0, "abc")
                .client(10, 0, "xyz")
                .only();
        assertThat(flow.skipReason()).isEqualTo(SkipReason.GAP);
        assertThat(flow.clientStream().gapBytes()).isEqualTo(7);
        assertThat(flow.clientStream().bytes()).isEqualTo(6);
        assertThat(flow.clientStream().digest()).isEqualTo(-1);
        assertThat(conversation.clientBytes).containsExactly("abcxyz");
    }

    @Test
    void placesOfMissingClientBytes_areTold() {
        final ClientEvents events = conversation
                .handshake()
                .client(2, 0, "abc")
                .client(5, 0, "def")
                .client(10, 0, "xyz")
                .send(conversation
                        .fromClient()
                        .flags(TcpFlags.FIN | TcpFlags.ACK)
                        .seq(1001 + 17))
                .only()
                .events();
        assertThat(events.size()).isEqualTo(4);
        assertThat(events.missingBefore(0)).isEqualTo(2);
        assertThat(events.missingBefore(1)).isZero();
        assertThat(events.missingBefore(2)).isEqualTo(2);
        assertThat(events.missingBefore(3)).isEqualTo(4);
        assertThat(events.firstHole()).isZero();
    }

    @Test
    void bytesAcknowledgedButNeverSeen_areAGap_aLoneFinIsNot() {
        final FlowRecord lost =
                conversation.handshake().client(0, 0, "abc").server(0, 10, "").only();
        assertThat(lost.clientStream().unseenBytes()).isEqualTo(7);
        assertThat(lost.skipReason()).isEqualTo(SkipReason.GAP);
        final FlowRecord fin = new Conversation()
                .handshake()
                .client(0, 0, "abc")
                .server(0, 4, "")
                .only();
        assertThat(fin.clientStream().unseenBytes()).isEqualTo(1);
        assertThat(fin.skipReason()).isNull();
    }

    @Test
    void cutSegment_isTruncated_untilACopyIsWhole() {
        conversation.handshake();
        conversation.send(conversation
                .fromClient()
                .seq(1001)
                .ack(9001)
                .payload("abcdefgh")
                .cutTo(3));
        conversation.client(8, 0, "ij");
        final FlowRecord cut = conversation.only();
        assertThat(cut.skipReason()).isEqualTo(SkipReason.TRUNCATED);
        assertThat(cut.clientStream().bytes()).isEqualTo(10);
        assertThat(cut.clientStream().capturedBytes()).isEqualTo(5);
        assertThat(cut.clientStream().whole()).isFalse();

        final Conversation repaired = new Conversation();
        repaired.handshake();
        repaired.send(
                repaired.fromClient().seq(1001).ack(9001).payload("abcdefgh").cutTo(3));
        repaired.client(0, 0, "abcdefgh");
        final FlowRecord flow = repaired.only();
        assertThat(flow.skipReason()).isNull();
        assertThat(repaired.clientBytes).containsExactly("abcdefgh");
        assertThat(flow.clientStream().digest()).isEqualTo(crc("abcdefgh"));
    }

    @Test
    void keepAliveProbeBelowTheStream_isNoByteOfIt() {
        final FlowRecord flow = conversation
                .handshake()
                .client(-1, 0, "\0", 0)
                .client(0, 0, "abc")
                .client(2, 0, "\0", 0)
                .only();
        assertThat(flow.clientStream().bytes()).isEqualTo(3);
        assertThat(flow.clientStream().conflictBytes()).isEqualTo(1);
        assertThat(conversation.clientBytes).containsExactly("abc");
        assertThat(conversation.assembler.counters().get(FlowCounter.BELOW_START_BYTES))
                .isEqualTo(1);
    }

    @Test
    void dataInTheSyn_isTheFirstExchange() {
        conversation.send(
                conversation.fromClient().flags(TcpFlags.SYN).seq(1000).payload("GET"));
        final FlowRecord flow = conversation
                .synAck()
                .client(3, 0, "")
                .server(0, 3, "answer")
                .client(3, 6, "", TcpFlags.FIN)
                .only();
        assertThat(flow.skipReason()).isNull();
        assertThat(flow.events().gate(0)).isZero();
        assertThat(flow.events().delayNs(0)).isZero();
        assertThat(flow.exchanges().responseBytes(0)).isEqualTo(6);
    }

    @Test
    void payloadOfAReset_doesNotCount() {
        final FlowRecord flow = conversation
                .handshake()
                .client(0, 0, "abc")
                .server(0, 3, "go away", TcpFlags.RST)
                .only();
        assertThat(flow.serverStream().bytes()).isZero();
        assertThat(flow.close()).isEqualTo(Close.RST);
        assertThat(conversation.assembler.counters().get(FlowCounter.RESET_BYTES))
                .isEqualTo(7);
    }

    @Test
    void urgentPointer_isRelativeToItsRow() {
        conversation.handshake().client(0, 0, "abc");
        conversation.send(
                conversation.fromClient().seq(1001).ack(9001).urgent(5).payload("abcde"));
        final FlowRecord flow = conversation.only();
        assertThat(flow.events().length(1)).isEqualTo(2);
        assertThat(flow.events().flags(1)).isEqualTo(ClientEvents.URG);
        assertThat(flow.events().urgent(1)).isEqualTo(2);
    }

    @Test
    void retransmissionWithOtherContent_firstCopyWins() {
        final FlowRecord flow = conversation
                .handshake()
                .client(0, 0, "abcdef")
                .client(4, 0, "XYgh")
                .only();
        assertThat(conversation.clientBytes).containsExactly("abcdefgh");
        assertThat(flow.clientStream().conflictBytes()).isEqualTo(2);
    }

    @Test
    void everyFrameTwice_isCountedAsCopies() {
        conversation.syn().syn().synAck().synAck();
        for (int i = 0; i < 2; i++) {
            conversation.client(0, 0, "");
        }
        for (int i = 0; i < 2; i++) {
            conversation.client(0, 0, "abc");
        }
        for (int i = 0; i < 2; i++) {
            conversation.server(0, 3, "answer");
        }
        final FlowRecord flow = conversation.only();
        assertThat(flow.clientStream().packets()).isEqualTo(6);
        assertThat(flow.clientStream().duplicatePackets()).isEqualTo(3);
        assertThat(flow.serverStream().duplicatePackets()).isEqualTo(2);
        assertThat(flow.events().size()).isEqualTo(1);
    }

    @Test
    void answerLostByTheCapture_isNotWaitedFor_andItsLateCopyOnlyCounted() {
        final String chunk = "x".repeat(50_000);
        conversation.handshake().client(0, 0, "one");
        int offset = 5;
        for (int i = 0; i < 8; i++, offset += chunk.length()) {
            conversation.server(offset, 3, chunk).client(3, offset + chunk.length(), "");
        }
        final FlowRecord flow = conversation
                .client(3, offset, "two")
                .server(0, 6, "12345")
                .server(offset, 6, "second")
                .client(6, offset + 6, "", TcpFlags.FIN)
                .only();
        assertThat(conversation.assembler.counters().get(FlowCounter.LATE_BYTES))
                .isEqualTo(5);
        assertThat(flow.serverStream().gapBytes()).isZero();
        assertThat(flow.serverStream().digest()).isEqualTo(-1);
        assertThat(flow.exchanges().responseBytes(0)).isEqualTo(offset);
        assertThat(flow.exchanges().digest(0)).isEqualTo(-1);
        assertThat(flow.exchanges().digest(1)).isEqualTo(crc("second"));
        assertThat(flow.skipReason()).isNull();
    }

    @Test
    void conversationInIpv6WithSwappedRoles_isOneFlow() {
        final Endpoint low = new Endpoint(IpAddress.parse("fd00::1"), 50000);
        final Endpoint high = new Endpoint(IpAddress.parse("fd00::2"), 80);
        for (final boolean lowerIsClient : new boolean[] {true, false}) {
            final Conversation pair = new Conversation();
            final Endpoint client = lowerIsClient ? low : high;
            final Endpoint server = lowerIsClient ? high : low;
            final FlowRecord flow = pair.send(
                            PacketViews.from(client, server).flags(TcpFlags.SYN).seq(1))
                    .send(PacketViews.from(server, client)
                            .flags(TcpFlags.SYN)
                            .seq(5)
                            .ack(2))
                    .send(PacketViews.from(client, server).seq(2).ack(6).payload("hi"))
                    .only();
            assertThat(flow.client()).isEqualTo(client);
            assertThat(flow.server()).isEqualTo(server);
            assertThat(flow.skipReason()).isNull();
        }
    }

    @Test
    void tls_isRecognisedAndSkipped() {
        final FlowRecord flow = conversation
                .handshake()
                .client(0, 0, "\u0016\u0003\u0001\u0000\u00a0\u0001rest of it")
                .only();
        assertThat(flow.app()).isEqualTo(FlowRecord.App.TLS);
        assertThat(flow.skipReason()).isEqualTo(SkipReason.TLS);
    }

    @Test
    void flowsEndInOrderOfTheirIds() {
        for (int port = 1; port <= 5000; port++) {
            final Endpoint client = new Endpoint(IpAddress.parse("10.0.0.9"), port + 1000);
            conversation.send(
                    PacketViews.from(client, SERVER).flags(TcpFlags.SYN).seq(port));
        }
        conversation.assembler.finish();
        assertThat(conversation.flows).hasSize(5000);
        for (int i = 0; i < 5000; i++) {
            assertThat(conversation.flows.get(i).id()).isEqualTo(i + 1);
            assertThat(conversation.flows.get(i).client().port()).isEqualTo(i + 1001);
        }
    }

    private static long crc(final String text) {
        final CRC32C crc = new CRC32C();
        crc.update(text.getBytes(StandardCharsets.ISO_8859_1));
        return crc.getValue();
    }

    /** A SYN that was sent again moves the beginning of the round trip; one that was captured twice does not. */
    @Test
    void packetsCapturedTwice_doNotChangeTheRoundTrip() {
        final Conversation conversation = new Conversation();
        conversation
                .syn()
                .send(conversation.fromClient().flags(TcpFlags.SYN).seq(1000).copy())
                .synAck()
                .send(conversation
                        .fromServer()
                        .flags(TcpFlags.SYN)
                        .seq(9000)
                        .ack(1001)
                        .copy())
                .client(0, 0, "")
                .client(0, 0, "GET");
        final FlowRecord flow = conversation.only();
        assertThat(flow.opening().synAckDelayNs()).isEqualTo(2 * Conversation.MS);
        assertThat(flow.opening().ackDelayNs()).isEqualTo(2 * Conversation.MS);
        assertThat(flow.clientStream().packets()).isEqualTo(4);
        assertThat(flow.clientStream().duplicatePackets()).isEqualTo(1);
    }
}
