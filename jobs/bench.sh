#!/bin/sh
# Builds wg-reconcile and its benchmark in release, and prints tables: jobs/bench.sh [OPTION …]
#
#   --quick          small numbers, in less than a minute: says whether the benchmark works, and little about speed
#   --only TABLE     only this table: removal, script, growth, sessions, feed, configs, report, writers
#   --rounds N       how often each thing is measured (5)
#   --seed N         of everything that is made up (1)
#   --folder DIR     where to work; the whole benchmark needs some gigabytes (the folder for temporary files)
#
# WG_RECONCILE_BUILD=debug builds faster; its figures mean nothing.
set -eu
cd "$(dirname "$0")/.."

jobs/prepare.sh sqlite3

configuration=${WG_RECONCILE_BUILD:-release}
swift build -c "$configuration" --product wg-reconcile </dev/null >&2
swift build -c "$configuration" --product wg-reconcile-benchmark </dev/null >&2

# What the caller's environment says of a real control plane must not reach the benchmark.
for name in $(env | sed -n 's/^\(WG_RECONCILE_[A-Z_]*\)=.*/\1/p'); do
    unset "$name"
done

exec "$(swift build -c "$configuration" --show-bin-path)/wg-reconcile-benchmark" "$@"
