package io.tcpreplayj.intercept;

/** Sees the answers to replayed clients and keeps them from everybody else. */
public interface Swallower extends AutoCloseable {
    /** Where the answers are seen; closed with this. */
    ResponseTap tap();

    /** How answers are kept, for people: "egress at eth0 into tj0". */
    String mode();

    /** Whether no answer can leave its target's host: then the clients may have the addresses of real ones. */
    boolean attests();

    /** Whether it still keeps answers from everybody else. Asks the kernel: not for the hot path. */
    boolean holds();

    @Override
    void close();
}
