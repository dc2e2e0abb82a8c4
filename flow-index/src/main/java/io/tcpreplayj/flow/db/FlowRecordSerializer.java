package io.tcpreplayj.flow.db;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.Serializer;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import io.tcpreplayj.flow.ClientAcks;
import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.flow.Exchanges;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.FlowRecord.App;
import io.tcpreplayj.flow.FlowRecord.Close;
import io.tcpreplayj.flow.FlowRecord.Handshake;
import io.tcpreplayj.flow.FlowRecord.Protocol;
import io.tcpreplayj.flow.FlowRecord.SkipReason;
import io.tcpreplayj.flow.FlowSummary;
import io.tcpreplayj.flow.Opening;
import io.tcpreplayj.flow.ServerDatagrams;
import io.tcpreplayj.flow.StreamSummary;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.Tunnel;
import org.jspecify.annotations.Nullable;

/** A whole flow but for the client's bytes. */
final class FlowRecordSerializer extends Serializer<FlowRecord> {
    private static final int CLIENT_V4 = 1;
    private static final int SERVER_V4 = 2;
    private static final int MIDSTREAM = 4;
    private static final int UDP = 8;

    private static final Handshake[] HANDSHAKES = Handshake.values();
    private static final Close[] CLOSES = Close.values();
    private static final App[] APPS = App.values();
    private static final Tunnel.Kind[] TUNNELS = Tunnel.Kind.values();
    private static final SkipReason[] REASONS = SkipReason.values();

    private final StreamSummarySerializer streams = new StreamSummarySerializer();
    private final OpeningSerializer openings;
    private final ClientEventsSerializer events;
    private final ExchangesSerializer exchanges = new ExchangesSerializer();
    private final ClientAcksSerializer acks = new ClientAcksSerializer();

    private final boolean withTunnel;
    private final boolean withAcks;
    /** Those that the version knows are below; so of the two others. */
    private final int reasonsEnd;

    private final int appsEnd;
    private final int flagsEnd;
    private final ServerDatagramsSerializer datagrams = new ServerDatagramsSerializer();

    /** @param version of the database whose records are read or written */
    FlowRecordSerializer(final int version) {
        super(false, true);
        openings = new OpeningSerializer(version);
        events = new ClientEventsSerializer(version);
        withAcks = version >= FlowDbFormat.VERSION_WITH_HEADERS;
        withTunnel = version >= FlowDbFormat.VERSION_WITH_TUNNEL;
        final boolean withUdp = version >= FlowDbFormat.VERSION_WITH_UDP;
        reasonsEnd = withUdp ? REASONS.length : reasonsBefore(version);
        appsEnd = withUdp ? APPS.length : App.DNS.ordinal();
        flagsEnd = withUdp ? 2 * UDP : UDP;
    }

    private static int reasonsBefore(final int version) {
        return version >= FlowDbFormat.VERSION_WITH_KEPT
                ? SkipReason.MULTICAST.ordinal()
                : SkipReason.HEADERS_ONLY.ordinal();
    }

    @Override
    public void write(final Kryo kryo, final Output output, final FlowRecord flow) {
        output.writeVarLong(flow.id(), true);
        output.writeVarInt(flow.captureId(), true);
        final boolean clientV4 = flow.client().address().isV4();
        final boolean serverV4 = flow.server().address().isV4();
        final ServerDatagrams received = flow.datagrams();
        if (received != null && flagsEnd == UDP) {
            throw new KryoException("a UDP conversation, which this version cannot tell");
        }
        output.writeByte((clientV4 ? CLIENT_V4 : 0)
                | (serverV4 ? SERVER_V4 : 0)
                | (flow.midstream() ? MIDSTREAM : 0)
                | (received != null ? UDP : 0));
        writeEndpoint(output, flow.client(), clientV4);
        writeEndpoint(output, flow.server(), serverV4);
        output.writeLong(flow.startNs());
        output.writeVarLong(flow.endNs() - flow.startNs(), false);
        output.writeByte(flow.handshake().ordinal());
        output.writeByte(flow.close().ordinal());
        output.writeByte(flow.app().ordinal());
        final SkipReason reason = flow.skipReason();
        if (reason != null && reason.ordinal() >= reasonsEnd) {
            throw new KryoException("skip reason " + reason.label() + ", which this version cannot tell");
        }
        output.writeByte(reason == null ? 0 : reason.ordinal() + 1);
        output.writeVarInt(flow.requests(), true);
        if (withTunnel) {
            writeTunnel(output, flow.tunnel());
        }
        streams.write(kryo, output, flow.clientStream());
        streams.write(kryo, output, flow.serverStream());
        openings.write(kryo, output, flow.opening());
        events.write(kryo, output, flow.events());
        exchanges.write(kryo, output, flow.exchanges());
        if (withAcks) {
            acks.write(kryo, output, flow.acks());
        }
        if (received != null) {
            datagrams.write(kryo, output, received);
        }
    }

