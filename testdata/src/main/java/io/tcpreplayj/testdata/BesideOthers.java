package io.tcpreplayj.testdata;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Set;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.ResourceLocksProvider;

/** A class of tests that mostly waits: it runs beside other classes, its own tests one after the other. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock(providers = BesideOthers.Itself.class)
public @interface BesideOthers {
    /** A lock that no other class wants: who holds one runs its tests in one thread. */
    final class Itself implements ResourceLocksProvider {
        @Override
        public Set<Lock> provideForClass(final Class<?> testClass) {
            return Set.of(new Lock(testClass.getName()));
        }
    }
}
