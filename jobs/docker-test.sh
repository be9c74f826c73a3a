#!/bin/sh
# Tries the way from the application's compose file to the first night, as the README has it: jobs/docker-test.sh PACKAGE
#
# No Docker engine is needed. buildah builds the image from the Dockerfile and runs it, isolated by chroot, on a Debian
# that debootstrap made; docker-compose resolves the files. In the first stage, a stand-in for Swift hands out the
# program of PACKAGE, and all else is done as in that image. A network namespace stands for the application's container:
# its interfaces (wireguard-go), its names, its kind of firewall script. Customers ping through it all the time.
#
# Root is needed. Where it cannot be done, it says that it is skipped; with WG_RECONCILE_REQUIRE_CLEAN_ROOT=1 it fails.
set -eu
package=$(realpath "$1")
cd "$(dirname "$0")/.."

passed=0
pass() { passed=$((passed + 1)); printf 'ok: %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
skip() {
    [ "${WG_RECONCILE_REQUIRE_CLEAN_ROOT:-}" != 1 ] || fail "$*"
    printf '0 passed, 0 failed, 1 skipped\n'
    printf 'skipped: the image was not tried: %s\n' "$*"
    exit 0
}

[ "$(id -u)" -eq 0 ] || skip "that takes root"
[ -c /dev/net/tun ] || skip "there is no /dev/net/tun"
jobs/prepare.sh buildah docker-compose wireguard-tools wireguard-go iptables iproute2 iputils-ping

work=$(mktemp -d "${TMPDIR:-/tmp}/wg-reconcile-docker-test.XXXXXX")
tag=$(printf '%s' "$work" | tail -c 6)
server=wgd-s-$tag
client=wgd-c-$tag
numbers="0 4 5 6 7"
pings=""
export STAND_IN="$work" STAND_IN_NETWORK="/run/netns/$server" STAND_IN_HOSTS="$work/hosts"
images() { buildah --root "$work/storage" --runroot "$work/run" --storage-driver overlay "$@"; }
clean_up() {
    # shellcheck disable=SC2086 # numbers of processes
    [ -z "$pings" ] || kill $pings 2>/dev/null || true
    for number in $numbers; do
        ip -n "$server" link delete dev "wg$number" 2>/dev/null || true
        ip -n "$client" link delete dev "cl$number" 2>/dev/null || true
    done
    ip netns delete "$server" 2>/dev/null || true
    ip netns delete "$client" 2>/dev/null || true
    images rm --all >/dev/null 2>&1 || true
    images rmi --all --force >/dev/null 2>&1 || true
    if mountpoint -q "$work/storage/overlay"; then umount "$work/storage/overlay"; fi
    rm -rf --one-file-system "$work"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

# Runs a command as the application would in its container.
in_application() {
    # shellcheck disable=SC2016 # the words of the inner shell
    nsenter --net="$STAND_IN_NETWORK" unshare --mount sh -c \
        'mount --bind "$0" /etc/wireguard && mount --bind "$1" /etc/hosts && shift && exec "$@"' \
        "$volume" "$work/hosts" "$@"
}
in_client() { nsenter --net="/run/netns/$client" "$@"; }
rules() { nsenter --net="$STAND_IN_NETWORK" iptables-save | sed -e '/^#/d' -e 's/ \[[0-9:]*\]$//'; }

# The images that the Dockerfile begins with. Nothing is fetched but Debian's packages.
suite=$(sed -n 's/^ARG DEBIAN=//p' jobs/docker/Dockerfile)
jobs/clean-root.sh "$work/root" "$suite" || skip "debootstrap made no root"
image() {
    container=$(images from scratch)
    images add --quiet "$container" "$work/root" / >/dev/null
    images commit --quiet --rm "$container" "$1" >/dev/null
}
image "docker.io/library/debian:$suite-slim" || skip "buildah makes no image here"
dpkg-deb --extract "$package" "$work/package"
install -D -m 0755 "$work/package/usr/bin/wg-reconcile" "$work/root/opt/built/wg-reconcile"
cat >"$work/root/usr/bin/swift" <<'END'
#!/bin/sh
case "$*" in
--version) echo "Swift version 6.3" ;;
*--show-bin-path) echo /opt/built ;;
esac
END
chmod 0755 "$work/root/usr/bin/swift"
swift=$(sed -n 's/^FROM \(swift:[0-9.]*\).*/\1/p' jobs/docker/Dockerfile)
image "docker.io/library/$swift-$suite"
rm -rf "$work/root"

