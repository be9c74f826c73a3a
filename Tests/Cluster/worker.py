#!/usr/bin/env python3
"""worker.py DATABASE CONFIGS NAME FOLDER SEED: a worker of the cluster and the application's answers to it, until FOLDER/stop is there.

Does what was observed of them: every request of a worker reports the version that it has and when it was made; the answer with the
files is read file by file, and the version behind them; the worker keeps both, restarts its interfaces, and has that version from then
on, also where an interface did not come up; which peers it has, it tells by a request of its own. A minute is some milliseconds here,
and it also fetches when nothing has changed.

What it really has stands in FOLDER/NAME.json. A key of FOLDER/gone.json that comes back is noted in FOLDER/violations.
"""
import datetime
import json
import os
import pathlib
import random
import re
import sqlite3
import sys
import time


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f")


class Worker:
    def __init__(self, database, configs, name, folder, seed):
        self.configs, self.name, self.folder = pathlib.Path(configs), name, pathlib.Path(folder)
        self.random = random.Random(f"{seed} {name}")
        self.database = sqlite3.connect(database, timeout=30, isolation_level=None)
        self.id = self.database.execute("SELECT id FROM cluster_worker WHERE name = ?", (name,)).fetchone()[0]
        self.version, self.interfaces = 0, {}

    def pause(self, milliseconds):
        time.sleep(self.random.random() * milliseconds / 1000)

    def request(self):
        """What every request of a worker leaves."""
        self.database.execute(
            "UPDATE cluster_workerstatus SET config_version = ?, last_seen = ? WHERE worker_id = ?",
            (self.version, now(), self.id))

    def latest(self):
        return self.database.execute("SELECT config_version FROM cluster_clustersettings").fetchone()[0]

    def ask(self):
        self.request()
        if self.latest() != self.version or self.random.random() < 0.2:
            self.fetch()

    def fetch(self):
        self.request()
        files = {}
        paths = list(self.configs.glob("wg*.conf"))
        for path in paths:
            try:
                files[path.stem] = path.read_text()
            except FileNotFoundError:
                return    # the answer is an error, and the worker asks again
            if self.random.random() < 0.2:
                self.pause(5)
        self.pause(10)
        version = self.latest()
        self.pause(10)
        self.restart(files)
        self.version = version

    def restart(self, files):
        for name in sorted(set(files) | set(self.interfaces)):
            if self.random.random() < 0.1:
                continue    # wg-quick fails, and the interface stays as it was
            if name in files:
                self.interfaces[name] = re.findall(r"^PublicKey\s*=\s*(\S+)", files[name], re.M)
            else:
                del self.interfaces[name]
        time.sleep(0.005)
        self.note()

    def note(self):
        keys = sorted({key for keys in self.interfaces.values() for key in keys})
        aside = self.folder / f"{self.name}.aside"
        aside.write_text(json.dumps(keys))
        aside.rename(self.folder / f"{self.name}.json")
        gone = self.folder / "gone.json"
        back = set(keys) & set(json.loads(gone.read_text()) if gone.exists() else [])
        if back:
            with open(self.folder / "violations", "a") as file:
                file.write(f"{now()} {self.name} has {sorted(back)}\n")

    def tell(self):
        status = {name: {key: {"latest-handshakes": "0"} for key in keys} for name, keys in self.interfaces.items()}
        self.request()
        self.database.execute(
            "UPDATE cluster_workerstatus SET wireguard_status = ?, wireguard_status_updated = ?, last_seen = ? WHERE worker_id = ?",
            (json.dumps(status), now(), now(), self.id))

    def work(self):
        self.note()
        parent = os.getppid()
        while not (self.folder / "stop").exists() and os.getppid() == parent:
            for step in self.random.sample([self.ask, self.tell], 2):
                self.pause(30)
                step()


if __name__ == "__main__":
    Worker(*sys.argv[1:]).work()
