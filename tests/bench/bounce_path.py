# SPDX-License-Identifier: BSD-2-Clause
"""What comes back: bounces taken in by LMTP, the outbox drained to a webhook, reports read from disk."""
import json
import os
import re
import sqlite3
import statistics
import subprocess
import time
from contextlib import closing
from pathlib import Path

from figures import BUILD, DOMAIN, HERE, MESSAGES, ROUNDS, cpu, family, fdatasync_rate, figure, memory, output, wait_until
from lab.util import Child

BOUNCES = 4000


def load(lab, folder):
    addresses = folder / "addresses"
    with open(addresses, "w", encoding="ascii") as file:
        subprocess.run([BUILD / "fill_store", f"sqlite://{lab.daemons.store}", str(BOUNCES), "bounce.example.com", "example.com"], stdout=file, check=True)
    for part in lab.daemons.store.parent.glob("crmrelay.db*"):
        os.chown(part, lab.daemons.store.stat().st_uid, lab.daemons.store.stat().st_gid)
    return figure([BUILD / "lmtp_load", "-c", "4", "-n", BOUNCES, "-f", HERE / "bounce.eml", "-r", addresses, f"unix:{lab.daemons.sockets}/bounce.sock"],
                  r"([\d,.]+) (?:messages|msg|bounces)/s")


def lmtp_section(table, lab, folder, _):
    """Bounces taken in while their hand-backs wait for a Postfix that is away, then while a Postfix on the same processors takes each and discards it behind the queue."""
    table.begin("lmtp", f"bounces by LMTP: 4 connections, durable with their hand-backs (this disk: {fdatasync_rate(lab.daemons.store.parent):,.0f} fdatasync/s)")
    lab.postfix.main(default_transport="discard:", transport_maps="")
    lab.postfix.reload()
    crm, submit = lab.daemons.domains.pop("bench.test"), lab.daemons.service["submit"]     # its network is where hand-backs come from here

    def restart(**service):
        lab.daemons.service.update(service)
        lab.daemons.write()
        lab.daemons.reload("policyd")
        lab.daemons.restart("bounced")
    restart(submit=f"smtp://127.0.0.1:{lab.ports.free()}")
    alone = statistics.median(load(lab, folder) for _ in range(ROUNDS))
    restart(submit=submit)
    wait_until(lambda: waiting(lab) == 0, 300, "every hand-back queued", step=0.5)
    beside, spent = [], []
    master = int((lab.postfix.queue / "pid/master.pid").read_text())
    for _ in range(ROUNDS):
        before = cpu(lab.daemons.pid("bounced")), cpu(*family(master))
        beside.append(load(lab, folder))
        wait_until(lambda: waiting(lab) == 0 and not lab.postfix.pending(), 300, "every hand-back gone", step=1)
        spent.append(((cpu(lab.daemons.pid("bounced")) - before[0]) / BOUNCES * 1e6, (cpu(*family(master)) - before[1]) / BOUNCES * 1e6))
    lab.daemons.domains["bench.test"] = crm
    restart()
    table.row("alone", "crmrelay, hand-backs wait", alone, "b/s", "", None, 1500)
    table.row("beside", "crmrelay, handed back meanwhile", statistics.median(beside), "b/s")
    table.row("cpu_bounced", "processor time of a bounce and its hand-back: bounced", statistics.median(mine for mine, _ in spent), "us")
    table.row("cpu_postfix", "processor time of a hand-back: Postfix", statistics.median(theirs for _, theirs in spent), "us")


def waiting(lab):
    """How many hand-backs and events wait in the outbox."""
    with closing(sqlite3.connect(f"file:{lab.daemons.store}?mode=ro", uri=True, timeout=30)) as store:
        return store.execute("SELECT count(*) FROM outgoing WHERE state = 'pending'").fetchone()[0]


