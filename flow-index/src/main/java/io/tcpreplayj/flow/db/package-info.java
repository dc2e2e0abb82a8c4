/** Flows to and from the flow database file; the only room that knows Kryo. */
@NullMarked
package io.tcpreplayj.flow.db;

import org.jspecify.annotations.NullMarked;
