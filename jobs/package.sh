#!/bin/sh
# Builds the Debian package: jobs/package.sh [FOLDER]
#
# The package lands in FOLDER, .build/package by default; its path is the last line printed. The Swift libraries are
# linked in, so that the VPN host needs no Swift; SQLite, OpenSSL, zlib and the C library are the host's.
# DEBFULLNAME and DEBEMAIL name the maintainer, as everywhere on Debian.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

jobs/prepare.sh dpkg-dev binutils

folder=${1:-.build/package}
say "Building (release, Swift libraries linked in)"
swift build -c release --static-swift-stdlib --product wg-reconcile </dev/null >&2
program=$(swift build -c release --static-swift-stdlib --show-bin-path)/wg-reconcile

version=$("$program" --version)
architecture=$(dpkg --print-architecture)
# The time of the last commit, so that the same source gives the same package.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH
date=$(date --utc --date="@$SOURCE_DATE_EPOCH" +%Y-%m-%d)

work=$(mktemp -d "${TMPDIR:-/tmp}/wg-reconcile-package.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
root=$work/root
doc=$root/usr/share/doc/wg-reconcile
umask 022

place() { install -D -m 0644 "$1" "$2"; }

# The program, and what is generated from it.
install -D -m 0755 "$program" "$root/usr/bin/wg-reconcile"
strip --strip-unneeded --remove-section=.comment --remove-section=.note "$root/usr/bin/wg-reconcile"
mkdir -p "$root/usr/share/man/man8"
jobs/package/manual.py "$program" "$root/usr/share/man/man8" "$date"
for shell in "bash bash-completion/completions/wg-reconcile" "zsh zsh/vendor-completions/_wg-reconcile" \
    "fish fish/vendor_completions.d/wg-reconcile.fish"; do
    completions=$root/usr/share/${shell#* }
    mkdir -p "$(dirname "$completions")"
    # It is read, not run: no first line that names an interpreter.
    "$program" --generate-completion-script "${shell%% *}" | sed '1{/^#!/d}' >"$completions"
done

# Units, with the program where the package has it.
for unit in jobs/*.service jobs/*.timer; do
    place "$unit" "$root/lib/systemd/system/$(basename "$unit")"
done
sed -i 's|/usr/local/bin/wg-reconcile|/usr/bin/wg-reconcile|g' "$root"/lib/systemd/system/wg-reconcile*
# The examples for --on-finish, where they can be started.
for hook in jobs/hooks/*; do
    install -D -m 0755 "$hook" "$root/usr/lib/wg-reconcile/hooks/$(basename "$hook")"
done
# Where everything is, for the service and for whoever calls the program by hand.
place jobs/config.json "$root/etc/wg-reconcile/config.json"
# The folder of the reports, which a run by hand may need before the service has made it.
install -d -m 0750 "$root/var/lib/wg-reconcile"
# The inbox. Whose group may drop feeds there is the operator's to say: chgrp billing /var/spool/wg-reconcile
install -d -m 1770 "$root/var/spool/wg-reconcile"

jobs/package/documents.sh "$doc"

cat >"$doc/changelog" <<END
wg-reconcile ($version) stable; urgency=medium

  * The program as of $date. What changed is told by its history.

 -- ${DEBFULLNAME:-wg-reconcile developers} <${DEBEMAIL:-wg-reconcile@example.com}>  $(date --utc --date="@$SOURCE_DATE_EPOCH" --rfc-email)
END

# The licences of what is linked in ask that their texts go along.
{
    cat jobs/package/copyright
    for library in .build/checkouts/*/; do
        name=$(basename "$library")
        # Found among the checkouts, and not in the program.
        case $name in
        swift-collections | swift-system) ;; # linked in by swift-configuration
        *) grep -q "$name" Package.swift || continue ;;
        esac
        printf '\n%s, %s\n\n' "$name" "$(git -C "$library" config remote.origin.url | sed 's/\.git$//')"
        if grep -q "Apache License" "$library"/LICENSE*; then
            printf 'Apache License 2.0 with the Runtime Library Exception: /usr/share/common-licenses/Apache-2.0\n'
            [ ! -f "$library/NOTICE.txt" ] || sed 's/^/  /' "$library/NOTICE.txt"
        else
            sed 's/^/  /' "$library"/LICENSE*
        fi
    done
} >"$doc/copyright"

gzip -9n "$root"/usr/share/man/man8/* "$doc/changelog"

# Which of the host's libraries it needs, asked of the program itself.
mkdir -p "$work/debian"
printf 'Source: wg-reconcile\n' >"$work/debian/control"
depends=$(cd "$work" && dpkg-shlibdeps -O root/usr/bin/wg-reconcile 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
[ -n "$depends" ] || { say "dpkg-shlibdeps does not tell which libraries the program needs."; exit 1; }
# What it cannot tell: DELETE … RETURNING.
depends="$depends, libsqlite3-0 (>= 3.35)"

mkdir "$root/DEBIAN"
for script in postinst prerm postrm; do
    install -m 0755 "jobs/package/$script" "$root/DEBIAN/$script"
done
# What the operator changes there stays when the package is installed again.
printf '/etc/wg-reconcile/config.json\n' >"$root/DEBIAN/conffiles"
cat >"$root/DEBIAN/control" <<END
Package: wg-reconcile
Version: $version
Architecture: $architecture
Maintainer: ${DEBFULLNAME:-wg-reconcile developers} <${DEBEMAIL:-wg-reconcile@example.com}>
Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f1)
Depends: $depends
Recommends: wireguard-tools, iproute2, iptables
Section: net
Priority: optional
Description: removes ended VPN accounts from wireguard_webadmin, night by night
 Reads a feed of the accounts that billing cancelled or suspended, and removes
 each of them, whole or not at all, from the SQLite database of the WireGuard
 control plane wireguard_webadmin. WireGuard configurations, packet filter and
 live interfaces follow, and a report holds a result for every account.
 .
 Guards stop a run that would remove too many accounts, accounts that signed up
 again, or administrators. A run that was cut short is continued.
END

find "$root" -newermt "@$SOURCE_DATE_EPOCH" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
mkdir -p "$folder"
package=$folder/wg-reconcile_${version}_${architecture}.deb
dpkg-deb --root-owner-group -Zxz --build "$root" "$package" >&2
printf '%s\n' "$package"
