#!/bin/sh
# Installs what the build needs and is missing on Debian or Ubuntu, and sees that a Swift toolchain is there.
# Run by the other scripts here; running it twice does no harm. jobs/prepare.sh [FURTHER PACKAGE …]
set -eu

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

is_installed() { dpkg-query --show --showformat='${Status}' "$1" 2>/dev/null | grep -q 'install ok installed'; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "Installing needs root. Run this as root, or install by hand: $*"
    fi
}

# SQLite, OpenSSL and zlib with their headers, to build; Python, to test and to show JSON. More can be named.
set -- libsqlite3-dev libssl-dev zlib1g-dev python3 "$@"

if command -v dpkg-query >/dev/null; then
    missing=""
    for package in "$@"; do
        # A program that did not come from its package will do as well.
        is_installed "$package" || command -v "$package" >/dev/null || missing="$missing $package"
    done
    if [ -n "$missing" ]; then
        say "Installing$missing"
        # The lists of a fresh machine or image are empty or old; only then is fetching them worth the time.
        install_missing() {
            # Another program may be installing something at this moment: wait for it, five minutes at most.
            # shellcheck disable=SC2086 # a list of words
            as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
                -o DPkg::Lock::Timeout=300 $missing >&2
        }
        install_missing || {
            as_root apt-get update -qq >&2
            install_missing
        }
    fi
else
    say "This is neither Debian nor Ubuntu: see that SQLite, OpenSSL and zlib are installed with their headers."
fi

command -v swift >/dev/null || die "No swift found. Install Swift 6.2 or later from https://www.swift.org/install/linux/
and see that its usr/bin is in PATH; then run this again."

# "Swift version 6.3.1 (…)" or "Apple Swift version 6.3 (…)"
version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\)\.\([0-9]*\).*/\1 \2/p' | head -n 1)
major=${version% *}
minor=${version#* }
if [ -n "$version" ] && { [ "$major" -lt 6 ] || { [ "$major" -eq 6 ] && [ "$minor" -lt 2 ]; }; }; then
    die "Swift $major.$minor is too old; 6.2 or later is needed: https://www.swift.org/install/linux/"
fi
