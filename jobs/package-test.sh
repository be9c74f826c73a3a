#!/bin/sh
# Tries the Debian package as a host without Swift would have it: jobs/package-test.sh PACKAGE
#
# lintian looks it over; then it is installed into a fresh Debian (debootstrap, root needed) and run there. Where such a root cannot
# be had, that part says that it is skipped; with WG_RECONCILE_REQUIRE_CLEAN_ROOT=1 it fails instead.
set -eu
package=$(realpath "$1")
cd "$(dirname "$0")/.."

passed=0
pass() { passed=$((passed + 1)); printf 'ok: %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
skip() {
    [ "${WG_RECONCILE_REQUIRE_CLEAN_ROOT:-}" != 1 ] || fail "$*"
    printf '%s passed, 0 failed, 1 skipped\n' "$passed"
    printf 'skipped: the package was not installed: %s\n' "$*"
    exit 0
}

work=$(mktemp -d "${TMPDIR:-/tmp}/wg-reconcile-package-test.XXXXXX")
root=$work/root
clean_up() {
    if mountpoint -q "$root/proc"; then umount "$root/proc"; fi
    rm -rf --one-file-system "$work"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

jobs/prepare.sh lintian mandoc

# Errors fail. What lintian only warns of is printed, to be read.
lintian --allow-root --no-cfg --fail-on error "$package" || fail "lintian finds errors"
pass "lintian finds no error"

dpkg-deb --extract "$package" "$work/files"
gunzip "$work"/files/usr/share/man/man8/*.gz
mandoc -T lint -W error "$work"/files/usr/share/man/man8/* || fail "the manual pages are not well formed"
pass "the manual pages are well formed"
(
    cd "$work/files/usr/share/doc/wg-reconcile"
    find . -name '*.md' | while read -r document; do
        grep -oE '\]\([^)#]+|^\[[^]]+\]: .*' "$document" | sed -e 's/^](//' -e 's/^\[.*\]: //' | grep -v '://' |
            while read -r link; do
                [ -e "$(dirname "$document")/$link" ] || printf '%s leads to %s, which is not there\n' "$document" "$link"
            done
    done
) >"$work/links.log"
[ ! -s "$work/links.log" ] || { cat "$work/links.log" >&2; fail "the documents lead to files that are not in the package"; }
pass "the documents lead to files that are in the package"
bash -n "$work/files/usr/share/bash-completion/completions/wg-reconcile" || fail "bash does not take its completions"
for shell in "zsh -n zsh/vendor-completions/_wg-reconcile" \
    "fish --no-execute fish/vendor_completions.d/wg-reconcile.fish"; do
    # shellcheck disable=SC2086 # the shell, its option and the file
    set -- $shell
    if command -v "$1" >/dev/null; then
        "$1" "$2" "$work/files/usr/share/$3" || fail "$1 does not take its completions"
        pass "$1 takes its completions"
    fi
done

[ "$(id -u)" -eq 0 ] || skip "that takes root"
jobs/clean-root.sh "$root" || skip "debootstrap made no root"
mount -t proc proc "$root/proc" || skip "/proc cannot be mounted in the new root"
cp "$package" "$root/tmp/wg-reconcile.deb"

inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"; }
inside env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends /tmp/wg-reconcile.deb \
    >"$work/install.log" 2>&1 || { tail -n 20 "$work/install.log" >&2; fail "the package cannot be installed"; }
pass "installed into a fresh Debian, with what it depends on"

inside sh -c 'command -v swift' >/dev/null && fail "the clean root has Swift, so that this shows nothing"
inside wg-reconcile --version >/dev/null || fail "the program does not start"
inside wg-reconcile sample /tmp/sample || fail "no sample"
# The sample's feed has entries that need attention, so a run ends with 1.
status=0
inside wg-reconcile run /tmp/sample/feed.csv --database /tmp/sample/db.sqlite3 --wireguard-dir /tmp/sample/wireguard \
    --report-dir /tmp/reports --no-apply --summary || status=$?
[ "$status" -eq 1 ] || fail "the run ended in $status; the sample leads to 1"
[ -f "$root/tmp/reports/latest/report.json" ] || [ -n "$(find "$root/tmp/reports" -name report.json)" ] || fail "no report"
pass "a run on a sample leaves a report, without Swift on the machine"

# The places that the installed configuration names, so that a command needs nothing else.
mkdir -p "$root/etc/wireguard"
inside wg-reconcile sample /tmp/fresh >/dev/null || fail "no sample"
mv "$root/tmp/fresh/db.sqlite3" "$root/etc/wireguard/wireguard-webadmin-db.sqlite3"
mv "$root"/tmp/fresh/wireguard/* "$root/etc/wireguard/"
for command in "plan /tmp/fresh/feed.csv" "run /tmp/fresh/feed.csv --no-apply"; do
    status=0
    # shellcheck disable=SC2086 # words
    inside wg-reconcile $command >"$work/places.log" 2>&1 || status=$?
    [ "$status" -eq 1 ] || { cat "$work/places.log" >&2; fail "$command ended in $status; the sample leads to 1"; }
done
inside wg-reconcile history customer00000@example.com >"$work/places.log" 2>&1 || fail "history needs more"
grep -q removed "$work/places.log" || fail "history does not know what the run removed"
[ -d "$root/var/lib/wg-reconcile/reports/latest" ] || fail "no report where the configuration has it"
pass "with the configuration that it installs, a plan, a run and a history need no option"

status=0
inside env WEBHOOK_URL=http://127.0.0.1:9/ wg-reconcile run /tmp/fresh/feed.csv --no-apply \
    --on-finish /usr/lib/wg-reconcile/hooks/webhook >"$work/hook.log" 2>&1 || status=$?
[ "$status" -eq 1 ] || { cat "$work/hook.log" >&2; fail "a hook changed the exit status to $status"; }
grep -q 'cannot run the program of --on-finish /usr/lib/wg-reconcile/hooks/webhook: it ended with status' "$work/hook.log" ||
    { cat "$work/hook.log" >&2; fail "the hook of the package was not started"; }
pass "an example of --on-finish is started, and what it fails with is said"

# In a build for tests it makes the program stop, with the write lock in its hands.
status=0
inside env WG_RECONCILE_TEST_PAUSE=committed wg-reconcile run /tmp/sample/feed.csv --database /tmp/sample/db.sqlite3 \
    --wireguard-dir /tmp/sample/wireguard --report-dir /tmp/reports --no-apply 2>"$work/pause.log" || status=$?
[ "$status" -eq 78 ] || fail "a run with WG_RECONCILE_TEST_PAUSE ended in $status, not in 78"
grep -q 'cannot use the variable WG_RECONCILE_TEST_PAUSE' "$work/pause.log" || fail "nothing is said of WG_RECONCILE_TEST_PAUSE"
pass "the variable that stops a run for tests is refused"

inside apt-get remove -qq -y wg-reconcile >"$work/remove.log" 2>&1 || fail "the package cannot be removed"
[ ! -e "$root/usr/bin/wg-reconcile" ] || fail "the program stays after removal"
[ -e "$root/etc/wg-reconcile/config.json" ] || fail "the configuration, which may hold changes, went along"
pass "removed again"

printf '%s passed, 0 failed\n' "$passed"
