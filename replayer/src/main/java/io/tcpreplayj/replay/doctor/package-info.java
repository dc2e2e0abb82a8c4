/** Why a replay would not work here, or does not: each hop looked at, the cure of each trouble named. */
@org.jspecify.annotations.NullMarked
package io.tcpreplayj.replay.doctor;
