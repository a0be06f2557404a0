# SPDX-License-Identifier: BSD-2-Clause
"""Two policyds on one store: they count one row of failures, suspend once and tell once, however many failures come to both at the same time."""
import json
import socket
import sqlite3
import threading

from lab import wait_until
from lab.daemons import DOMAIN, Daemons

EACH = 60       # failures at each server, over ten connections
DOMAINS = {name: {**DOMAIN, "logins": [f"crm@{name}"], "admins": [f"{name}@example.com"], "suspend": {"after": after}}
           for name, after in (("strict.test", 3), ("told.test", 0), ("patient.test", 100))}
LAB = {"daemons": ("policyd",), "domains": DOMAINS}
SECONDS = 40


def setup(lab):
    service = {"store": f"sqlite://{lab.daemons.store}", "keys": str(lab.daemons.keys)}
    lab.second = Daemons(lab.folder / "second", lab.postfix.queue / "second", f"127.0.0.1:{lab.port('smtp')}", lab.events.path, DOMAINS, service)
    lab.enter(_closing(lab.second))
    lab.second.start("policyd")


class _closing:
    def __init__(self, daemons):
        self.daemons = daemons

    def __enter__(self):
        return self.daemons

    def __exit__(self, *_):
        self.daemons.close()


def fail(daemons, name, count, instance):
    """`count` messages of the domain's login from a wrong address, as Postfix asks about them; returns what it is told."""
    told = []
    with socket.socket(socket.AF_UNIX) as server:
        server.settimeout(60)
        server.connect(f"{daemons.sockets}/policy.sock")
        for number in range(count):
            attributes = {"request": "smtpd_access_policy", "protocol_state": "RCPT", "policy_context": "relay", "client_address": "127.0.0.99", "client_port": "4000",
                          "sasl_username": f"crm@{name}", "encryption_protocol": "TLSv1.3", "sender": "r@crm.test", "recipient": "a@dest.test", "instance": f"{instance}.{number}",
                          "server_address": "127.0.0.1", "server_port": "10587"}
            server.sendall("".join(f"{key}={value}\n" for key, value in attributes.items()).encode() + b"\n")
            answer = b""
            while not answer.endswith(b"\n\n"):
                more = server.recv(4096)
                assert more, "policyd closed the connection"
                answer += more
            told.append(answer.decode())
    return told


def fail_at_both(lab, name):
    failed, threads = [], []

    def run(daemons, instance):
        try:
            assert len(fail(daemons, name, EACH // 10, instance)) == EACH // 10
        except Exception as error:      # told in the story's own thread
            failed.append(error)
    for number in range(10):
        for which, daemons in enumerate((lab.daemons, lab.second)):
            threads.append(threading.Thread(target=run, args=(daemons, f"{name}.{which}.{number}")))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
    assert not failed, failed


def rows(lab, query, *values):
    with sqlite3.connect(f"file:{lab.daemons.store}?mode=ro", uri=True) as store:
        return store.execute(query, values).fetchall()


def stands(lab, name):
    (today, in_a_row, suspended), = rows(lab, "SELECT today, in_a_row, suspended_at FROM standings WHERE domain = ?", name)
    events = {kind: rows(lab, "SELECT count(*) FROM events WHERE domain = ? AND type = ?", name, kind)[0][0] for kind in ("strike", "suspended")}
    notices, = rows(lab, "SELECT count(*) FROM outgoing WHERE domain = ? AND kind = 'notice'", name)[0]
    return today, in_a_row, suspended != 0, events["strike"], events["suspended"], notices


def story_one_suspension_and_one_notice_each(lab):
    """A hundred and twenty failures at both: the third suspends, no matter where it came; one event, one warning, one notice; both servers refuse from then on."""
    fail_at_both(lab, "strict.test")
    assert stands(lab, "strict.test") == (3, 3, True, 3, 1, 2), stands(lab, "strict.test")
    for daemons in (lab.daemons, lab.second):
        lab.events.wait("suspended", domain="strict.test", count=2)     # each server says that it knows
        shown = daemons.ctl("status", "strict.test", "--json").json[0]
        assert shown["suspended"]["by"] == "strikes" and shown["strikes"]["in_a_row"] == 3, shown
    assert lab.second.ctl("resume", "strict.test").code == 0

    def both_know():
        return all("[crmrelay:network]" in fail(daemons, "strict.test", 1, f"again{which}")[0] for which, daemons in enumerate((lab.daemons, lab.second)))
    lab.events.wait("resumed", domain="strict.test", count=2)
    assert both_know()


def story_no_failure_is_lost(lab):
    """Where nothing is suspended each failure counts once, whichever server gave it: two notices, at the second and the third."""
    fail_at_both(lab, "told.test")
    today, in_a_row, suspended, strikes, suspensions, notices = stands(lab, "told.test")
    assert (today, in_a_row, suspended, suspensions, notices) == (2 * EACH, 2 * EACH, False, 0, 2), stands(lab, "told.test")
    assert strikes == 50, strikes       # of a domain and day


def story_the_hundredth_suspends(lab):
    """With after = 100 it is the hundredth of both together, and exactly that one."""
    fail_at_both(lab, "patient.test")
    assert stands(lab, "patient.test")[:3] == (100, 100, True), stands(lab, "patient.test")
    (document,), = rows(lab, "SELECT document FROM events WHERE domain = 'patient.test' AND type = 'suspended'")
    assert json.loads(document)["suspension"]["why"].startswith("100 failures in a row"), document
    wait_until(lambda: len(lab.events.find("suspended", domain="patient.test")) == 2, 15, "both servers to know")
