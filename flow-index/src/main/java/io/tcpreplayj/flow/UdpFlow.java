package io.tcpreplayj.flow;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.PacketView;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** One open UDP conversation: its client's datagrams whole, of its server's the heads, and when each was captured. */
final class UdpFlow extends TupleEntry {
    /** What a flow takes of the heap before it has payload: this object, two sides, and the headers of five arrays. */
    static final int EMBRYO_BYTES = 440;

    /** Cells of a client's row: when, the think time, and length, caplen (16 bits each) and gate in one. */
    static final int CLIENT_CELLS = 3;

    /** Cells of a server's row: when, the digest, and length and length of the head in one. */
    static final int SERVER_CELLS = 3;

    private static final long[] NO_ROWS = {};
    private static final byte[] NO_BYTES = {};

    final long id;
    final int captureId;
    final int hash;
    final boolean clientIsLesser;
    final UdpSide client = new UdpSide();
    final UdpSide server = new UdpSide();

    /** When its last datagram came, by the clock of the capture; the order of {@link #older} and {@link #younger}. */
    long touchedNs;

    /** How far an observer knows of it. */
    UdpNews.Told told = UdpNews.Told.NOTHING;

    /** The next one in the same place of the table. */
    @Nullable
    UdpFlow nextInBucket;

    /** Neighbours in the order of their last datagrams. */
    @Nullable
    UdpFlow older;

    @Nullable
    UdpFlow younger;

    private long tunnel;
    private long startNs;
    private long endNs;
    private boolean toMany;
    private long[] clientRows = NO_ROWS;
    private int clientCount;
    private byte[] payload = NO_BYTES;
    private int payloadLength;
    private long[] serverRows = NO_ROWS;
    private int serverCount;
    private byte[] heads = NO_BYTES;
    private int headsLength;
    private int gateBefore;
    private long clientBeforeNs;
    private long serverBeforeNs;
    private int footprint = EMBRYO_BYTES;
    private long redactedValues;
    private long redactedBytes;

    UdpFlow(final FlowKey key, final int hash, final long id, final int captureId, final boolean clientIsLesser) {
        super(key);
        this.hash = hash;
        this.id = id;
        this.captureId = captureId;
        this.clientIsLesser = clientIsLesser;
    }

    /** @param inTunnel what the first datagram came in */
    void begin(final long inTunnel, final long timeNs) {
        tunnel = inTunnel;
        startNs = timeNs;
        endNs = timeNs;
        clientBeforeNs = timeNs;
    }

    /** The capture holds a datagram of the conversation once more. */
    void onCopy(final PacketView view, final boolean byClient, final long timeNs) {
        endNs = Math.max(endNs, timeNs);
        toMany |= view.isToMany();
        (byClient ? client : server).onCopy();
    }

    void onDatagram(final PacketView view, final boolean byClient, final long timeNs, final UdpTools tools) {
        final StreamDigests digests = tools.digests();
        endNs = Math.max(endNs, timeNs);
        toMany |= view.isToMany();
        final UdpSide side = byClient ? client : server;
        final int captured = view.payloadCaplen();
        final ByteBuffer bytes = digests.window(view.buffer(), view.payloadOffset(), captured);
        final long known = view.payloadDigest();
        final long digest = known == PacketView.NO_DIGEST ? digests.of(bytes, view.payloadOffset(), captured) : known;
        side.onDatagram(view.payloadLength(), captured, digest, digests);
        if (tools.options().sha256()) {
            side.hash(bytes.position(view.payloadOffset()));
        }
        if (byClient) {
            addClient(view, timeNs, tools.options());
        } else {
            addServer(view, timeNs, digest, tools);
        }
    }

    private void addClient(final PacketView view, final long timeNs, final FlowAssembler.AssemblerOptions options) {
        // Without payload the first datagram still tells the protocol; it goes nowhere.
        final boolean keeps = options.kept() != PayloadKept.NONE || clientCount == 0;
        final int kept = keeps ? view.payloadCaplen() : 0;
        payload = roomFor(payload, payloadLength, kept);
        view.buffer().get(view.payloadOffset(), payload, payloadLength, kept);
        payloadLength += kept;
        final long sinceNs = serverCount > gateBefore ? serverBeforeNs : clientBeforeNs;
        clientRows = roomFor(clientRows, clientCount * CLIENT_CELLS, CLIENT_CELLS);
        final int row = clientCount * CLIENT_CELLS;
        clientRows[row] = timeNs;
        clientRows[row + 1] = Math.max(0, timeNs - sinceNs);
        clientRows[row + 2] =
                (long) view.payloadLength() << 48 | (long) view.payloadCaplen() << Integer.SIZE | serverCount;
        clientCount++;
        gateBefore = serverCount;
        clientBeforeNs = timeNs;
    }

