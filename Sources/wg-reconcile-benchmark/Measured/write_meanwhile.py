"""Writes to the database again and again until a file appears: write_meanwhile.py DATABASE FEED ENDING PAUSE

PAUSE is the time between two writes, in seconds. Updates the statuses of peers whose accounts the feed does not name. Prints, after its first write, the milliseconds that each
write took; one that gave up counts with the time that it waited, and ends with "gave up".
"""
import csv
import os
import sqlite3
import sys
import time

TIMEOUT = 5.0

with open(sys.argv[2], newline="", encoding="utf-8") as feed:
    ended = {row["email"].lower() for row in csv.DictReader(feed)}
database = sqlite3.connect(sys.argv[1], timeout=TIMEOUT, isolation_level=None)
peers = [
    uuid
    for uuid, name in database.execute(
        "SELECT peer.uuid, instance.name FROM wireguard_peerstatus AS status "
        "JOIN wireguard_peer AS peer ON peer.uuid = status.peer_id "
        "JOIN wireguard_wireguardinstance AS instance ON instance.uuid = peer.wireguard_instance_id "
        "ORDER BY status.rowid DESC LIMIT 1000")
    if (name or "").lower() not in ended
]
number = 0
while not os.path.exists(sys.argv[3]):
    number += 1
    start = time.monotonic()
    note = ""
    peer = peers[number % len(peers)]
    try:
        changed = database.execute(
            "UPDATE wireguard_peerstatus SET transfer_rx = transfer_rx + 1 WHERE peer_id = ?", (peer,)).rowcount
        if changed == 0:
            # It went after all; a write that changes nothing waits for nobody and does not count.
            peers.remove(peer)
            continue
    except sqlite3.OperationalError:
        note = " gave up"
    print(f"{(time.monotonic() - start) * 1000}{note}", flush=True)
    end = time.monotonic() + float(sys.argv[4])
    while time.monotonic() < end and not os.path.exists(sys.argv[3]):
        time.sleep(min(0.02, float(sys.argv[4])))
