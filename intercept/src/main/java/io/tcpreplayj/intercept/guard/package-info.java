/** Keeps the rules that swallow answers in force until nobody is left who would send any, whatever becomes of us. */
@NullMarked
package io.tcpreplayj.intercept.guard;

import org.jspecify.annotations.NullMarked;
