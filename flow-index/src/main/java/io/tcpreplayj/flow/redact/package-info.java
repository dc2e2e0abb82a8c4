/** Secrets in streams: what they look like, where they are, and what stands in their place. */
@NullMarked
package io.tcpreplayj.flow.redact;

import org.jspecify.annotations.NullMarked;
