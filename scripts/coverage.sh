#!/bin/sh
# Branch coverage of a package, class by class, from a JaCoCo CSV; exit 1 below 95 %.
#
#   coverage.sh JACOCO.CSV PACKAGE
set -eu

awk -F, -v package="$2" '
    NR > 1 && $2 == package {
        missed += $6
        taken += $7
        if ($6 > 0) {
            printf "%-32s %4d of %4d branches not taken\n", $3, $6, $6 + $7
        }
    }
    END {
        if (missed + taken == 0) {
            print "no branch of " package " in the report"
            exit 1
        }
        percent = 100 * taken / (missed + taken)
        printf "%-32s %.1f %% of %d branches taken\n", package, percent, missed + taken
        exit percent < 95
    }' "$1"