    private void addServer(final PacketView view, final long timeNs, final long digest, final UdpTools tools) {
        final FlowAssembler.AssemblerOptions options = tools.options();
        final int head = Math.min(view.payloadCaplen(), options.headBytes());
        heads = roomFor(heads, headsLength, head);
        view.buffer().get(view.payloadOffset(), heads, headsLength, head);
        final boolean told = !redactServer(view, head, tools.secrets())
                && options.kept() != PayloadKept.NONE
                && view.payloadCaplen() == view.payloadLength();
        headsLength += head;
        serverRows = roomFor(serverRows, serverCount * SERVER_CELLS, SERVER_CELLS);
        final int row = serverCount * SERVER_CELLS;
        serverRows[row] = timeNs;
        serverRows[row + 1] = told ? digest : -1;
        serverRows[row + 2] = (long) view.payloadLength() << Integer.SIZE | head;
        serverCount++;
        serverBeforeNs = timeNs;
    }

    /** Replaces what is secret in the head that was just copied. */
    private boolean redactServer(final PacketView view, final int head, final @Nullable DatagramSecrets secrets) {
        if (secrets == null || head == 0) {
            return false;
        }
        secrets.replaceInHead(view.buffer(), view.payloadOffset(), view.payloadCaplen(), head);
        if (secrets.bytes() == 0) {
            return false;
        }
        System.arraycopy(secrets.whole(), 0, heads, headsLength, head);
        noteSecrets(secrets);
        server.redacted();
        return true;
    }

    /** Replaces what is secret in the client's datagrams, each by itself; for {@link UdpRecords}, at the end. */
    void redactClient(final DatagramSecrets secrets) {
        int at = 0;
        for (int row = 0; row < clientCount; row++) {
            final int length = clientCaplen(row);
            secrets.replaceIn(payload, at, length);
            noteSecrets(secrets);
            at += length;
        }
    }

    private void noteSecrets(final DatagramSecrets secrets) {
        redactedValues += secrets.values();
        redactedBytes += secrets.bytes();
    }

    private byte[] roomFor(final byte[] array, final int used, final int more) {
        if (array.length - used >= more) {
            return array;
        }
        final byte[] longer = Arrays.copyOf(array, Math.max(used + more, used + used / 2));
        footprint += longer.length - array.length;
        return longer;
    }

    private long[] roomFor(final long[] array, final int used, final int more) {
        if (array.length - used >= more) {
            return array;
        }
        final long[] longer = Arrays.copyOf(array, Math.max(used + more, 2 * used));
        footprint += (longer.length - array.length) * Long.BYTES;
        return longer;
    }

    /** Bytes of memory in use. */
    int footprint() {
        return footprint;
    }

    long tunnel() {
        return tunnel;
    }

    long startNs() {
        return startNs;
    }

    long endNs() {
        return endNs;
    }

    boolean isToMany() {
        return toMany;
    }

    int clientCount() {
        return clientCount;
    }

    long clientNs(final int row) {
        return clientRows[row * CLIENT_CELLS];
    }

    long delayNs(final int row) {
        return clientRows[row * CLIENT_CELLS + 1];
    }

    int clientLength(final int row) {
        return (int) (clientRows[row * CLIENT_CELLS + 2] >>> 48);
    }

    /** Bytes of it that are there; all of them are kept, but for a flow without payload. */
    int clientCaplen(final int row) {
        return (int) (clientRows[row * CLIENT_CELLS + 2] >>> Integer.SIZE) & 0xffff;
    }

    /** Datagrams of the server that were captured before the row. */
    int gate(final int row) {
        return (int) clientRows[row * CLIENT_CELLS + 2];
    }

    int serverCount() {
        return serverCount;
    }

    long serverNs(final int row) {
        return serverRows[row * SERVER_CELLS];
    }

    long serverDigest(final int row) {
        return serverRows[row * SERVER_CELLS + 1];
    }

    int serverLength(final int row) {
        return (int) (serverRows[row * SERVER_CELLS + 2] >>> Integer.SIZE);
    }

    int headLength(final int row) {
        return (int) serverRows[row * SERVER_CELLS + 2];
    }

    /** All heads, one behind the other; borrowed. */
    byte[] heads() {
        return heads;
    }

    /** The client's payload, index 0 to {@link #payloadLength}; borrowed. */
    byte[] payload() {
        return payload;
    }

    int payloadLength() {
        return payloadLength;
    }

    Endpoint clientEndpoint() {
        return clientIsLesser ? lesser() : greater();
    }

    Endpoint serverEndpoint() {
        return clientIsLesser ? greater() : lesser();
    }

    private Endpoint lesser() {
        return new Endpoint(new IpAddress(lesserHigh, lesserLow), lesserPort());
    }

    private Endpoint greater() {
        return new Endpoint(new IpAddress(greaterHigh, greaterLow), greaterPort());
    }

    int lesserPort() {
        return ports >>> 16;
    }

    int greaterPort() {
        return ports & 0xffff;
    }

    long redactedValues() {
        return redactedValues;
    }

    long redactedBytes() {
        return redactedBytes;
    }
}
