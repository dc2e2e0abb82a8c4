package io.tcpreplayj.cli.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;

/** The one JSON writer of the program. */
public final class Json {
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .build()
            .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
            .disable(JsonGenerator.Feature.FLUSH_PASSED_TO_STREAM);

    private Json() {}

    /** UTF-8; closing the generator leaves {@code out} open. */
    public static JsonGenerator generator(final OutputStream out) throws IOException {
        final JsonGenerator json = FACTORY.createGenerator(out);
        // Root values are ended by a newline that the caller writes, not parted by a blank.
        json.setRootValueSeparator(null);
        return json;
    }

    /** An object from reason to count. */
    public static void reasons(final JsonGenerator json, final String name, final Map<String, Long> reasons)
            throws IOException {
        json.writeObjectFieldStart(name);
        for (final Map.Entry<String, Long> reason : reasons.entrySet()) {
            json.writeNumberField(reason.getKey(), reason.getValue());
        }
        json.writeEndObject();
    }
}
