/** Fixtures and oracles for tests; shares no code with what it judges. */
@NullMarked
package io.tcpreplayj.testdata;

import org.jspecify.annotations.NullMarked;
