package io.tcpreplayj.flow;

import io.tcpreplayj.packet.Endpoint;
import java.util.Comparator;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** A named value of a flow, as {@code flows --json}, {@code --fields} and {@code --where} know it; see {@link FlowFields}. */
public final class FlowField {
    /** What a field holds, and so which getter answers. */
    public enum Type {
        /** An integer: {@link FlowField#number}. */
        NUMBER,
        /** {@link FlowField#flag}. */
        FLAG,
        /** A word, or nothing: {@link FlowField#text}. */
        TEXT,
        /** An address without its port: {@link FlowField#endpoint}, of which only the address counts. */
        ADDRESS,
        /** Address and port: {@link FlowField#endpoint}. */
        ENDPOINT
    }

    private final String name;
    private final Type type;
    private final boolean inJson;
    private final @Nullable ToLongFunction<FlowSummary> number;
    private final @Nullable Predicate<FlowSummary> flag;
    private final @Nullable Function<FlowSummary, @Nullable String> text;
    private final @Nullable Function<FlowSummary, Endpoint> endpoint;

    private FlowField(
            final String name,
            final Type type,
            final boolean inJson,
            final @Nullable ToLongFunction<FlowSummary> number,
            final @Nullable Predicate<FlowSummary> flag,
            final @Nullable Function<FlowSummary, @Nullable String> text,
            final @Nullable Function<FlowSummary, Endpoint> endpoint) {
        this.name = name;
        this.type = type;
        this.inJson = inJson;
        this.number = number;
        this.flag = flag;
        this.text = text;
        this.endpoint = endpoint;
    }

    static FlowField number(final String name, final ToLongFunction<FlowSummary> getter) {
        return new FlowField(name, Type.NUMBER, true, getter, null, null, null);
    }

    static FlowField flag(final String name, final Predicate<FlowSummary> getter) {
        return new FlowField(name, Type.FLAG, true, null, getter, null, null);
    }

    static FlowField text(final String name, final Function<FlowSummary, @Nullable String> getter) {
        return new FlowField(name, Type.TEXT, true, null, null, getter, null);
    }

    static FlowField endpoint(final String name, final Function<FlowSummary, Endpoint> getter) {
        return new FlowField(name, Type.ENDPOINT, true, null, null, null, getter);
    }

    static FlowField address(final String name, final Function<FlowSummary, Endpoint> getter) {
        return new FlowField(name, Type.ADDRESS, false, null, null, null, getter);
    }

    /** The same field, but not a member of the JSON object: part of another one, or computed from others. */
    FlowField notInJson() {
        return new FlowField(name, type, false, number, flag, text, endpoint);
    }

    public String name() {
        return name;
    }

    public Type type() {
        return type;
    }

    /** Whether it is a top-level member of the object that {@code flows --json} prints. */
    public boolean inJson() {
        return inJson;
    }

    /** Of a {@link Type#NUMBER}. */
    public long number(final FlowSummary flow) {
        return Objects.requireNonNull(number, name).applyAsLong(flow);
    }

    /** Of a {@link Type#FLAG}. */
    public boolean flag(final FlowSummary flow) {
        return Objects.requireNonNull(flag, name).test(flow);
    }

    /** Of an {@link Type#ENDPOINT} or an {@link Type#ADDRESS}. */
    public Endpoint endpoint(final FlowSummary flow) {
        return Objects.requireNonNull(endpoint, name).apply(flow);
    }

    /** Of any type, as a table shows it; null when the flow has no such value. */
    public @Nullable String text(final FlowSummary flow) {
        return switch (type) {
            case NUMBER -> Long.toString(number(flow));
            case FLAG -> Boolean.toString(flag(flow));
            case TEXT -> Objects.requireNonNull(text, name).apply(flow);
            case ADDRESS -> endpoint(flow).address().toString();
            case ENDPOINT -> endpoint(flow).toString();
        };
    }

    /** By value; flows that have none come last. */
    public Comparator<FlowSummary> order() {
        return switch (type) {
            case NUMBER -> Comparator.comparingLong(this::number);
            case FLAG -> Comparator.comparing(this::flag);
            case TEXT -> Comparator.comparing(this::text, Comparator.nullsLast(Comparator.naturalOrder()));
            case ADDRESS -> Comparator.comparing(flow -> endpoint(flow).address());
            case ENDPOINT ->
                Comparator.comparing((FlowSummary flow) -> endpoint(flow).address())
                        .thenComparingInt(flow -> endpoint(flow).port());
        };
    }

    @Override
    public String toString() {
        return name;
    }
}
