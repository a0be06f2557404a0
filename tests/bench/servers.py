# SPDX-License-Identifier: BSD-2-Clause
"""A store on PostgreSQL beside SQLite, and two sets of daemons on one PostgreSQL; all on this machine, with what each part takes of it."""
import os
import re
import subprocess
from contextlib import contextmanager
from pathlib import Path

from figures import BUILD, MESSAGES, TICK, cpu, family, fdatasync_rate, interleaved, written
from lab.daemons import Daemons
from lab.postgres import Postgres, programs
from lab.util import LabError
from milter_path import load, ours

SETTINGS = {"shared_buffers": "256MB", "max_wal_size": "4GB"}


@contextmanager
def server(lab, folder, url, number):
    """A further policyd and milter, on a store that servers share."""
    place = folder / f"mx{number}"
    daemons = Daemons(place, folder / f"mx{number}-sockets", lab.daemons.service["submit"].removeprefix("smtp://"), lab.events.path, lab.daemons.domains,
                      {"store": url, "server": f"mx{number}"})
    daemons.secret(daemons.keys, lab.daemons.keys.read_text())
    try:
        yield daemons.start("policyd", "milter")
    finally:
        daemons.close()


def busy():
    """Seconds that all processors were busy, and seconds that there were."""
    words = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return (sum(words) - words[3] - words[4]) / TICK, sum(words) / TICK


class Taken:
    """Processor time of parts (names to functions that give pids) since it was made, microseconds a message."""

    def __init__(self, parts):
        self._parts, self._before, self._busy = parts, self._now(parts), busy()

    @staticmethod
    def _now(parts):
        own = os.times()
        return {**{name: cpu(*pids()) for name, pids in parts.items()}, "driver": own.children_user + own.children_system}

    def each(self, messages):
        return {name: (value - self._before[name]) / messages * 1e6 for name, value in self._now(self._parts).items()}

    def share(self):
        now = busy()
        return (now[0] - self._busy[0]) / (now[1] - self._busy[1])


def servers_section(table, lab, folder, _):
    table.begin("servers", f"PostgreSQL on this machine: 8 connections, 4 KiB messages, durable records (this disk: {fdatasync_rate(lab.folder):,.0f} fdatasync/s)")
    try:
        programs()
    except LabError:
        return table.missing("postgres", "PostgreSQL")
    with Postgres(folder / "database", lab.ports.free(), SETTINGS) as db, server(lab, folder, db.url(), 1) as one, server(lab, folder, db.url(), 2) as two:
        here = f"unix:{one.sockets}/milter.sock"
        got = interleaved({"sqlite": lambda: load(ours(lab), "relay"), "postgres": lambda: load(here, "relay")})
        table.row("sqlite", "one server, SQLite", got["sqlite"], "msg/s")
        table.row("postgres", "one server, PostgreSQL", got["postgres"], "msg/s", "/ SQLite", got["postgres"] / got["sqlite"], 0.5)
        sqlite_costs(table, lab)
        postgres_costs(table, db, one, here)
        two_servers(table, db, (one, two))


def sqlite_costs(table, lab):
    messages, pid = MESSAGES * 2, lab.daemons.pid("policyd")
    before, size, spent = written(pid), lab.daemons.store.stat().st_size, cpu(pid)
    load(ours(lab), "relay", messages=messages)
    table.row("cpu_policyd_sqlite", "SQLite: processor time of a message: policyd", (cpu(pid) - spent) / messages * 1e6, "us")
    table.row("written_sqlite", "SQLite: written to the disk, a message", (written(pid) - before) / messages, "octets")
    table.row("size_sqlite", "SQLite: the file's growth, a message", (lab.daemons.store.stat().st_size - size) / messages, "octets")


def postgres_costs(table, db, one, target):
    messages = MESSAGES * 2

    def now():
        wal, size = db.sql("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn, pg_database_size(current_database())")[0]
        return int(wal), int(size)
    db.sql("CHECKPOINT")
    before, taken = now(), Taken(parts(db, [one]))
    load(target, "relay", messages=messages)
    for name, spent in taken.each(messages).items():
        table.row(f"cpu_{name}", f"PostgreSQL: processor time of a message: {name}", spent, "us")
    table.row("busy", "PostgreSQL: share of this machine's processors that was busy", taken.share(), "")
    after = now()
    table.row("wal", "PostgreSQL: write-ahead log, a message", (after[0] - before[0]) / messages, "octets")
    table.row("size", "PostgreSQL: the database's growth, a message", (after[1] - before[1]) / messages, "octets")


def parts(db, servers):
    return {"milter": lambda: [daemons.pid("milter") for daemons in servers], "policyd": lambda: [daemons.pid("policyd") for daemons in servers],
            "postgres": lambda: family(db.pid)}


def two_servers(table, db, servers):
    """Both at once, each with a driver of its own."""
    messages, rates, shares, used = MESSAGES * 2, [], [], []
    for _ in range(3):
        taken = Taken(parts(db, servers))
        loads = [subprocess.Popen([str(BUILD / "milter_load"), "-c", "8", "-n", str(messages), "-b", "4096", "-e", "relay", f"unix:{daemons.sockets}/milter.sock"],
                                  stdout=subprocess.PIPE, text=True) for daemons in servers]
        said = [child.communicate(timeout=600)[0] for child in loads]
        if any(child.returncode for child in loads):
            raise SystemExit("milter_load with two servers:\n" + "".join(said))
        seconds = max(float(re.search(r"in ([\d.]+) s", text)[1]) for text in said)
        rates.append(2 * messages / seconds)
        shares.append(taken.share())
        used.append(sum(taken.each(1).values()) / 1e6 / seconds / os.cpu_count())
    table.row("two", "two servers on one PostgreSQL, all on these processors, together", sorted(rates)[1], "msg/s")
    table.row("two_busy", "two servers: share of this machine's processors that was busy", sorted(shares)[1], "")
    table.row("two_used", "two servers: share that these daemons, PostgreSQL and the drivers had", sorted(used)[1], "")
