# SPDX-License-Identifier: BSD-2-Clause
"""Strangers and other customers of the CRM's cloud at policyd's own sockets. CRMRELAY_ATTACKS says how many attempts; HACKING.md has the million."""
import os
import sqlite3
import subprocess

from lab.daemons import DOMAIN, build_folder

ATTEMPTS = int(os.environ.get("CRMRELAY_ATTACKS", "20000"))
SECONDS = 40
# No syslog: a line an attempt is of no use here.
LAB = {"auth": "crmrelay", "service": {"syslog": "unix:/nonexistent/log"}, "domains": {
    "example.com": {**DOMAIN, "suspend": {"after": 3}, "require": [["network", "login", "tls"], ["network", "tenant", "dkim"]], "tenant": {"header": "X-Tenant", "value": "00D-ours"}},
    "guess.test": {**DOMAIN, "suspend": {"after": 3, "count": ["network", "tls", "certificate", "tenant", "dkim"]}, "logins": ["crm@guess.test"], "admins": ["alice@example.com"]},
}}


def rows(lab):
    """Of every table; and the size of the store in octets."""
    with sqlite3.connect(f"file:{lab.daemons.store}?mode=ro", uri=True) as store:
        tables = [name for name, in store.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
        counts = {table: store.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}
        pages, size = (store.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    return counts, pages * size


def story_many_attempts_at_the_sockets(lab):
    """However many come, with the login's name, from inside the networks, with any From, tenant and signature: nothing is granted, no domain is switched off or
    has a failure, the administrators get one mail about wrong passwords, and the store stays small."""
    sockets = [f"unix:{lab.daemons.sockets}/policy.sock", lab.daemons.service["admission"], f"unix:{lab.daemons.sockets}/auth.sock"]
    driver = build_folder() / "tests/bench/attack_load"
    done = subprocess.run([driver, "-n", str(ATTEMPTS), "-l", "crm@example.com", *sockets], capture_output=True, text=True, timeout=280 if ATTEMPTS <= 50000 else 3600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for domain in lab.daemons.ctl("status", "--json").json:
        assert domain["state"] == "active" and domain["strikes"] == {"today": 0, "in_a_row": 0, "after": 3}, domain
    assert lab.daemons.ctl("bounces", "--json").code == 0     # the store answers, and what was waiting is written
    lab.daemons.restart("policyd")
    counts, size = rows(lab)
    domains, reasons, lists = 2, 11, 2 * (2 + 1)
    most = {"messages": 0, "events": domains, "outgoing": domains, "standings": domains, "tallies": 2 * domains, "refusals": domains * reasons, "recent_refusals": lists * 100,
            "activity": domains * reasons * 4, "notices": domains * 2, "told_once": domains, "soft_failures": 0, "logins_seen": domains, "servers": 0, "forwards": domains, "targets": 0, "spf_answers": 0, "spf_names": 0, "schema_version": 1}
    for table, count in counts.items():
        assert count <= most.get(table, 0), (table, count, counts)
    assert counts["recent_refusals"] > 0 and counts["refusals"] > 0, counts
    assert size < 2 << 20, size