    @Override
    public FlowRecord read(final Kryo kryo, final Input input, final Class<? extends FlowRecord> type) {
        final FlowHead head = readHead(kryo, input, false);
        return new FlowRecord(
                head.id(),
                head.captureId(),
                head.client(),
                head.server(),
                head.tunnel(),
                head.startNs(),
                head.endNs(),
                head.clientStream(),
                head.serverStream(),
                head.handshake(),
                head.close(),
                head.midstream(),
                head.app(),
                head.requests(),
                head.skipReason(),
                openings.read(kryo, input, Opening.class),
                events.read(kryo, input, ClientEvents.class),
                exchanges.read(kryo, input, Exchanges.class),
                withAcks ? acks.read(kryo, input, ClientAcks.class) : ClientAcks.NONE,
                head.protocol() == Protocol.UDP ? datagrams.read(kryo, input, ServerDatagrams.class) : null);
    }

    /** What can be listed; the exchanges are counted, not read, and the input is left somewhere in the record. */
    FlowSummary readSummary(final Kryo kryo, final Input input) {
        return readHead(kryo, input, true);
    }

    private FlowHead readHead(final Kryo kryo, final Input input, final boolean countsExchanges) {
        final long id = input.readVarLong(true);
        final int captureId = input.readVarInt(true);
        final int flags = BoundedReads.below(input, flagsEnd, "flow flags");
        final Endpoint client = readEndpoint(input, (flags & CLIENT_V4) != 0);
        final Endpoint server = readEndpoint(input, (flags & SERVER_V4) != 0);
        final long startNs = input.readLong();
        return new FlowHead(
                id,
                captureId,
                (flags & UDP) != 0 ? Protocol.UDP : Protocol.TCP,
                (flags & MIDSTREAM) != 0,
                client,
                server,
                startNs,
                startNs + input.readVarLong(false),
                HANDSHAKES[BoundedReads.below(input, HANDSHAKES.length, "handshake")],
                CLOSES[BoundedReads.below(input, CLOSES.length, "close")],
                APPS[BoundedReads.below(input, appsEnd, "app")],
                readReason(input),
                input.readVarInt(true),
                withTunnel ? readTunnel(input) : Tunnel.NONE,
                streams.read(kryo, input, StreamSummary.class),
                streams.read(kryo, input, StreamSummary.class),
                countsExchanges ? countExchanges(input) : 0);
    }

    private int countExchanges(final Input input) {
        openings.skip(input);
        events.skip(input);
        return exchanges.readSize(input);
    }

    private @Nullable SkipReason readReason(final Input input) {
        final int stored = BoundedReads.below(input, reasonsEnd + 1, "skip reason");
        return stored == 0 ? null : REASONS[stored - 1];
    }

    private static void writeTunnel(final Output output, final long tunnel) {
        output.writeByte(Tunnel.kind(tunnel).ordinal());
        if (tunnel != Tunnel.NONE) {
            output.writeByte(Tunnel.layers(tunnel));
            output.writeVarLong(Tunnel.id(tunnel) + 1, true);
        }
    }

    private static long readTunnel(final Input input) {
        final Tunnel.Kind kind = TUNNELS[BoundedReads.below(input, TUNNELS.length, "tunnel")];
        if (kind == Tunnel.Kind.NONE) {
            return Tunnel.NONE;
        }
        final int layers = BoundedReads.below(input, Tunnel.MAX_LAYERS + 1, "tunnel layers");
        final long id = input.readVarLong(true) - 1;
        try {
            return Tunnel.of(kind, layers, id);
        } catch (final IllegalArgumentException e) {
            throw new KryoException(e.getMessage(), e);
        }
    }

    private static void writeEndpoint(final Output output, final Endpoint endpoint, final boolean v4) {
        if (v4) {
            output.writeInt(endpoint.address().v4());
        } else {
            output.writeLong(endpoint.address().high());
            output.writeLong(endpoint.address().low());
        }
        output.writeShort(endpoint.port());
    }

    private static Endpoint readEndpoint(final Input input, final boolean v4) {
        final IpAddress address =
                v4 ? IpAddress.v4(input.readInt()) : new IpAddress(input.readLong(), input.readLong());
        return new Endpoint(address, input.readShortUnsigned());
    }
}
