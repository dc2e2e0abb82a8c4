package io.tcpreplayj.faultlab;

/** The two directions of the line. */
public enum Way {
    FROM_CLIENT,
    FROM_SERVER;

    Way back() {
        return this == FROM_CLIENT ? FROM_SERVER : FROM_CLIENT;
    }
}
