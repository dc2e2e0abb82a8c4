/** JMH benchmarks, one for each room, and the gates on what is exact. */
@NullMarked
package io.tcpreplayj.bench;

import org.jspecify.annotations.NullMarked;
