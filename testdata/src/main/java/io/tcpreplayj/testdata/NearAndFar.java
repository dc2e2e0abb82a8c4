package io.tcpreplayj.testdata;

/** Two namespaces and a veth pair, "va" here and "vb" there, for tests that move between them; gone when closed. */
public final class NearAndFar implements AutoCloseable {
    private final Netns here;
    private final Netns there;

    private NearAndFar(final Netns here, final Netns there) {
        this.here = here;
        this.there = there;
    }

    /** Without addresses. */
    public static NearAndFar create() {
        final Netns here = Netns.create("here");
        try {
            final NearAndFar both = new NearAndFar(here, Netns.create("there"));
            try {
                Netns.connect(both.here, "va", both.there, "vb");
                return both;
            } catch (final RuntimeException e) {
                both.there.close();
                throw e;
            }
        } catch (final RuntimeException e) {
            here.close();
            throw e;
        }
    }

    /** With 10.77.0.1 and fd77::1 here, 10.77.0.2 and fd77::2 there. */
    public static NearAndFar addressed() {
        final NearAndFar both = create();
        try {
            both.here.address("va", "10.77.0.1/24");
            both.there.address("vb", "10.77.0.2/24");
            both.here.address("va", "fd77::1/64");
            both.there.address("vb", "fd77::2/64");
            return both;
        } catch (final RuntimeException e) {
            both.close();
            throw e;
        }
    }

    public Netns here() {
        return here;
    }

    public Netns there() {
        return there;
    }

    @Override
    public void close() {
        here.close();
        there.close();
    }
}
