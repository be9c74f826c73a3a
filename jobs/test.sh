#!/bin/sh
# Runs the whole test suite: jobs/test.sh [OPTION OF swift test …]
#
# WG_RECONCILE_STRICT=1 makes a warning an error, as continuous integration does.
set -eu
cd "$(dirname "$0")/.."

jobs/prepare.sh

# Nothing here asks anything; a test that reads standard input must not take it from whoever runs this.
exec swift test "$@" </dev/null