def fill_outbox(lab, url, count):
    """So many events in the outbox, as if bounced had just written them; it does not run."""
    now = int(time.time())
    event = {"type": "bounce", "id": "", "time": "2026-11-23T12:35:58Z", "domain": "hooks.test",
             "message": {"token": "a" * 40, "queue_id": "A407AA720B3", "message_id": "<1@crm.test>", "sender": "return-1@crm.test", "from": "sales@hooks.test",
                         "relayed_at": "2026-11-23T12:35:57Z", "headers": {"X-SFDC-EntityId": "00Q1", "X-SFDC-LK": "00D000000000001"}},
             "failure": {"recipient": "nobody@dest.test", "action": "failed", "status": "5.1.1", "code": 550, "diagnostic": "550 5.1.1 No such user", "remote_mta": "mx.dest.test",
                         "reason": "userunknown", "class": "hard", "fault": "recipient", "soft_count": 0, "matched_by": "return-path"}}
    with closing(sqlite3.connect(lab.daemons.store, timeout=30)) as store, store:
        store.executemany("INSERT INTO outgoing (kind, state, domain, token, event_ids, target, recipient, created_at, since, next_at, attempts, queue_id, queued_at, last_error,"
                          " mail) VALUES ('webhook', 'pending', 'hooks.test', ?, '', 'webhook:hooks.test', ?, ?, ?, ?, 0, '', 0, '', ?)",
                          ((f"{number:040}", url, now, now, now, json.dumps({**event, "id": f"evt_{number}"})) for number in range(count)))


def outbox_section(table, lab, _, log):
    count, port = MESSAGES * 5, lab.ports.free()
    table.begin("outbox", f"the outbox: {count:,} events of one domain to a receiver on this host, HTTP, signed, each written down"
                          f" (this disk: {fdatasync_rate(lab.daemons.store.parent):,.0f} fdatasync/s)")
    url = f"http://127.0.0.1:{port}/hooks/mail"
    secret = lab.daemons.secret(lab.daemons.config.parent / "webhook.secret", "whsec_" + "QUJD" * 10 + "\n")
    lab.daemons.domains["hooks.test"] = {**DOMAIN, "return_path": "{token}@bounce.hooks.test", "webhook": {"url": url, "secret": str(secret), "private_addresses": True}}
    lab.daemons.write()
    child = Child("hook_sink", [str(BUILD / "hook_sink"), str(port)], log)
    rates, grown = [], []
    try:
        for _ in range(min(ROUNDS, 3)):
            lab.daemons.stop("bounced")
            fill_outbox(lab, url, count)
            begin = time.perf_counter()
            lab.daemons.start("bounced")
            wait_until(lambda: waiting(lab) < count * 0.9, 120, "a tenth of the events told", step=0.05)
            early = memory(lab.daemons.pid("bounced"), what="Rss")
            wait_until(lambda: waiting(lab) == 0, 300, "an empty outbox", step=0.2)
            rates.append(count / (time.perf_counter() - begin))
            grown.append((early, memory(lab.daemons.pid("bounced"), what="Rss")))
    finally:
        child.stop()
        del lab.daemons.domains["hooks.test"]
        lab.daemons.write()
        lab.daemons.restart("bounced")
    table.row("rate", "crmrelay", statistics.median(rates), "events/s", "", None, 2000)
    table.remark("memory of bounced after a tenth and at the end: " + ", ".join(f"{early / 1024:.0f} → {late / 1024:.0f} MiB" for early, late in grown))


def bounce_section(table):
    folder = Path(os.environ.get("BENCH_BOUNCES", HERE.parent / "bounce/fixtures"))
    table.begin("bounce", "reading bounces, one core, from disk: " + ("$BENCH_BOUNCES" if "BENCH_BOUNCES" in os.environ else "tests/bounce/fixtures"))
    table.row("read", "crmrelay", statistics.median(figure([BUILD / "bounce_read", folder], r"([\d,.]+) mails/s") for _ in range(ROUNDS)), "mails/s", "", None, 20000)
    shapes = {shape: float(spent) for shape, spent in re.findall(r"^ *(.+?)\s{2,}([\d.]+) ms", output([BUILD / "bounce_shapes"]), re.M)}
    slowest = max(shapes, key=shapes.get)
    table.row("slowest", f"a megabyte of {slowest}, the slowest of {len(shapes)} hostile shapes", shapes[slowest], "ms", "", None, 50, lower=True)
    for shape, spent in shapes.items():
        table.row(f"shape_{re.sub('[^a-z0-9]+', '_', shape.lower())}", f"a megabyte of {shape}", spent, "ms")
