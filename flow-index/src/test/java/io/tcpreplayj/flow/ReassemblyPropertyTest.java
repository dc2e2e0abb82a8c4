package io.tcpreplayj.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.PacketViews;
import io.tcpreplayj.packet.TcpFlags;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/**
 * However a stream is cut, repeated, overlapped and reordered: the same bytes and the same digests come out, in the same
 * exchanges (TF-35). Initial sequence numbers are chosen so that about half of the streams wrap.
 */
final class ReassemblyPropertyTest {
    private static final int ROUNDS = 2000;
    private static final int REACH = 12;

    private int answers;
    private int answersDigested;

    @Test
    void anyDeliveryOfTheSameStreams_givesTheSameFlow() {
        for (long seed = 1; seed <= ROUNDS; seed++) {
            final Random random = new Random(seed);
            final byte[] client = bytes(random, 1 + random.nextInt(6000));
            final byte[] server = bytes(random, 1 + random.nextInt(20000));
            final int clientIsn = random.nextBoolean() ? -random.nextInt(6000) : random.nextInt();
            final int serverIsn = random.nextBoolean() ? -random.nextInt(20000) : random.nextInt();
            final List<PacketViews> segments = segments(random, client, clientIsn, server, serverIsn);
            final byte[][] clientOut = new byte[1][];
            final FlowRecord flow = assemble(segments, clientIsn, serverIsn, clientOut);
            final String name = "seed " + seed;
            assertThat(clientOut[0]).as(name).isEqualTo(client);
            assertThat(flow.clientStream().digest()).as(name).isEqualTo(crc(client, 0, client.length));
            assertThat(flow.serverStream().digest()).as(name).isEqualTo(crc(server, 0, server.length));
            assertThat(flow.clientStream().whole()).as(name).isTrue();
            assertThat(flow.clientStream().bytes()).as(name).isEqualTo(client.length);
            assertThat(flow.serverStream().bytes()).as(name).isEqualTo(server.length);
            assertThat(flow.skipReason()).as(name).isNull();
            checkAnswers(name, flow, server);
        }
        // A request that overtook another one in the capture may cost its neighbours their digests, no more.
        assertThat(answersDigested).isGreaterThan(answers * 3 / 4);
    }

    /** The digest and head of each answer are those of the server's bytes from its gate to the next, or absent. */
    private void checkAnswers(final String name, final FlowRecord flow, final byte[] server) {
        final Exchanges exchanges = flow.exchanges();
        for (int i = 0; i < exchanges.size(); i++) {
            final int from = (int) flow.events().gate(exchanges.firstEvent(i));
            final int length = (int) exchanges.responseBytes(i);
            answers += length > 0 ? 1 : 0;
            if (exchanges.digest(i) != -1) {
                answersDigested++;
                assertThat(exchanges.digest(i)).as(name + " answer " + i).isEqualTo(crc(server, from, length));
                assertThat(exchanges.head(i))
                        .as(name + " head " + i)
                        .isEqualTo(Arrays.copyOfRange(server, from, from + Math.min(length, 64)));
            }
        }
    }

    /** A conversation in turns, then disturbed: copies, overlaps, and segments moved by up to {@value #REACH} places. */
    static List<PacketViews> segments(
            final Random random, final byte[] client, final int clientIsn, final byte[] server, final int serverIsn) {
        final List<PacketViews> segments = new ArrayList<>();
        int sent = 0;
        int answered = 0;
        while (sent < client.length || answered < server.length) {
            final boolean clientTurn = answered == server.length || (sent < client.length && random.nextBoolean());
            final byte[] bytes = clientTurn ? client : server;
            final int at = clientTurn ? sent : answered;
            final int overlap = Math.min(at, random.nextInt(4) == 0 ? random.nextInt(2000) : 0);
            final int length = overlap + Math.min(bytes.length - at, 1 + random.nextInt(1460));
            for (int copies = random.nextInt(10) == 0 ? 2 : 1; copies > 0; copies--) {
                segments.add(
                        clientTurn
                                ? segment(true, clientIsn, at - overlap, serverIsn, answered, bytes, length)
                                : segment(false, serverIsn, at - overlap, clientIsn, sent, bytes, length));
            }
            sent += clientTurn ? length - overlap : 0;
            answered += clientTurn ? 0 : length - overlap;
        }
        final int swaps = random.nextInt(segments.size());
        for (int i = 0; i < swaps; i++) {
            final int from = random.nextInt(segments.size());
            final int to = Math.min(segments.size() - 1, from + random.nextInt(REACH));
            segments.add(to, segments.remove(from));
        }
        return segments;
    }

    private static PacketViews segment(
            final boolean fromClient,
            final int isn,
            final int offset,
            final int otherIsn,
            final int acked,
            final byte[] bytes,
            final int length) {
        final Endpoint from = fromClient ? Conversation.CLIENT : Conversation.SERVER;
        final Endpoint to = fromClient ? Conversation.SERVER : Conversation.CLIENT;
        return PacketViews.from(from, to)
                .seq(isn + 1 + offset)
                .ack(otherIsn + 1 + acked)
                .payload(bytes, offset, length);
    }

    private static FlowRecord assemble(
            final List<PacketViews> segments, final int clientIsn, final int serverIsn, final byte[][] clientOut) {
        return assemble(new FlowAssembler.AssemblerOptions(false, 64), segments, clientIsn, serverIsn, clientOut);
    }

    /** The only flow of a handshake and these segments, with its client's bytes. */
    static FlowRecord assemble(
            final FlowAssembler.AssemblerOptions options,
            final List<PacketViews> segments,
            final int clientIsn,
            final int serverIsn,
            final byte[][] clientOut) {
        final List<FlowRecord> flows = new ArrayList<>();
        final FlowAssembler assembler = new FlowAssembler(1, 1, options, (flow, bytes) -> {
            FlowChecks.check(flow, bytes);
            flows.add(flow);
            clientOut[0] = copy(bytes);
        });
        long nowNs = 0;
        final Endpoint client = Conversation.CLIENT;
        final Endpoint server = Conversation.SERVER;
        assembler.onSegment(
                PacketViews.from(client, server)
                        .flags(TcpFlags.SYN)
                        .seq(clientIsn)
                        .view(),
                nowNs++);
        assembler.onSegment(
                PacketViews.from(server, client)
                        .flags(TcpFlags.SYN)
                        .seq(serverIsn)
                        .ack(clientIsn + 1)
                        .view(),
                nowNs++);
        assembler.onSegment(
                PacketViews.from(client, server)
                        .seq(clientIsn + 1)
                        .ack(serverIsn + 1)
                        .view(),
                nowNs++);
        for (final PacketViews segment : segments) {
            assembler.onSegment(segment.view(), nowNs++);
        }
        assembler.finish();
        FlowChecks.checkSums(assembler.counters(), flows);
        assertThat(flows).hasSize(1);
        return flows.get(0);
    }

    private static byte[] copy(final ByteBuffer bytes) {
        final byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        return copy;
    }

    private static byte[] bytes(final Random random, final int length) {
        final byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    static long crc(final byte[] bytes, final int from, final int length) {
        final CRC32C crc = new CRC32C();
        crc.update(bytes, from, length);
        return crc.getValue();
    }
}
