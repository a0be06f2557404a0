#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""`make bench`: what crmrelay costs, as ratios within one run, on loopback.

Every figure is the median of interleaved rounds: what is compared takes turns, so that a machine that grows slow harms both alike. Nothing is asserted;
the last column says what the project aims at. As root (it starts a private Postfix). Names of sections as arguments: prefix bounce store policy milter dkim lmtp outbox postfix.
"""
import json
import os
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from lab import Lab                              # noqa: E402
from lab.daemons import DOMAIN, build_folder     # noqa: E402
from lab.util import Child, wait_until           # noqa: E402

HERE, BUILD = Path(__file__).resolve().parent, build_folder() / "tests/bench"
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
POSTFIX_ROUNDS = int(os.environ.get("BENCH_POSTFIX_ROUNDS", "11"))
MESSAGES = int(os.environ.get("BENCH_MESSAGES", "20000"))


def row(name, value, unit, compared="", ratio=None, aim=""):
    print(f"{name:<44} {value:>10,.0f} {unit:<8} {compared:<34} {'' if ratio is None else f'{ratio:6.2f}'}  {aim}", flush=True)


def say(title):
    print(f"\n{title}", flush=True)


def figure(argv, pattern):
    """The number that a program printed; its whole output where it failed."""
    done = subprocess.run([str(word) for word in argv], capture_output=True, text=True, timeout=600)
    found = re.search(pattern, done.stdout)
    if done.returncode or not found:
        raise SystemExit(f"{' '.join(map(str, argv))}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return float(found[1].replace(",", ""))


def interleaved(measures, rounds):
    """{name: callable} → {name: median}, each called once a round, after one round that does not count."""
    seen = {name: [] for name in measures}
    for number in range(rounds + 1):
        for name, measure in measures.items():
            value = measure()
            if number:
                seen[name].append(value)
    return {name: statistics.median(values) for name, values in seen.items()}


def served(argv, path, log):
    """A program that serves a unix socket."""
    child = Child(Path(str(argv[0])).name, [str(word) for word in argv], log)
    wait_until(path.is_socket, 10, f"{path}")
    return child


def fdatasync_rate(folder, count=500):
    import time
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"x" * 8192 * count)
        os.fsync(file.fileno())
        begin = time.perf_counter()
        for number in range(count):
            os.pwrite(file.fileno(), b"y" * 8192, number * 8192)
            os.fdatasync(file.fileno())
        return count / (time.perf_counter() - begin)


DOMAINS = {
    "example.com": {**DOMAIN, "networks": ["192.0.2.0/24"]},
    "bench.test": {"require": ["network"], "networks": ["127.0.0.1/32"], "return_path": "{token}@bounce.bench.test", "admins": ["postmaster@example.com"]},
}


def milter_section(lab, folder, log):
    say(f"the milter path: 8 connections, 4 KiB messages, durable records (this disk: {fdatasync_rate(lab.daemons.store.parent):,.0f} fdatasync/s)")
    plain, quiet = folder / "null.sock", folder / "null-n.sock"
    children = [served([BUILD / "null_milter", f"unix:{plain}"], plain, log), served([BUILD / "null_milter", "-n", f"unix:{quiet}"], quiet, log)]
    ours = lab.daemons.sockets / "milter.sock"

    def load(path, expected):
        return lambda: figure([BUILD / "milter_load", "-c", "8", "-n", MESSAGES, "-b", "4096", "-e", expected, f"unix:{path}"], r"([\d,.]+) (?:msg|messages)/s")
    try:
        got = interleaved({"ours": load(ours, "relay"), "plain": load(plain, "continue"), "quiet": load(quiet, "continue")}, ROUNDS)
    finally:
        for child in children:
            child.stop()
    row("do-nothing filter, negotiates nothing", got["plain"], "msg/s")
    row("do-nothing filter, negotiates as ours", got["quiet"], "msg/s")
    row("crmrelay", got["ours"], "msg/s", "/ do-nothing, negotiates nothing", got["ours"] / got["plain"], "0.75")
    row("crmrelay", got["ours"], "msg/s", "/ do-nothing, negotiates as ours", got["ours"] / got["quiet"], "0.30")


def dkim_section(lab, folder, log):
    say("DKIM signing: RSA-2048, 8 connections, 4 KiB messages (crmrelay's with its durable record, opendkim's without)")
    key = lab.daemons.secret(lab.daemons.config.parent / "dkim.pem", subprocess.run(
        ["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], check=True, capture_output=True, text=True).stdout)
    theirs, settings, hosts, own = folder / "opendkim.sock", folder / "opendkim.conf", folder / "opendkim.hosts", folder / "opendkim.pem"
    own.touch(mode=0o600)
    own.write_text(key.read_text())
    hosts.write_text("0.0.0.0/0\n")
    settings.write_text(f"Mode s\nCanonicalization relaxed/simple\nDomain example.com\nSelector bench\nKeyFile {own}\nInternalHosts {hosts}\n"
                        f"Socket local:{theirs}\nUserID root\nRequireSafeKeys no\nOversignHeaders From\nBackground no\nSyslog no\n")
    lab.daemons.domains["example.com"]["dkim"] = {"selector": "bench", "key": str(key), "sign": "always"}
    lab.daemons.write()
    lab.daemons.reload("policyd", "milter")
    ours = lab.daemons.sockets / "milter.sock"

    def load(path, expected):
        return lambda: figure([BUILD / "milter_load", "-c", "8", "-n", MESSAGES // 4, "-b", "4096", "-e", expected, f"unix:{path}"], r"([\d,.]+) (?:msg|messages)/s")
    child = served(["/usr/sbin/opendkim", "-f", "-x", settings], theirs, log)
    try:
        got = interleaved({"ours": load(ours, "relay, signed"), "theirs": load(theirs, "accept, signed")}, ROUNDS)
    finally:
        child.stop()
        del lab.daemons.domains["example.com"]["dkim"]
        lab.daemons.write()
        lab.daemons.reload("policyd", "milter")
    row("opendkim", got["theirs"], "msg/s")
    row("crmrelay", got["ours"], "msg/s", "/ opendkim", got["ours"] / got["theirs"], "1.00")


def policy_section(lab, folder, log):
    say("the policy path: 8 connections")
    path = folder / "echo.sock"
    child = served([BUILD / "echo_server", f"unix:{path}"], path, log)
    policy = lab.daemons.sockets / "policy.sock"

    def load(target, *more):
        return lambda: figure([BUILD / "policy_load", "-c", "8", "-n", MESSAGES * 5, *more, f"unix:{target}"], r"([\d,.]+)/s")
    try:
        got = interleaved({"echo": load(path), "relay": load(policy), "recipient": load(policy, "-x", "recipient")}, ROUNDS)
    finally:
        child.stop()
    row("an epoll echo server", got["echo"], "q/s")
    row("crmrelay, context relay", got["relay"], "q/s", "/ echo server", got["relay"] / got["echo"], "0.50")
    row("crmrelay, context recipient", got["recipient"], "q/s", "/ echo server", got["recipient"] / got["echo"], "0.50")


def lmtp_section(lab, folder):
    """Bounces taken in while their hand-backs wait for a Postfix that is away, then while a Postfix on the same processors takes each and discards it behind the queue."""
    say(f"bounces by LMTP: 4 connections, durable with their hand-backs (this disk: {fdatasync_rate(lab.daemons.store.parent):,.0f} fdatasync/s)")
    lab.route({})
    lab.postfix.main(default_transport="discard:")
    lab.postfix.reload()
    crm, submit = lab.daemons.domains.pop("bench.test"), lab.daemons.service["submit"]     # its network is where hand-backs come from here

    def load():
        addresses = folder / "addresses"
        with open(addresses, "w", encoding="ascii") as file:
            subprocess.run([BUILD / "fill_store", f"sqlite://{lab.daemons.store}", "4000", "bounce.example.com", "example.com"], stdout=file, check=True)
        for part in lab.daemons.store.parent.glob("crmrelay.db*"):
            os.chown(part, lab.daemons.store.stat().st_uid, lab.daemons.store.stat().st_gid)
        return figure([BUILD / "lmtp_load", "-c", "4", "-n", "4000", "-f", HERE / "bounce.eml", "-r", addresses, f"unix:{lab.daemons.sockets}/bounce.sock"],
                      r"([\d,.]+) (?:messages|msg|bounces)/s")

    def restart(**service):
        lab.daemons.service.update(service)
        lab.daemons.write()
        lab.daemons.reload("policyd")
        lab.daemons.restart("bounced")
    restart(submit=f"smtp://127.0.0.1:{lab.ports.free()}")
    alone = statistics.median(load() for _ in range(ROUNDS))
    restart(submit=submit)
    wait_until(lambda: settled(lab), 300, "every hand-back queued", step=0.5)
    beside = []
    for _ in range(ROUNDS):
        beside.append(load())
        wait_until(lambda: settled(lab), 300, "every hand-back queued", step=0.5)
    lab.daemons.domains["bench.test"] = crm
    restart()
    row("crmrelay, hand-backs wait", alone, "b/s", "", None, "1,500/s")
    row("crmrelay, handed back meanwhile", statistics.median(beside), "b/s")


def settled(lab):
    """No hand-back waits."""
    with closing(sqlite3.connect(f"file:{lab.daemons.store}?mode=ro", uri=True, timeout=30)) as store:
        return store.execute("SELECT count(*) FROM outgoing WHERE state = 'pending'").fetchone()[0] == 0


def resident(pid):
    """KiB of memory that a process has."""
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1])


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


def outbox_section(lab, folder, log):
    count, port = MESSAGES * 5, lab.ports.free()
    say(f"the outbox: {count:,} events of one domain to a receiver on this host, HTTP, signed, each written down (this disk: {fdatasync_rate(lab.daemons.store.parent):,.0f} fdatasync/s)")
    url = f"http://127.0.0.1:{port}/hooks/mail"
    secret = lab.daemons.secret(lab.daemons.config.parent / "webhook.secret", "whsec_" + "QUJD" * 10 + "\n")
    lab.daemons.domains["hooks.test"] = {**DOMAIN, "return_path": "{token}@bounce.hooks.test", "webhook": {"url": url, "secret": str(secret), "private_addresses": True}}
    lab.daemons.write()
    child = Child("hook_sink", [str(BUILD / "hook_sink"), str(port)], log)

    def pending():
        with closing(sqlite3.connect(f"file:{lab.daemons.store}?mode=ro", uri=True, timeout=30)) as store:
            return store.execute("SELECT count(*) FROM outgoing WHERE state = 'pending' AND target = 'webhook:hooks.test'").fetchone()[0]
    rates, grown = [], []
    try:
        for _ in range(min(ROUNDS, 3)):
            lab.daemons.stop("bounced")
            fill_outbox(lab, url, count)
            begin = time.perf_counter()
            lab.daemons.start("bounced")
            wait_until(lambda: pending() < count * 0.9, 120, "a tenth of the events told", step=0.05)
            early = resident(lab.daemons.pid("bounced"))
            wait_until(lambda: pending() == 0, 300, "an empty outbox", step=0.2)
            rates.append(count / (time.perf_counter() - begin))
            grown.append((early, resident(lab.daemons.pid("bounced"))))
    finally:
        child.stop()
        del lab.daemons.domains["hooks.test"]
        lab.daemons.write()
        lab.daemons.restart("bounced")
    row("crmrelay", statistics.median(rates), "events/s", "", None, "2,000/s")
    print("  (memory of bounced after a tenth and at the end: " + ", ".join(f"{early / 1024:.0f} → {late / 1024:.0f} MiB" for early, late in grown) + ")")


def postfix_section(lab, folder, log):
    say("through a real Postfix: smtp-source, 8 sessions, 4 KiB messages, discarded behind the queue")
    queue = lab.postfix.queue / "bench"
    queue.mkdir(exist_ok=True)
    os.chmod(queue, 0o755)
    first, second = queue / "null.sock", queue / "null2.sock"
    children = [served([BUILD / "null_milter", f"unix:{path}"], path, log) for path in (first, second)]
    for path in (first, second):
        os.chmod(path, 0o666)
    bare = {"smtpd_relay_restrictions": "permit_mynetworks, reject", "smtpd_client_restrictions": "", "smtpd_peername_lookup": "no"}
    services = {
        "none": bare,
        "null": {**bare, "smtpd_milters": "unix:bench/null.sock"},
        "again": {**bare, "smtpd_milters": "unix:bench/null2.sock"},
        "ours": {"smtpd_milters": "unix:crmrelay/milter.sock", "smtpd_peername_lookup": "no"},
    }
    ports = {name: lab.ports.free() for name in services}
    for name, options in services.items():
        lab.postfix.service(f"bench-{name}", ports[name], options)
    lab.route({})
    lab.postfix.main(default_transport="discard:", mynetworks="127.0.0.1/32")
    lab.postfix.reload()

    def load(name):
        def measure():
            import time
            begin = time.perf_counter()
            subprocess.run(["smtp-source", "-s", "8", "-l", "4096", "-m", "2000", "-f", "crm@bench.test", "-t", "customer@discard.test",
                            f"127.0.0.1:{ports[name]}"], check=True, timeout=300)
            rate = 2000 / (time.perf_counter() - begin)
            wait_until(lambda: not lab.postfix.pending(), 120, "an empty queue", step=0.2)
            return rate
        return measure
    try:
        before = len(lab.events.find("relayed"))
        got = interleaved({name: load(name) for name in services}, POSTFIX_ROUNDS)
        relayed = len(lab.events.find("relayed")) - before
    finally:
        for child in children:
            child.stop()
    row("no filter", got["none"], "msg/s")
    row("do-nothing filter", got["null"], "msg/s")
    row("do-nothing filter, a second one", got["again"], "msg/s", "/ do-nothing filter", got["again"] / got["null"], "1.00")
    row("crmrelay: policy, milter, durable record", got["ours"], "msg/s", "/ do-nothing filter", got["ours"] / got["null"], "0.85")
    print(f"  ({relayed:,} messages relayed and recorded)")


def bounce_section():
    folder = Path(os.environ.get("BENCH_BOUNCES", HERE.parent / "bounce/fixtures"))
    say(f"reading bounces, one core, from disk: {folder}")
    row("crmrelay", statistics.median(figure([BUILD / "bounce_read", folder], r"([\d,.]+) mails/s") for _ in range(ROUNDS)), "mails/s", "", None, "20,000/s")
    say("a megabyte of each hostile shape, milliseconds of the processor (the aim: under 50)")
    subprocess.run([BUILD / "bounce_shapes"], check=True)


def main(sections):
    print(f"crmrelay benchmarks: {os.cpu_count()} processors, medians of {ROUNDS} interleaved rounds ({POSTFIX_ROUNDS} through Postfix)")
    for section, program in (("prefix", "prefix_bench"), ("store", "store_bench")):
        if section in sections:
            say(f"{section}:")
            subprocess.run([BUILD / program], check=True)
    if "bounce" in sections:
        bounce_section()
    if not {"policy", "milter", "dkim", "lmtp", "outbox", "postfix"} & sections:
        return
    with Lab(domains=DOMAINS) as lab:
        folder = lab.folder / "bench"
        folder.mkdir()
        log = folder / "log"
        if "policy" in sections:
            policy_section(lab, folder, log)
        if "milter" in sections:
            milter_section(lab, folder, log)
        if "dkim" in sections:
            dkim_section(lab, folder, log)
        if "lmtp" in sections:
            lmtp_section(lab, folder)
        if "outbox" in sections:
            outbox_section(lab, folder, log)
        if "postfix" in sections:
            postfix_section(lab, folder, log)


if __name__ == "__main__":
    main(set(sys.argv[1:]) or {"prefix", "bounce", "store", "policy", "milter", "dkim", "lmtp", "outbox", "postfix"})
