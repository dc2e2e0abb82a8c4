package io.tcpreplayj.flow.db;

import static io.tcpreplayj.flow.db.FlowDbFormat.CLASS_CAPTURE_INFO;
import static io.tcpreplayj.flow.db.FlowDbFormat.CLASS_CLIENT_ACKS;
import static io.tcpreplayj.flow.db.FlowDbFormat.CLASS_CLIENT_EVENTS;
import static io.tcpreplayj.flow.db.FlowDbFormat.CLASS_EXCHANGES;
import static io.tcpreplayj.flow.db.FlowDbFormat.CLASS_FLOW_RECORD;
import static io.tcpreplayj.flow.db.FlowDbFormat.CLASS_OPENING;
import static io.tcpreplayj.flow.db.FlowDbFormat.CLASS_SERVER_DATAGRAMS;
import static io.tcpreplayj.flow.db.FlowDbFormat.CLASS_STREAM_SUMMARY;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import io.tcpreplayj.flow.ClientAcks;
import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.flow.Exchanges;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.FlowSummary;
import io.tcpreplayj.flow.Opening;
import io.tcpreplayj.flow.ServerDatagrams;
import io.tcpreplayj.flow.StreamSummary;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Records to bytes and back: Kryo with hand-written serializers and fixed class ids. One per thread. */
final class RecordCodec {
    /** Kryo writes class ids from here on; 0 is null, 1 a class by its name. */
    private static final int FIRST_CLASS = 2;

    private final Kryo kryo = new Kryo();
    private final FlowRecordSerializer flows;
    private final Input input = new Input();
    private final Output output = new Output(1 << 12, -1);

    /** @param version of the database whose records these are */
    RecordCodec(final int version) {
        flows = new FlowRecordSerializer(version);
        kryo.setRegistrationRequired(true);
        kryo.setReferences(false);
        // Nothing nests deeper: a record, and its parts by serializers that know each other.
        kryo.setMaxDepth(2);
        kryo.register(FlowRecord.class, flows, CLASS_FLOW_RECORD);
        kryo.register(CaptureInfo.class, new CaptureInfoSerializer(version), CLASS_CAPTURE_INFO);
        kryo.register(StreamSummary.class, new StreamSummarySerializer(), CLASS_STREAM_SUMMARY);
        kryo.register(Opening.class, new OpeningSerializer(version), CLASS_OPENING);
        kryo.register(ClientEvents.class, new ClientEventsSerializer(version), CLASS_CLIENT_EVENTS);
        kryo.register(Exchanges.class, new ExchangesSerializer(), CLASS_EXCHANGES);
        kryo.register(ClientAcks.class, new ClientAcksSerializer(), CLASS_CLIENT_ACKS);
        kryo.register(ServerDatagrams.class, new ServerDatagramsSerializer(), CLASS_SERVER_DATAGRAMS);
    }

    /**
     * The record's bytes are {@link #bytes()} up to the returned length, until the next call.
     *
     * @throws IllegalArgumentException when the record holds what cannot be stored
     */
    int encode(final Object record) {
        output.reset();
        try {
            kryo.writeClassAndObject(output, record);
        } catch (final KryoException e) {
            throw new IllegalArgumentException("cannot be stored: " + e.getMessage(), e);
        }
        return output.position();
    }

    byte[] bytes() {
        return output.getBuffer();
    }

    ByteBuffer encoded(final Object record) {
        final int length = encode(record);
        return ByteBuffer.wrap(bytes(), 0, length);
    }

    /** Records of one class, each behind the one before, as {@link #decodeAll} reads them. */
    ByteBuffer encodedAll(final List<?> records) {
        final ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (final Object record : records) {
            final int length = encode(record);
            all.write(bytes(), 0, length);
        }
        return ByteBuffer.wrap(all.toByteArray());
    }

    /**
     * @throws KryoException when the bytes are no record of that class
     */
    <T> T decode(final byte[] bytes, final Class<T> type) {
        input.setBuffer(bytes);
        final T record = next(type);
        if (input.position() != input.limit()) {
            throw new KryoException((input.limit() - input.position()) + " bytes behind the record");
        }
        return record;
    }

    /**
     * One record or more, up to the last byte.
     *
     * @throws KryoException when the bytes are not records of that class
     */
    <T> List<T> decodeAll(final byte[] bytes, final Class<T> type) {
        input.setBuffer(bytes);
        final List<T> records = new ArrayList<>();
        do {
            // At least its class id is read of each, so this ends.
            records.add(next(type));
        } while (input.position() < input.limit());
        return records;
    }

    /**
     * The flow's record that begins at {@code offset}; the next one begins at {@link #end()}.
     *
     * @throws KryoException when there is none
     */
    FlowRecord decodeAt(final byte[] bytes, final int offset) {
        input.setBuffer(bytes, offset, bytes.length - offset);
        return next(FlowRecord.class);
    }

    /** Where the record ended that was decoded last. */
    int end() {
        return input.position();
    }

    /**
     * The head of a flow's record, a quarter of the work of decoding it whole.
     *
     * @param bytes hold the record from {@code offset} on, and perhaps others around it
     * @throws KryoException when the bytes are no flow, as far as they were looked at
     */
    FlowSummary decodeSummary(final byte[] bytes, final int offset, final int length) {
        input.setBuffer(bytes, offset, length);
        readClass(FlowRecord.class);
        return flows.readSummary(kryo, input);
    }

    private <T> T next(final Class<T> type) {
        readClass(type);
        return kryo.readObject(input, type);
    }

    private void readClass(final Class<?> type) {
        // Not Kryo's readClass(): that also takes a class by its name, of which it believes the length, and loads it.
        if (input.readVarInt(true) != kryo.getRegistration(type).getId() + FIRST_CLASS) {
            throw new KryoException("class id of another class than " + type.getSimpleName());
        }
    }
}
