#!/bin/sh
# Runs the whole test suite: jobs/test.sh [OPTION OF swift test …]
#
# At the end it repeats what failed, lists what was skipped, and says how to make that count.
# WG_RECONCILE_STRICT=1 makes a warning an error, as continuous integration does.
set -eu
cd "$(dirname "$0")/.."

jobs/prepare.sh

output=$(mktemp)
trap 'rm -f "$output" "$output.status"' EXIT

# A pipe ends with the status of its last command, so the status of the tests goes through a file.
{
    status=0
    # Nothing here asks anything; a test that reads standard input must not take it from whoever runs this.
    swift test "$@" </dev/null 2>&1 || status=$?
    echo "$status" >"$output.status"
} | tee "$output"

skipped=$(sed -nE 's/^.*(Suite|Test) .* skipped(: "?|\.)(.*)$/\3/p' "$output" |
    sed 's/"$//; s/^$/no reason given/' | sort | uniq -c)
if [ -n "$skipped" ]; then
    cat <<END

Skipped tests and suites, by reason:
$skipped
This installs the tools and makes a test whose tool is missing fail:
  eval "\$(jobs/prepare-tests.sh)" && jobs/test.sh
Tests that give files away or mount a file system need root.
END
fi
if [ "${WG_RECONCILE_LONG_TESTS:-}" != 1 ]; then
    echo "Tests at random ran their short versions. WG_RECONCILE_LONG_TESTS=1 jobs/test.sh runs the long ones."
fi
failed=$(grep -aE '^✘ Test .*(recorded an issue|failed after)|(error|Fatal error):|^✘ Test run' "$output" | cut -c1-600 | tail -n 80) || :
status=$(cat "$output.status")
if [ "$status" != 0 ] && [ -n "$failed" ]; then
    printf '\nWhat failed:\n%s\n' "$failed"
fi
exit "$status"