# The application: a folder with its compose file, beside this repository.
mkdir -p "$work/wireguard_webadmin" "$work/feeds" "$work/reports" "$work/bin"
cp fixtures/docker/docker-compose.yml "$work/wireguard_webadmin/"
ln -s "$PWD" "$work/wg-reconcile"
ln -s "$PWD/Tests/Compose/docker" "$work/bin/docker"
printf 'RECONCILE_INBOX=%s\nRECONCILE_REPORTS=%s\n' "$work/feeds" "$work/reports" >"$work/wireguard_webadmin/.env"
printf '%s\n' "127.0.0.1 localhost" "172.20.0.2 wireguard-webadmin" "172.20.0.3 wireguard-webadmin-dns" >"$work/hosts"
# Its volume: a sample's database and configs. Peers get keys that are known here.
"$work/package/usr/bin/wg-reconcile" sample "$work/sample" --accounts 12 >/dev/null
volume=$work/volumes/wireguard
mkdir -p "$work/volumes"
mv "$work/sample/wireguard" "$volume"
mv "$work/sample/db.sqlite3" "$volume/wireguard-webadmin-db.sqlite3"
# shellcheck disable=SC2086 # numbers
Tests/Compose/application.py tunnels "$volume/wireguard-webadmin-db.sqlite3" "$work" $numbers >"$work/tunnels"
"$work/package/usr/bin/wg-reconcile" regenerate --no-apply --database "$volume/wireguard-webadmin-db.sqlite3" \
    --wireguard-dir "$volume" --log-level error

ip netns add "$server"
ip netns add "$client"
ip -n "$server" link set lo up
ip -n "$server" link add eth0 type veth peer name eth0 netns "$client"
ip -n "$server" address add 192.0.2.1/24 dev eth0
ip -n "$client" address add 192.0.2.2/24 dev eth0
ip -n "$server" link set eth0 up
ip -n "$client" link set eth0 up
for number in $numbers; do
    in_application env LOG_LEVEL=silent WG_QUICK_USERSPACE_IMPLEMENTATION=wireguard-go wg-quick up "wg$number" \
        >>"$work/up.log" 2>&1 || fail "wg$number does not come up: $(cat "$work/up.log")"
    in_client env LOG_LEVEL=silent WG_QUICK_USERSPACE_IMPLEMENTATION=wireguard-go wg-quick up "$work/cl$number.conf" \
        >>"$work/up.log" 2>&1 || fail "cl$number does not come up: $(cat "$work/up.log")"
done

# Its firewall script, which makes the rules one by one, as the application's does; run before anything else.
in_application /etc/wireguard/wg-firewall.sh
rules >"$work/rules"
Tests/Compose/application.py script <"$work/rules" >"$volume/wg-firewall.sh"
rm -f "$volume/.wg-firewall.pending"
in_application bash /etc/wireguard/wg-firewall.sh
rules | diff "$work/rules" - || fail "the stand-in for the application's script makes other rules"
grep -q 'to-destination 172.20.0.3' "$work/rules" ||
    fail "no rule leads to the DNS container, so that this shows nothing"

removed=$(sed -n 1,2p "$work/tunnels" | cut -d ' ' -f 2)
gone=$(sed -n 1,2p "$work/tunnels" | cut -d ' ' -f 3)
staying=$(sed -n '3,$p' "$work/tunnels" | cut -d ' ' -f 3)
# The first ones make the handshakes; after that none may be lost.
for address in $gone $staying; do
    in_client ping -c 1 -w 10 -q "$address" >/dev/null || fail "no ping to $address goes through"
