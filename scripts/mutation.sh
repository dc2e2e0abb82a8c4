#!/bin/sh
# Mutation score class by class, from PIT's CSV; exit 1 below 85 % of all.
#
#   mutation.sh MUTATIONS.CSV
set -eu

awk -F, '
    {
        class = $1
        sub(/\.java$/, "", class)
        all[class]++
        # A test that never ends, or takes all memory, notices too.
        noticed = $6 == "KILLED" || $6 == "TIMED_OUT" || $6 == "MEMORY_ERROR"
        killed[class] += noticed
        total++
        dead += noticed
    }
    END {
        if (total == 0) {
            print "no mutants in the report"
            exit 1
        }
        for (class in all) {
            printf "%-24s %4d of %4d noticed, %3d %%\n", class, killed[class], all[class], 100 * killed[class] / all[class] | "sort"
        }
        close("sort")
        printf "%-24s %4d of %4d noticed, %.1f %%\n", "all", dead, total, 100 * dead / total
        exit dead < 0.85 * total
    }' "$1"
