#!/bin/sh
# Makes a fresh Debian in a folder, for tests: jobs/clean-root.sh FOLDER [SUITE]
#
# The suite is by default that of the machine. What debootstrap made is kept for a day in .build/test-tools, so that the
# second test of a day does not wait for it.
set -eu
folder=$(realpath -m "$1")
cd "$(dirname "$0")/.."
# shellcheck disable=SC1091 # of the machine
suite=${2:-$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-stable}")}

jobs/prepare.sh debootstrap

kept=.build/test-tools/clean-root-$suite.tar
if [ -z "$(find "$kept" -mtime -1 2>/dev/null)" ]; then
    mkdir -p .build/test-tools
    made=$(mktemp -d "${TMPDIR:-/tmp}/wg-reconcile-root.XXXXXX")
    trap 'rm -rf --one-file-system "$made"' EXIT
    trap 'exit 1' HUP INT TERM
    debootstrap --variant=minbase "$suite" "$made/root" >"$made/log" 2>&1 || {
        tail -n 5 "$made/log" >&2
        exit 1
    }
    # The packages that it was made of are not needed again.
    rm -f "$made"/root/var/cache/apt/archives/*.deb
    tar --create --file "$made/root.tar" --directory "$made/root" .
    mv "$made/root.tar" "$kept"
fi
mkdir -p "$folder"
tar --extract --file "$kept" --directory "$folder"
