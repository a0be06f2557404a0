# SPDX-License-Identifier: BSD-2-Clause
"""What must not grow with its size: the store at few and at many records, prefix tables, a start with a large configuration."""
import os
import random
import re
import statistics
import time

from figures import BUILD, ROUNDS, fdatasync_rate, memory, output
from lab.daemons import toml

DOMAINS, PREFIXES = 1000, 1_000_000
RECORDS = int(os.environ.get("BENCH_RECORDS", "10000000"))


def store_section(table):
    table.begin("store", "the store's writer (SQLite), durable records, requests in flight")
    out = output([BUILD / "store_bench"])
    for flight, rate, spent, times in re.findall(r"record_message +(\d+) in flight +([\d.]+)/s +([\d.]+) us of CPU each +([\d.]+) x", out):
        table.row(f"record_{flight}", f"{flight} in flight: records", float(rate), "rec/s", "/ fdatasync/s", float(times))
        table.row(f"cpu_{flight}", f"{flight} in flight: processor time of a record", float(spent), "us")
    table.row("find", "find by token", float(re.search(r"by token +([\d.]+)/s", out)[1]), "find/s")


def store10m_section(table):
    table.begin("store10m", f"the store at {RECORDS:,} records (SQLite; this disk: {fdatasync_rate(os.environ.get('TMPDIR', '/tmp')):,.0f} fdatasync/s)")
    got = {name: float(value) for name, value in re.findall(r"^(\w+) ([\d.]+)$", output([BUILD / "store_grow", RECORDS], 7200), re.M)}
    table.row("insert_few", "inserts up to 200,000 records", got["insert_few"], "rec/s")
    table.row("insert_many", f"inserts, the last 200,000 of {RECORDS:,}", got["insert_many"], "rec/s", "/ up to 200,000", got["insert_many"] / got["insert_few"], 0.67)
    table.row("find_few", "find at 10,000 records", got["find_few"], "us")
    table.row("find_many", f"find at {RECORDS:,} records", got["find_many"], "us", "/ at 10,000", got["find_many"] / got["find_few"], 1.5, lower=True)
    table.row("purge_few", "purge a record, of 200,000", got["purge_few"], "us")
    table.row("purge_many", f"purge a record, of {RECORDS:,}", got["purge_many"], "us", "/ of 200,000", got["purge_many"] / got["purge_few"], 1.5, lower=True)
    table.row("octets", "disk of a record", got["octets"], "octets")


def prefix_section(table):
    table.begin("prefix", "a look-up among 1,000,000 prefixes, by random addresses")
    largest = slowest = 0.0
    for name, line in re.findall(r"^(IPv\S.*?)  +([\d. %]+)$", output([BUILD / "prefix_bench"]), re.M):
        words = [float(word) for word in line.replace("%", "").split()]
        table.row(re.sub("[^a-z0-9]+", "_", name.lower()), name, words[2], "ns", "", None, 150, lower=True)
        largest, slowest = max(largest, words[5]), max(slowest, words[6])
    table.row("memory", "the largest of these tables", largest, "MB", "", None, 64, lower=True)
    table.row("build", "the slowest of them to build", slowest, "ms")


def networks(count):
    """Networks of IPv4 and IPv6, anywhere, in no order."""
    dice = random.Random(8)
    for number in range(count):
        if number % 4:
            address = dice.getrandbits(24) << 8
            yield f"{address >> 24}.{address >> 16 & 255}.{address >> 8 & 255}.0/24"
        else:
            yield f"2001:{dice.getrandbits(16):x}:{dice.getrandbits(16):x}::/48"


def start_section(table, lab, folder, _):
    table.begin("start", "from exec to readiness of policyd, by the size of its configuration")
    daemons, former = lab.daemons, lab.daemons.domains
    every = list(networks(PREFIXES))
    plain = {"require": ["network"], "admins": ["postmaster@example.com"]}

    def configuration(domains, prefixes):
        each = prefixes // domains
        return {f"d{number}.test": {**plain, "return_path": f"{{token}}@bounce.d{number}.test", "networks": every[number * each:(number + 1) * each] or ["192.0.2.0/24"]}
                for number in range(domains)}
    try:
        for key, name, domains, prefixes, aim in (("one", "1 domain", 1, 1, None), ("domains", f"{DOMAINS:,} domains", DOMAINS, 0, None),
                                                  ("all", f"{DOMAINS:,} domains, {PREFIXES:,} prefixes", DOMAINS, PREFIXES, 1000)):
            daemons.domains = configuration(domains, prefixes)
            daemons.write()
            table.row(key, f"{name}, in one file", started(daemons), "ms", "", None, aim, lower=True)
            table.row(f"memory_{key}", f"{name}: memory of policyd", memory(daemons.pid("policyd")) / 1024, "MiB")
        files = [daemons.domain_file(domain, toml({"domain": {domain: keys}})) for domain, keys in daemons.domains.items()]
        daemons.domains = {}
        daemons.write()
        table.row("files", f"{name}, a file a domain", started(daemons), "ms", "", None, aim, lower=True)
        for file in files:
            file.unlink()
    finally:
        daemons.domains = former
        daemons.write()
        daemons.restart("policyd")


def started(daemons):
    """Milliseconds from exec to readiness."""
    spent = []
    for _ in range(ROUNDS):
        daemons.stop("policyd")
        begin = time.perf_counter()
        daemons.start("policyd")
        spent.append((time.perf_counter() - begin) * 1000)
    return statistics.median(spent)