done
for address in $staying; do
    # On SIGINT, which a shell has its background commands ignore, ping prints its counts. No function: that would be one
    # process more, and the signal would reach that.
    nsenter --net="/run/netns/$client" env --default-signal=INT ping -i 0.1 -q "$address" >"$work/ping-$address" &
    pings="$pings $!"
done
{
    echo "email,status"
    for email in $removed; do echo "$email,cancelled"; done
} >"$work/feeds/feed.csv"

# The commands of the README, one after the other, in the folder of the application's compose file.
# shellcheck disable=SC2016 # of Markdown
sed -n '/^## Install/,$p' README.md | sed -n '/^```sh/,/^```/{/^```/!p;/^```$/q}' >"$work/commands"
count=$(grep -c . "$work/commands")
if [ "$count" -lt 1 ] || [ "$count" -gt 5 ]; then fail "the README leads to the first night in $count commands"; fi
while read -r command; do
    printf '$ %s\n' "$command"
    status=0
    (cd "$work/wireguard_webadmin" && PATH="$work/bin:$PATH" sh -c "$command") >"$work/command.log" 2>&1 </dev/null ||
        status=$?
    [ "$status" -eq 0 ] || { cat "$work/command.log" >&2; fail "it ended with $status"; }
    case $command in
    *" check")
        cat "$work/command.log"
        for words in "the network namespace net:" "5 of the database's 12 interfaces are up" \
            "wireguard-webadmin is 172.20.0.2, wireguard-webadmin-dns is 172.20.0.3" \
            "the application's chains are in the packet filter of iptables here"; do
            grep -q "$words" "$work/command.log" || fail "check does not say: $words"
        done
        pass "check finds the application's interfaces, names and packet filter"
        ;;
    esac
done <"$work/commands"
pass "the README's $count commands lead from the application's compose file to the first night"

report=$work/reports/reports/latest/accounts.csv
for email in $removed; do
    grep "$email" "$report" | grep -q ',removed,' || { cat "$report" >&2; fail "$email is not reported as removed"; }
done
python3 - "$work/reports/reports/latest/report.json" <<'END' || fail "the tunnels are not proved down"
import json, sys
report = json.load(open(sys.argv[1]))
assert [account["tunnel_down"] for account in report["accounts"]] == [True, True], report["accounts"]
assert report["run"]["configs"]["firewall_run"], report["run"]["configs"]
END
for address in $gone; do
    ! in_client ping -c 1 -W 1 -q "$address" >/dev/null || fail "$address still answers"
done
for number in 0 4; do
    ! ip -n "$server" link show dev "wg$number" >/dev/null 2>&1 || fail "wg$number is up"
    [ ! -e "$volume/wg$number.conf" ] || fail "wg$number.conf is there"
done
pass "the removed customers are off, and reported so"

# Of the interfaces that stay, every rule is as it was, those that lead to the DNS container above all.
rules >"$work/rules-after"
grep -vE ' wg(0|4) |10\.0\.(0|4)\.' "$work/rules" | diff - "$work/rules-after" || fail "the rules of others have changed"
pass "the packet filter is as before, without the rules of the removed"

# shellcheck disable=SC2086 # numbers of processes
kill -INT $pings
# shellcheck disable=SC2086
wait $pings || true
pings=""
for address in $staying; do
    counts=$(sed -n 's/^\([0-9]*\) packets transmitted, \([0-9]*\) received.*/\1 \2/p' "$work/ping-$address")
    sent=${counts% *}
    # One may be on its way when ping is told to end.
    if [ "$sent" -lt 20 ] || [ "$((sent - ${counts#* }))" -gt 1 ]; then
        fail "of the pings to $address some were lost: $(cat "$work/ping-$address")"
    fi
done
pass "everybody else's pings went through without a gap"

printf '%s passed, 0 failed\n' "$passed"
