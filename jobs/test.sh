#!/bin/sh
# Runs the whole test suite: jobs/test.sh [OPTION OF swift test …]
#
# Without options, the tests on live interfaces run beside the others: they mostly wait, and one at a time.
# At the end it repeats what failed, lists what was skipped, and says how to make that count.
# WG_RECONCILE_STRICT=1 makes a warning an error, as continuous integration does.
set -eu
cd "$(dirname "$0")/.."

jobs/prepare.sh

output=$(mktemp)
trap 'rm -f "$output" "$output".*' EXIT

# A pipe ends with the status of its last command, so the status of the tests goes through a file.
run() {
    status=0
    # Nothing here asks anything; a test that reads standard input must not take it from whoever runs this.
    "$@" </dev/null 2>&1 || status=$?
    [ "$status" = 0 ] || echo "$status" >"$output.status"
}

if [ $# -gt 0 ]; then
    run swift test "$@" | tee "$output"
else
    swift build --build-tests </dev/null
    tests=$(swift build --show-bin-path)/wg-reconcilePackageTests.xctest
    live='LiveInterfacesTests|UnitCapabilitiesTests'
    run "$tests" --testing-library swift-testing --filter "$live" >"$output.live" &
    run "$tests" --testing-library swift-testing --skip "$live" | tee "$output"
    wait
    tee -a "$output" <"$output.live"
fi

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
[ -e "$output.status" ] || exit 0
printf '\nWhat failed:\n'
# On some terminals the sign is coloured.
grep -aE '✘.* Test .*(recorded an issue|failed after)|error:|✘.* Test run' "$output" | cut -c1-600 | tail -n 80
exit "$(cat "$output.status")"
