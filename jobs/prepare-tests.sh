#!/bin/sh
# Installs what the tests can use and a build does not need: tunnels, a packet filter, a browser, promtool, SQLite's
# shell, the checks of systemd, docker-compose and Ansible. A test whose tool is missing is skipped and says why; with the variables that this prints it fails:
#
#   eval "$(jobs/prepare-tests.sh)" && jobs/test.sh
set -eu
cd "$(dirname "$0")/.."

tools=$PWD/.build/test-tools
mkdir -p "$tools"

jobs/prepare.sh wireguard-tools wireguard-go iptables iproute2 iputils-ping procps util-linux libcap2-bin sqlite3 \
    chromium curl fonts-dejavu-core systemd docker-compose python3-venv

# Its package would start a Prometheus; only the program is wanted.
if ! [ -x "$tools/usr/bin/promtool" ]; then
    (
        cd "$tools"
        apt-get download -qq -o APT::Sandbox::User=root prometheus >&2
        dpkg-deb --extract prometheus_*.deb .
    )
fi

python=$tools/python
if ! [ -x "$python/bin/ansible-playbook" ]; then
    python3 -m venv "$python"
    "$python/bin/pip" install --quiet --disable-pip-version-check \
        ansible-core==2.19.14 jsonschema==4.26.0 axe-core-python==0.1.0 >&2
fi
axe=$(find "$python" -name axe.min.js | head -n 1)

cat <<END
export PATH="$PATH:$tools/usr/bin:$python/bin"
export WG_RECONCILE_ANSIBLE="$python/bin"
export WG_RECONCILE_AXE="$axe"
export WG_RECONCILE_REQUIRE_NETNS=1 WG_RECONCILE_REQUIRE_BROWSER=1 WG_RECONCILE_REQUIRE_JSONSCHEMA=1
export WG_RECONCILE_REQUIRE_PROMTOOL=1 WG_RECONCILE_REQUIRE_SYSTEMD=1 WG_RECONCILE_REQUIRE_ANSIBLE=1
export WG_RECONCILE_REQUIRE_COMPOSE=1 WG_RECONCILE_REQUIRE_CURL=1
END
