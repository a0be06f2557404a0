# SPDX-License-Identifier: BSD-2-Clause
"""The policy path: an epoll echo server, postfwd2 and postgrey beside it on the same type of socket; PostSRSd's tables beside look-ups of bounce addresses."""
import sqlite3
from contextlib import closing

import peers
from figures import BUILD, MESSAGES, cpu, figure, interleaved, served
from milter_path import load as relay
from milter_path import ours

QUERIES = MESSAGES * 5


def load(target, *more, queries=QUERIES):
    return lambda: figure([BUILD / "policy_load", "-c", "8", "-n", queries, *more, target], r"([\d,.]+)/s")


def bounce_address(lab):
    """One of a message that was relayed."""
    relay(ours(lab), "relay", messages=100)
    with closing(sqlite3.connect(f"file:{lab.daemons.store}?mode=ro", uri=True, timeout=30)) as store:
        token, = store.execute("SELECT token FROM messages WHERE domain = 'example.com' ORDER BY rowid DESC LIMIT 1").fetchone()
    return f"{token}@bounce.example.com"


def policy_section(table, lab, folder, log):
    table.begin("policy", "the policy path: 8 connections, unix sockets")
    path = folder / "echo.sock"
    policy, known = f"unix:{lab.daemons.sockets}/policy.sock", bounce_address(lab)
    child = served([BUILD / "echo_server", f"unix:{path}"], path, log)
    try:
        with peers.postgrey(folder, log) as grey:
            measures = {"echo": load(f"unix:{path}"), "relay": load(policy), "recipient": load(policy, "-x", "recipient"),
                        "known": load(policy, "-x", "recipient", "-r", known, queries=QUERIES // 2)}
            if grey:
                measures["postgrey"] = load(grey, queries=QUERIES // 20)
            got = interleaved(measures)
    finally:
        child.stop()
    table.row("echo", "an epoll echo server", got["echo"], "q/s")
    for key, name, aim in (("relay", "context relay", 0.7), ("recipient", "context recipient, ordinary", 0.7), ("known", "context recipient, a bounce address", None)):
        table.row(key, f"crmrelay, {name}", got[key], "q/s", "/ echo server", got[key] / got["echo"], aim)
    if grey:
        table.row("postgrey", "postgrey, a triplet that it knows", got["postgrey"], "q/s")
        table.row("relay_postgrey", "crmrelay, context relay", got["relay"], "q/s", "/ postgrey", got["relay"] / got["postgrey"])
    else:
        table.missing("postgrey", "postgrey")
    policyd = lab.daemons.pid("policyd")
    before = cpu(policyd)
    load(policy)()
    table.row("cpu_policyd", "processor time of a query: policyd", (cpu(policyd) - before) / QUERIES * 1e6, "us")
    by_tcp(table, lab, folder, log, known)


def by_tcp(table, lab, folder, log, known):
    """The peers that speak TCP alone, and crmrelay on TCP beside them."""
    port, former = lab.ports.free(), lab.daemons.service["policy"]
    lab.daemons.service["policy"] = f"inet:{port}@127.0.0.1"
    lab.daemons.write()
    lab.daemons.restart("policyd")
    target = f"inet:{port}@127.0.0.1"
    try:
        with peers.postfwd2(folder, lab.ports) as forward, peers.postsrsd(folder, lab.ports, log) as (there, back):
            measures = {"relay": load(target), "known": load(target, "-x", "recipient", "-r", known, queries=QUERIES // 2)}
            if forward:
                measures["postfwd2"] = load(forward, queries=QUERIES // 20)
            if there:
                measures["srs_there"] = load(f"inet:{there}@127.0.0.1", "-t", "-r", "return-1@crm.test", "-e", "SRS0=", queries=QUERIES // 2)
                rewritten = peers.table_answer(there, "return-1@crm.test")
                measures["srs_back"] = load(f"inet:{back}@127.0.0.1", "-t", "-r", rewritten, "-e", "return-1@crm.test", queries=QUERIES // 2)
            got = interleaved(measures)
    finally:
        lab.daemons.service["policy"] = former
        lab.daemons.write()
        lab.daemons.restart("policyd")
    if forward:
        table.row("postfwd2", "TCP: postfwd2, one rule that says DUNNO", got["postfwd2"], "q/s")
    else:
        table.missing("postfwd2", "TCP: postfwd2")
    table.row("relay_tcp", "TCP: crmrelay, context relay", got["relay"], "q/s", "/ postfwd2" if forward else "", got["relay"] / got["postfwd2"] if forward else None, 8 if forward else None)
    if there:
        table.row("srs_there", "TCP: PostSRSd, a sender rewritten", got["srs_there"], "look-ups/s")
        table.row("srs_back", "TCP: PostSRSd, a rewritten address turned back", got["srs_back"], "look-ups/s")
    else:
        table.missing("srs_back", "TCP: PostSRSd")
    table.row("known_tcp", "TCP: crmrelay, context recipient, a bounce address", got["known"], "q/s", "/ PostSRSd, turned back" if there else "",
              got["known"] / got["srs_back"] if there else None)
    table.remark("PostSRSd checks four letters of a hash and answers the address; crmrelay checks a signature of 96 bits, looks the message's record up and judges the query: different work")
