#!/usr/bin/env python3
"""Makes a sample fit for tunnels that are really up, and a firewall script of the application's kind.

    application.py tunnels DATABASE FOLDER INSTANCE ...
        Gives the first peer of each instance a key pair of its own, and writes the client's end to FOLDER/clN.conf.
        Prints a line for each: the instance's number, its email, and the address that the client can ping.
    application.py script <RULES >SCRIPT
        Turns what `iptables-save` prints into a script that makes the same rules one by one.
"""

import sqlite3
import subprocess
import sys
from pathlib import Path

SERVER = "192.0.2.1"
BUILT_IN = {"INPUT", "FORWARD", "OUTPUT", "PREROUTING", "POSTROUTING"}


def wg(*arguments, given=""):
    return subprocess.run(["wg", *arguments], input=given, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def tunnels(database, folder, *numbers):
    connection = sqlite3.connect(database)
    for number in map(int, numbers):
        instance, email, private, address, port = connection.execute(
            "SELECT uuid, name, private_key, address, listen_port FROM wireguard_wireguardinstance WHERE instance_id = ?",
            [number],
        ).fetchone()
        peer, client = connection.execute(
            """
            SELECT peer.uuid, ip.allowed_ip FROM wireguard_peer AS peer
            JOIN wireguard_peerallowedip AS ip ON ip.peer_id = peer.uuid AND ip.config_file = 'server'
            WHERE peer.wireguard_instance_id = ? ORDER BY peer.rowid, ip.priority LIMIT 1
            """,
            [instance],
        ).fetchone()
        key, shared = wg("genkey"), wg("genpsk")
        connection.execute(
            "UPDATE wireguard_peer SET public_key = ?, pre_shared_key = ? WHERE uuid = ?",
            [wg("pubkey", given=key), shared, peer],
        )
        path = Path(folder, f"cl{number}.conf")
        path.touch(mode=0o600)
        path.write_text(
            f"[Interface]\nPrivateKey = {key}\nAddress = {client}/32\n"
            f"[Peer]\nPublicKey = {wg('pubkey', given=private)}\nPresharedKey = {shared}\n"
            f"Endpoint = {SERVER}:{port}\nAllowedIPs = {address}/32\n"
        )
        print(number, email, address)
    connection.commit()


def script(rules):
    lines = [
        "#!/bin/bash",
        "# Description: Firewall rules for WireGuard_WebAdmin",
        "DNS_IP=$(getent hosts wireguard-webadmin-dns | awk '{ print $1 }')",
    ]
    hooks = []
    table = ""
    for rule in rules.splitlines():
        # The second name, first, for it begins with the first.
        rule = rule.replace("172.20.0.3/32", "$DNS_IP").replace("172.20.0.3", "$DNS_IP")
        rule = rule.replace("172.20.0.2/32", "wireguard-webadmin").replace("172.20.0.2", "wireguard-webadmin")
        word, _, rest = rule.partition(" ")
        if word.startswith("*"):
            table = f"iptables -t {word[1:]}"
        elif word.startswith(":") and word[1:] in BUILT_IN:
            # The application sets no policy but DROP.
            if rest.split()[0] == "DROP":
                lines.append(f"{table} -P {word[1:]} DROP")
        elif word.startswith(":"):
            lines += [f"{table} -N {word[1:]} 2>/dev/null", f"{table} -F {word[1:]}"]
        elif word == "-A" and rest.split()[0] in BUILT_IN:
            # Inserted, the last one stands first.
            hooks.insert(0, f"{table} -D {rest} 2>/dev/null\n{table} -I {rest}")
        elif word == "-A":
            lines.append(f"{table} -A {rest}")
    print("\n".join(lines + hooks))


if __name__ == "__main__":
    if sys.argv[1] == "tunnels":
        tunnels(*sys.argv[2:])
    else:
        script(sys.stdin.read())
