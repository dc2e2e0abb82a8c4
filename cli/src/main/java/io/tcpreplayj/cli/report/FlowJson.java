package io.tcpreplayj.cli.report;

import com.fasterxml.jackson.core.JsonGenerator;
import io.tcpreplayj.flow.FlowField;
import io.tcpreplayj.flow.FlowFields;
import io.tcpreplayj.flow.FlowSummary;
import io.tcpreplayj.packet.Endpoint;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/** A flow for machines: the fields of {@code flows --json}, stable in name and order. */
public final class FlowJson {
    /** Null instead of absent where there is none: a stream with a hole has no digest. */
    private static final Set<String> ALWAYS = Set.of("clientDigest", "serverDigest");

    private FlowJson() {}

    /**
     * Writes one object.
     *
     * @param capture the name of the capture it came from: an id would say nothing outside the database
     * @param fields its members, null where a flow has no such value; none for the documented ones
     */
    public static void write(
            final FlowSummary flow, final String capture, final List<FlowField> fields, final JsonGenerator json)
            throws IOException {
        json.writeStartObject();
        if (fields.isEmpty()) {
            fields(flow, capture, json);
        }
        for (final FlowField field : fields) {
            if (field.name().equals("capture")) {
                json.writeStringField("capture", capture);
            } else {
                field(field, flow, true, json);
            }
        }
        json.writeEndObject();
    }

    /** Only the fields, inside an object that the caller began. */
    static void fields(final FlowSummary flow, final String capture, final JsonGenerator json) throws IOException {
        for (final FlowField field : FlowFields.ALL) {
            if (field.name().equals("capture")) {
                json.writeStringField("capture", capture);
            } else if (field.inJson()) {
                field(field, flow, ALWAYS.contains(field.name()), json);
            }
        }
    }

    private static void field(
            final FlowField field, final FlowSummary flow, final boolean always, final JsonGenerator json)
            throws IOException {
        switch (field.type()) {
            case NUMBER -> json.writeNumberField(field.name(), field.number(flow));
            case FLAG -> json.writeBooleanField(field.name(), field.flag(flow));
            case ENDPOINT -> endpoint(json, field.name(), field.endpoint(flow));
            case TEXT, ADDRESS -> {
                final String text = field.text(flow);
                if (text != null || always) {
                    json.writeStringField(field.name(), text);
                }
            }
        }
    }

    private static void endpoint(final JsonGenerator json, final String name, final Endpoint endpoint)
            throws IOException {
        json.writeObjectFieldStart(name);
        json.writeStringField("address", endpoint.address().toString());
        json.writeNumberField("port", endpoint.port());
        json.writeEndObject();
    }
}
