package io.tcpreplayj.cli;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * SIGINT and SIGTERM handed to a command, for as long as it runs. By reflection: javac warns of any direct use of
 * {@code sun.misc.Signal} and nothing but leaving out {@code -Werror} silences it.
 */
final class Signals implements AutoCloseable {
    static final int SIGINT = 2;
    static final int SIGTERM = 15;

    private final List<AutoCloseable> undo = new ArrayList<>(2);

    /** @param handler called with the signal's number, on a thread of the JVM */
    Signals(final IntConsumer handler) {
        handle("INT", SIGINT, handler);
        handle("TERM", SIGTERM, handler);
    }

    private void handle(final String name, final int number, final IntConsumer handler) {
        try {
            final Class<?> signalClass = Class.forName("sun.misc.Signal");
            final Class<?> handlerClass = Class.forName("sun.misc.SignalHandler");
            final Object signal = signalClass.getConstructor(String.class).newInstance(name);
            final Object ours =
                    Proxy.newProxyInstance(handlerClass.getClassLoader(), new Class<?>[] {handlerClass}, (p, m, a) -> {
                        if (m.getName().equals("handle")) {
                            handler.accept(number);
                        }
                        return null;
                    });
            final var install = signalClass.getMethod("handle", signalClass, handlerClass);
            final Object before = install.invoke(null, signal, ours);
            undo.add(() -> install.invoke(null, signal, before));
        } catch (final InvocationTargetException e) {
            // The JVM was started with -Xrs: it leaves signals to the kernel's default, and so do we.
            return;
        } catch (final ReflectiveOperationException e) {
            throw new IllegalStateException("no signal handling in this JVM", e);
        }
    }

    @Override
    public void close() {
        for (final AutoCloseable step : undo) {
            try {
                step.close();
            } catch (final Exception e) {
                throw new IllegalStateException("cannot restore a signal's handler", e);
            }
        }
    }
}
