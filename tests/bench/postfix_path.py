# SPDX-License-Identifier: BSD-2-Clause
"""Through a real Postfix with smtp-source: no filter, a do-nothing filter twice (against itself), crmrelay without and with DKIM, opendkim."""
import os
import subprocess
import time

import peers
from figures import POSTFIX_ROUNDS, cpu, family, fdatasync_rate, interleaved, rsa_key, signed, wait_until

COUNT = int(os.environ.get("BENCH_POSTFIX_MESSAGES", "2000"))
SIGNED = "signed.test"
BARE = {"smtpd_relay_restrictions": "permit_mynetworks, reject", "smtpd_client_restrictions": "", "smtpd_peername_lookup": "no"}


def services(there):
    """main.cf parameters of each smtpd service."""
    ours = {"smtpd_milters": "unix:crmrelay/milter.sock", "smtpd_peername_lookup": "no"}
    return {"none": BARE, "null": {**BARE, "smtpd_milters": "unix:bench/null.sock"}, "again": {**BARE, "smtpd_milters": "unix:bench/null2.sock"},
            "ours": ours, "dkim": ours, **({"opendkim": {**BARE, "smtpd_milters": "unix:bench/opendkim.sock"}} if there else {})}


def send(port, sender):
    subprocess.run(["smtp-source", "-s", "8", "-l", "4096", "-m", str(COUNT), "-f", sender, "-t", "customer@discard.test", f"127.0.0.1:{port}"], check=True, timeout=300)


def load(lab, port, sender):
    def measure():
        begin = time.perf_counter()
        send(port, sender)
        rate = COUNT / (time.perf_counter() - begin)
        wait_until(lambda: not lab.postfix.pending(), 120, "an empty queue", step=0.2)
        return rate
    return measure


def postfix_section(table, lab, folder, log):
    table.begin("postfix", f"through a real Postfix: smtp-source, 8 sessions, 4 KiB messages, discarded behind the queue; medians of {POSTFIX_ROUNDS} interleaved rounds"
                           f" (this disk: {fdatasync_rate(lab.postfix.queue):,.0f} fdatasync/s)")
    queue = lab.postfix.queue / "bench"
    queue.mkdir(exist_ok=True)
    os.chmod(queue, 0o755)
    key = lab.daemons.config.parent / "through.pem"
    rsa_key(lab.daemons.secret, key)
    lab.daemons.domains[SIGNED] = signed(lab.daemons.domains["bench.test"], key, return_path=f"{{token}}@bounce.{SIGNED}")
    lab.daemons.write()
    lab.daemons.reload("policyd", "milter")
    place = folder / "through"
    place.mkdir()
    with peers.null_milter(queue / "null.sock", log) as first, peers.null_milter(queue / "null2.sock", log) as second, \
            peers.opendkim(place, log, SIGNED, key, queue / "opendkim.sock") as (theirs, _):
        for target in (first, second):
            os.chmod(target.removeprefix("unix:"), 0o666)
        ports = {name: lab.ports.free() for name in services(theirs)}
        for name, options in services(theirs).items():
            lab.postfix.service(f"bench-{name}", ports[name], options)
        lab.route({})
        lab.postfix.main(default_transport="discard:", mynetworks="127.0.0.1/32")
        lab.postfix.reload()
        before = len(lab.events.find("relayed"))
        got = interleaved({name: load(lab, port, f"crm@{SIGNED if name in ('dkim', 'opendkim') else 'bench.test'}") for name, port in ports.items()}, POSTFIX_ROUNDS)
        relayed = len(lab.events.find("relayed")) - before
        taken = {name: costs(lab, ports[name]) for name in ("none", "ours")}
    del lab.daemons.domains[SIGNED]
    lab.daemons.write()
    lab.daemons.reload("policyd", "milter")
    rows(table, got, theirs)
    table.remark(f"{relayed:,} messages relayed and recorded")
    for key, name, spent in (("cpu_postfix_none", "Postfix, no filter", taken["none"][0]), ("cpu_postfix", "Postfix, asking crmrelay", taken["ours"][0]),
                             ("cpu_ours", "crmrelay's milter and policyd", taken["ours"][1]), ("cpu_source", "smtp-source", taken["ours"][2])):
        table.row(key, f"processor time of a message: {name}", spent, "us")


def rows(table, got, theirs):
    table.row("none", "no filter", got["none"], "msg/s")
    table.row("null", "do-nothing filter", got["null"], "msg/s", "/ no filter", got["null"] / got["none"])
    table.row("again", "do-nothing filter, a second one", got["again"], "msg/s", "/ do-nothing filter", got["again"] / got["null"])
    table.row("ours", "crmrelay: policy, milter, durable record", got["ours"], "msg/s", "/ do-nothing filter", got["ours"] / got["null"], 0.9)
    table.row("dkim", "crmrelay, DKIM signed", got["dkim"], "msg/s", "/ do-nothing filter", got["dkim"] / got["null"])
    if theirs:
        table.row("opendkim", "opendkim", got["opendkim"], "msg/s", "/ do-nothing filter", got["opendkim"] / got["null"])
        table.row("dkim_opendkim", "crmrelay, DKIM signed", got["dkim"], "msg/s", "/ opendkim", got["dkim"] / got["opendkim"])
    else:
        table.missing("opendkim", "opendkim")


def costs(lab, port):
    """Microseconds of processor that a message takes: of Postfix from the connection until the queue is empty, of crmrelay, of what sends."""
    master = int((lab.postfix.queue / "pid/master.pid").read_text())
    mine = [lab.daemons.pid(name) for name in ("milter", "policyd")]

    def now():
        own = os.times()
        return cpu(*family(master)), cpu(*mine), own.children_user + own.children_system
    before = now()
    send(port, "crm@bench.test")
    sent = now()
    wait_until(lambda: not lab.postfix.pending(), 120, "an empty queue", step=0.2)
    after = now()
    return tuple((end - begin) / COUNT * 1e6 for begin, end in ((before[0], after[0]), (before[1], after[1]), (before[2], sent[2])))
