# SPDX-License-Identifier: BSD-2-Clause
"""The milter path without an MTA: rate and latency beside do-nothing filters, DKIM signing beside opendkim, memory of idle sessions."""
import re
import time
from contextlib import contextmanager

import peers
from figures import BUILD, MESSAGES, RATE, ROUNDS, cpu, family, fdatasync_rate, fdatasyncs, figure, interleaved, memory, output, rsa_key, signed, wait_until
from lab.util import Child

IDLE = 1000


def load(target, expected, *, connections=8, messages=MESSAGES, more=()):
    return figure([BUILD / "milter_load", "-c", connections, "-n", messages, "-b", "4096", "-e", expected, *more, target], RATE)


def ours(lab):
    return f"unix:{lab.daemons.sockets}/milter.sock"


def milter_section(table, lab, folder, log):
    table.begin("milter", f"the milter path: 4 KiB messages, durable records (this disk: {fdatasync_rate(lab.daemons.store.parent):,.0f} fdatasync/s)")
    with peers.null_milter(folder / "null.sock", log) as plain, peers.null_milter(folder / "null-n.sock", log, "-n") as quiet, \
            peers.python_milter(folder / "python.sock", log) as python:
        targets = {"ours": (ours(lab), "relay"), "plain": (plain, "continue"), "quiet": (quiet, "continue"), **({"python": (python, "continue")} if python else {})}
        for connections, aim in ((8, 0.4), (32, 0.5)):
            got = interleaved({name: lambda target=target, expected=expected: load(target, expected, connections=connections) for name, (target, expected) in targets.items()})
            rows(table, got, connections, aim)
            if connections == 8:
                rate = got["ours"]
    costs(table, lab)
    half_load(table, lab, rate)


def rows(table, got, connections, aim):
    at = f"{connections} connections: "
    table.row(f"plain_{connections}", at + "do-nothing filter, negotiates nothing", got["plain"], "msg/s")
    table.row(f"quiet_{connections}", at + "do-nothing filter, negotiates as ours", got["quiet"], "msg/s")
    if "python" in got:
        table.row(f"python_{connections}", at + "do-nothing filter on python3-milter", got["python"], "msg/s")
    else:
        table.missing(f"python_{connections}", at + "do-nothing filter on python3-milter")
    table.row(f"ours_{connections}", at + "crmrelay", got["ours"], "msg/s", "/ do-nothing, negotiates as ours", got["ours"] / got["quiet"], aim)
    if connections == 8:
        table.row("ours_8_plain", at + "crmrelay", got["ours"], "msg/s", "/ do-nothing, negotiates nothing", got["ours"] / got["plain"], 0.75)
    if "python" in got:
        table.row(f"ours_{connections}_python", at + "crmrelay", got["ours"], "msg/s", "/ do-nothing on python3-milter", got["ours"] / got["python"])


def costs(table, lab):
    """What a message takes of the processor, part by part, at 8 connections."""
    pids = {name: lab.daemons.pid(name) for name in ("milter", "policyd")}
    before, messages = {name: cpu(pid) for name, pid in pids.items()}, MESSAGES * 2
    load(ours(lab), "relay", messages=messages)
    for name, pid in pids.items():
        table.row(f"cpu_{name}", f"processor time of a message: {name}", (cpu(pid) - before[name]) / messages * 1e6, "us")


