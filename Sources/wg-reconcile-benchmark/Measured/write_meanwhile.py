"""Writes to the database every 20 ms until a file appears: write_meanwhile.py DATABASE ENDING

Prints, after a line that says it has begun, the milliseconds that each write took.
"""
import os
import sqlite3
import sys
import time

database = sqlite3.connect(sys.argv[1], timeout=5.0, isolation_level=None)
peers = [uuid for (uuid,) in database.execute("SELECT peer_id FROM wireguard_peerstatus ORDER BY rowid DESC LIMIT 500")]
print("begun", flush=True)
number = 0
while not os.path.exists(sys.argv[2]):
    number += 1
    start = time.monotonic()
    try:
        database.execute(
            "UPDATE wireguard_peerstatus SET transfer_rx = transfer_rx + 1 WHERE peer_id = ?",
            (peers[number % len(peers)],))
        print((time.monotonic() - start) * 1000, flush=True)
    except sqlite3.OperationalError:
        print("gave up", flush=True)
    time.sleep(0.02)
