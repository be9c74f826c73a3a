#!/bin/sh
# Builds wg-reconcile, makes a sample control plane in a temporary folder, and runs the main job on it.
#
# WG_RECONCILE_BUILD=debug builds faster and runs slower; the default is release.
set -eu
cd "$(dirname "$0")/.."

step() { printf '\n== %s\n' "$*"; }

# Runs the program, shows what was run, and sees that it ends in the exit status that the sample leads to.
expect() {
    expected=$1
    shift
    printf '$ wg-reconcile'
    printf ' %s' "$@"
    printf '\n'
    status=0
    "$program" "$@" </dev/null || status=$?
    if [ "$status" -ne "$expected" ]; then
        printf 'wg-reconcile %s ended with exit status %s; the sample leads to %s.\n' "$1" "$status" "$expected" >&2
        exit 1
    fi
}

# The head of the CSV report and the summary of the JSON one.
show_report() {
    sed -n 1,8p "$1/accounts.csv"
    rows=$(wc -l <"$1/accounts.csv")
    [ "$rows" -le 8 ] || printf '… %s more lines\n' "$((rows - 8))"
    printf '\nreport.json, its summary:\n'
    python3 -c 'import json, sys
report = json.load(open(sys.argv[1]))
print(json.dumps(report["summary"], indent=2))' "$1/report.json"
}

jobs/prepare.sh

configuration=${WG_RECONCILE_BUILD:-release}
step "Building ($configuration)"
swift build -c "$configuration" --product wg-reconcile </dev/null
program=$(swift build -c "$configuration" --show-bin-path)/wg-reconcile

# What the caller's environment says of a real control plane must not reach the demonstration.
for name in $(env | sed -n 's/^\(WG_RECONCILE_[A-Z_]*\)=.*/\1/p'); do
    unset "$name"
done

folder=$(mktemp -d "${TMPDIR:-/tmp}/wg-reconcile-demo.XXXXXX")

step "A sample control plane"
expect 0 sample "$folder/sample"
cd "$folder/sample"
set -- --database db.sqlite3 --wireguard-dir wireguard --report-dir ../reports --no-apply

step "The plan: what a run would do"
expect 1 plan feed.csv "$@"

step "The run"
expect 1 run feed.csv "$@" --summary

step "The report"
show_report ../reports/latest

step "What is where"
cat <<END
sample   $folder/sample
report   $folder/reports/latest

Plan and run ended with exit status 1: the report has entries that need attention. The sample's feed names, on purpose,
something that is no email address, the administrator, and an account in another spelling.
Try also feed-broken.csv, which is refused as a whole with exit status 65. When you are done: rm -r $folder
END
