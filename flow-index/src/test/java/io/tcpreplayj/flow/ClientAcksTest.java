package io.tcpreplayj.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.flow.FlowAssembler.AssemblerOptions;
import io.tcpreplayj.packet.PacketViews;
import io.tcpreplayj.packet.TcpFlags;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ClientAcksTest {
    /** NOP and a shift of 3. */
    private static final byte[] SCALED = {1, 3, 3, 3};

    private static final byte[] UNSCALED = {1, 1, 1, 1};

    /** Offset, delay in ms and window of each row. */
    private static List<String> rows(final ClientAcks acks) {
        final List<String> rows = new ArrayList<>();
        final ClientAcks.Cursor cursor = new ClientAcks.Cursor(acks);
        while (cursor.advance()) {
            rows.add(cursor.offset() + " after " + cursor.delayNs() / 1_000_000 + " ms, window " + cursor.window());
        }
        assertThat(rows).hasSize(acks.size());
        return rows;
    }

    private static Conversation opened(final byte[] serverOptions) {
        final Conversation conversation = new Conversation(new AssemblerOptions(true, 16).withAcks());
        conversation.send(conversation
                .fromClient()
                .flags(TcpFlags.SYN)
                .seq(conversation.clientIsn)
                .options(SCALED, 1000));
        return conversation.send(conversation
                .fromServer()
                .flags(TcpFlags.SYN)
                .seq(conversation.serverIsn)
                .ack(conversation.clientIsn + 1)
                .options(serverOptions, 1000));
    }

    private static PacketViews ack(final Conversation conversation, final int acked, final int window) {
        return conversation
                .fromClient()
                .seq(conversation.clientIsn + 1 + 3)
                .ack(conversation.serverIsn + 1 + acked)
                .options(UNSCALED, window);
    }

    @Test
    void rowsAreWhatTheClientSaid() {
        final Conversation conversation = opened(SCALED).client(0, 0, "GET");
        conversation.server(0, 3, "0123456789").server(10, 3, "0123456789");
        conversation.after(40).send(ack(conversation, 20, 500));
        conversation.after(5).send(ack(conversation, 20, 500));
        conversation.after(5).send(ack(conversation, 20, 0));
        conversation.after(900).send(ack(conversation, 20, 600));
        conversation.send(ack(conversation, 10, 7));
        assertThat(rows(conversation.only().acks()))
                .containsExactly(
                        "0 after 0 ms, window 524280",
                        "20 after 40 ms, window 4000",
                        "20 after 50 ms, window 0",
                        "20 after 950 ms, window 4800");
    }

    @Test
    void rowsBelowTheFirstByteThatTheCaptureHas_areLeftOut_andLaterOnesStayTrue() {
        final AckLog log = new AckLog();
        log.onSegment(1_000, 5_000_000, 500);
        log.onSegment(1_400, 6_000_000, 400);
        log.onSegment(1_700, 7_000_000, 900);
        log.onSegment(2_900, 8_000_000, 800);
        assertThat(rows(log.acks(1_500))).containsExactly("200 after 7 ms, window 900", "1400 after 8 ms, window 800");
        assertThat(rows(log.acks(1_700))).containsExactly("0 after 7 ms, window 900", "1200 after 8 ms, window 800");
        assertThat(rows(log.acks(3_000))).isEmpty();
        assertThat(rows(log.acks(1_000)).get(3)).isEqualTo("1900 after 8 ms, window 800");
        assertThat(rows(log.acks(900)).get(0)).isEqualTo("100 after 5 ms, window 500");
    }

    @Test
    void windowsAreScaledOnlyWhenBothEndsSaidSo() {
        final Conversation conversation = opened(UNSCALED).client(0, 0, "GET");
        assertThat(rows(conversation.only().acks())).containsExactly("0 after 0 ms, window 65535");
    }

    /** A connection that takes the place of a lost one gets the answers from the second on, and tells the same of them. */
    @Test
    void from_countsFromWhatIsLeftOfTheStream() {
        final Conversation conversation = opened(SCALED).client(0, 0, "GET");
        conversation.server(0, 3, "0123456789").after(40).send(ack(conversation, 10, 500));
        conversation.server(10, 3, "0123456789").after(20).send(ack(conversation, 20, 0));
        conversation.after(900).send(ack(conversation, 20, 600));
        final ClientAcks acks = conversation.only().acks();
        assertThat(rows(acks.from(0))).isEqualTo(rows(acks));
        assertThat(rows(acks.from(10)))
                .containsExactly(
                        "0 after 40 ms, window 4000", "10 after 20 ms, window 0", "10 after 920 ms, window 4800");
        assertThat(rows(acks.from(11))).containsExactly("9 after 20 ms, window 0", "9 after 920 ms, window 4800");
        assertThat(acks.from(11).from(9).size()).isEqualTo(2);
        assertThat(acks.from(21)).isSameAs(ClientAcks.NONE);
        assertThat(ClientAcks.NONE.from(5)).isSameAs(ClientAcks.NONE);
    }

    @Test
    void nothingIsKeptUnlessAskedFor() {
        assertThat(new Conversation()
                        .handshake()
                        .client(0, 0, "GET")
                        .only()
                        .acks()
                        .size())
                .isZero();
    }

    @Test
    void headersAreThoseOfTheSyn() {
        final Conversation conversation = new Conversation().handshake().client(0, 0, "GET");
        assertThat(conversation.only().opening().headers().iss()).isEqualTo(conversation.clientIsn);
    }

    /** As FORMAT.md says: bytes acknowledged since the row before, ns, and the window's change as zigzag. */
    @Test
    void rowsAreStoredAsVarints() {
        final ClientAcks acks =
                new AckRows().add(5, 0, 1).add(5 + 300, 128, 0).add(305, 1, 64).acks();
        assertThat(acks.rows()).containsExactly(0, 0, 2, (byte) 0xac, 2, (byte) 0x80, 1, 1, 0, 1, (byte) 0x80, 1);
        assertThat(acks.first()).isEqualTo(5);
        assertThat(rows(acks))
                .containsExactly("5 after 0 ms, window 1", "305 after 0 ms, window 0", "305 after 0 ms, window 64");
    }

    @Test
    void bytesThatAreNoRows_areRefused() {
        for (final byte[] rows : new byte[][] {{0, 0}, {0, 0, 0, 0}, {0, 0, 1}, {(byte) 0x80, 0, 0}}) {
            assertThatThrownBy(() -> new ClientAcks(1, 0, rows)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(rows(new ClientAcks(1, 5, new byte[] {0, 0, 2}))).containsExactly("5 after 0 ms, window 1");
    }
}