def half_load(table, lab, rate):
    """Latency where messages come half as fast as they could."""
    half = int(rate / 2)
    alone = fdatasyncs(lab.daemons.store.parent, 1000)
    table.row("disk_p99", "the disk alone: p99 of one write of 8 KiB, durable", alone[990] * 1000, "ms")
    found = {"p50": [], "p99": []}
    for _ in range(ROUNDS):
        out = output([BUILD / "milter_load", "-c", 8, "-n", half * 5, "-R", half, "-e", "relay", ours(lab)])
        for name, values in found.items():
            values.append(float(re.search(rf"{name} ([\d.]+)", out)[1]) / 1000)
    for name, aim in (("p50", None), ("p99", 3)):
        table.row(name, f"half load ({half:,} msg/s): {name} of one message, from when it was due", sorted(found[name])[ROUNDS // 2], "ms", "", None, aim, lower=True)


@contextmanager
def signing(lab, folder):
    """example.com's mail is signed; its key."""
    key = lab.daemons.config.parent / "dkim.pem"
    rsa_key(lab.daemons.secret, key)
    former = lab.daemons.domains["example.com"]
    lab.daemons.domains["example.com"] = signed(former, key)
    lab.daemons.write()
    lab.daemons.reload("policyd", "milter")
    try:
        yield key
    finally:
        lab.daemons.domains["example.com"] = former
        lab.daemons.write()
        lab.daemons.reload("policyd", "milter")


def dkim_section(table, lab, folder, log):
    table.begin("dkim", "DKIM signing: RSA-2048, 8 connections, 4 KiB messages (crmrelay's with its durable record, opendkim's without)")
    with signing(lab, folder) as key, peers.opendkim(folder, log, "example.com", key) as (theirs, _):
        measures = {"ours": lambda: load(ours(lab), "relay, signed", messages=MESSAGES // 4)}
        if theirs:
            measures["theirs"] = lambda: load(theirs, "accept, signed", messages=MESSAGES // 4)
        got = interleaved(measures)
        milter, messages = lab.daemons.pid("milter"), MESSAGES // 2
        before = cpu(milter)
        load(ours(lab), "relay, signed", messages=messages)
        spent = (cpu(milter) - before) / messages * 1e6
    if theirs:
        table.row("opendkim", "opendkim", got["theirs"], "msg/s")
        table.row("ours", "crmrelay", got["ours"], "msg/s", "/ opendkim", got["ours"] / got["theirs"], 1.1)
    else:
        table.missing("opendkim", "opendkim")
        table.row("ours", "crmrelay", got["ours"], "msg/s")
    table.row("cpu_milter", "processor time of a signed message: milter", spent, "us")


def idle(target, pids, log):
    """KiB of each process with so many idle sessions, and how much more of their own memory they have then."""
    before = sum(memory(pid, what="Private_Dirty") for pid in pids)
    child = Child("milter_load", [BUILD / "milter_load", "-i", IDLE, "-w", "3600", "-n", "0", target], log)
    try:
        wait_until(lambda: f"idle sessions: {IDLE}" in log.read_text() or not child.running, 60, "idle sessions")
        time.sleep(1)
        return [memory(pid) for pid in pids], sum(memory(pid, what="Private_Dirty") for pid in pids) - before
    finally:
        child.stop()


def sessions_section(table, lab, folder, log):
    table.begin("sessions", f"memory of {IDLE:,} idle milter sessions (proportional set size of the whole processes)")
    lab.daemons.restart("milter", "policyd")    # both begin afresh, as opendkim does
    key, place = folder / "sessions.pem", folder / "sessions"
    rsa_key(lambda path, text: path.write_text(text), key)
    place.mkdir()
    (milter, policyd), more = idle(ours(lab), [lab.daemons.pid("milter"), lab.daemons.pid("policyd")], place / "ours.log")
    other = other_more = None
    with peers.opendkim(place, log, "example.com", key) as (theirs, pid):
        if theirs:
            others, other_more = idle(theirs, family(pid), place / "theirs.log")
            other = sum(others)
            table.row("opendkim", "opendkim", other / 1024, "MiB")
            table.row("opendkim_each", "opendkim, of it for a session", other_more / IDLE, "KiB")
        else:
            table.missing("opendkim", "opendkim")
    beside, ratio = ("/ opendkim", lambda value, peer: value / peer) if theirs else ("", lambda value, peer: None)
    aim = 1.0 if theirs else None
    table.row("ours_each", "crmrelay's milter and policyd, of it for a session", more / IDLE, "KiB", beside, ratio(more, other_more), aim, lower=True)
    table.row("milter", "crmrelay's milter", milter / 1024, "MiB", beside, ratio(milter, other), aim, lower=True)
    table.row("ours", "crmrelay's milter and policyd", (milter + policyd) / 1024, "MiB", beside, ratio(milter + policyd, other))
