package io.tcpreplayj.cli;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Signals handed to a command, for as long as it runs. By reflection: javac warns of any direct use of
 * {@code sun.misc.Signal}, and no annotation silences that.
 */
final class Signals {
    private static final int SIGINT = 2;
    private static final int SIGTERM = 15;

    private final Class<?> handlerClass;
    private final Class<?> signalClass;
    private final Method handle;

    /** What runs while signals are ours. */
    @FunctionalInterface
    interface Body<T> {
        T run() throws IOException;
    }

    private Signals() throws ReflectiveOperationException {
        handlerClass = Class.forName("sun.misc.SignalHandler");
        signalClass = Class.forName("sun.misc.Signal");
        handle = signalClass.getMethod("handle", signalClass, handlerClass);
    }

    /**
     * Runs {@code body}; whatever handled the signals before does so again afterwards.
     *
     * @param handler called with the signal's number, on a thread of the JVM
     */
    static <T> T during(final IntConsumer handler, final Body<T> body) throws IOException {
        final Signals signals = create();
        final Object beforeInt = signals.install("INT", signals.proxy(SIGINT, handler));
        final Object beforeTerm = signals.install("TERM", signals.proxy(SIGTERM, handler));
        try {
            return body.run();
        } finally {
            signals.install("INT", beforeInt);
            signals.install("TERM", beforeTerm);
        }
    }

    /** Runs {@code body}, and {@code handler} whenever that signal comes meanwhile, on a thread of the JVM. */
    private static <T> T during(final String name, final Runnable handler, final Body<T> body) throws IOException {
        final Signals signals = create();
        final Object before = signals.install(name, signals.proxy(0, number -> handler.run()));
        try {
            return body.run();
        } finally {
            signals.install(name, before);
        }
    }

    /**
     * The same of all that a running capture takes.
     *
     * @param end SIGINT or SIGTERM came
     * @param ask SIGUSR1
     * @param reload SIGHUP
     */
    static <T> T during(final IntConsumer end, final Runnable ask, final Runnable reload, final Body<T> body)
            throws IOException {
        return during(end, () -> during("USR1", ask, () -> during("HUP", reload, body)));
    }

    private static Signals create() {
        try {
            return new Signals();
        } catch (final ReflectiveOperationException e) {
            throw new IllegalStateException("this JVM has no jdk.unsupported module", e);
        }
    }

    private Object proxy(final int number, final IntConsumer handler) {
        return Proxy.newProxyInstance(
                Signals.class.getClassLoader(), new Class<?>[] {handlerClass}, (self, method, args) -> {
                    if (method.getName().equals("handle")) {
                        handler.accept(number);
                    }
                    return null;
                });
    }

    /** The handler before; null when the JVM leaves that signal alone (-Xrs), and then so do we. */
    private @Nullable Object install(final String name, final @Nullable Object handler) {
        if (handler == null) {
            return null;
        }
        try {
            return handle.invoke(null, signalClass.getConstructor(String.class).newInstance(name), handler);
        } catch (final InvocationTargetException e) {
            if (e.getCause() instanceof IllegalArgumentException) {
                return null;
            }
            throw new IllegalStateException("cannot handle SIG" + name, e);
        } catch (final ReflectiveOperationException e) {
            throw new IllegalStateException("cannot handle SIG" + name, e);
        }
    }
}
