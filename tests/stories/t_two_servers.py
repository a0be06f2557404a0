# SPDX-License-Identifier: BSD-2-Clause
"""Two servers, each with a Postfix and daemons of its own, on one PostgreSQL."""
import signal
from contextlib import ExitStack

from databases import bouncer, database, eventually_brought, eventually_relayed, nothing_left, room, servers
from lab.postgres import Postgres
from lab.util import wait_until
from reports import DEADLINE, bring, home, relay, report

LAB = None
SECONDS = 120


def crossed(hub, first, second):
    """A message leaves from one server, its bounce comes to the other one, and the CRM has it; its server is the first lab's (databases.servers)."""
    message = relay(first)
    bring(second, message.address, report(message.address, message.to))
    assert home(hub, message).report[1]["Status"] == "5.1.1"
    return message


def once(lab, messages):
    for message in messages:
        assert len(lab.catcher.found(message.sender)) == 1, message


def story_a_bounce_that_lands_on_the_other_server_comes_home():
    """A message leaves from one of my servers, its bounce comes to the other one, and the CRM hears of it once; both tell me the same."""
    with database() as db, servers(db.url(), 2) as (one, two):
        messages = [crossed(one, one, two), crossed(one, two, one)]
        nothing_left(db)
        once(one, messages)
        for lab in (one, two):
            status = lab.daemons.ctl("status", "--json").json[0]
            assert (status["today"]["relayed"], status["today"]["bounced"], status["outbox"]) == (2, 2, 0), status
            for message in messages:
                steps = [step["what"] for step in lab.daemons.ctl("trace", "--json", message.token).json[0]["steps"]]
                assert steps == ["relayed", "bounce", "hand-back"], steps
        assert lab.daemons.ctl("check").out.count("open and writable") == 1


def story_behind_pgbouncer_in_transaction_mode():
    """The same through pgbouncer, which gives each transaction another connection."""
    with database() as db, bouncer(db) as pooler, servers(pooler.url(), 2) as (one, two):
        messages = [crossed(one, one, two), crossed(one, two, one)]
        nothing_left(db)
        once(one, messages)
        for _ in range(3):
            assert not one.crm(address="127.0.0.90").send(one.to()).accepted
        assert db.sql("SELECT count(*) FROM pg_prepared_statements") == [["0"]]
        assert two.daemons.ctl("check").out.count("open and writable") == 1


def story_a_server_dies_in_the_middle():
    """One server is switched off while it has reports to tell: the other one tells them, and nothing is lost."""
    with database() as db, servers(db.url(), 2) as (one, two):
        messages = [relay(one) for _ in range(8)]
        two.daemons.stop("bounced")         # the reports are the first server's, whose way to its Postfix is shut
        two.daemons.start("bounced")
        for message in messages:
            bring(one, message.address, report(message.address, message.to))
        wait_until(lambda: int(db.sql("SELECT count(*) FROM events WHERE type = 'bounce'")[0][0]) >= 4, DEADLINE, "four bounces to be stored", step=0.02)
        wait_until(lambda: db.sql("SELECT count(*) FROM outgoing WHERE state <> 'pending'") != [["0"]], DEADLINE, "a report to be written down as told", step=0.02)
        for name in ("bounced", "milter", "policyd"):
            one.daemons.kill(name, signal.SIGKILL)
        written_down = {row[0] for row in db.sql("SELECT token FROM outgoing WHERE state <> 'pending'")}
        assert two.crm().send(two.to()).accepted
        one.daemons.start()                 # its Postfix has kept what it could not deliver; the rest was done meanwhile
        for message in messages:
            home(one, message)
        nothing_left(db)
        assert db.sql("SELECT count(*) FROM events WHERE type = 'bounce'") == [["8"]]
        once_or_twice = {message.token: len(one.catcher.found(message.sender)) for message in messages}   # twice: told, and not yet written down
        assert all(1 <= count <= (1 if token in written_down else 2) for token, count in once_or_twice.items()), (once_or_twice, written_down)


def story_a_dead_servers_work_is_taken_over():
    """A server has claimed reports and dies for good: when its lease is over, the other one tells them."""
    with database() as db, servers(db.url(), 2) as (one, two):
        for lab in (one, two):
            lab.daemons.stop("bounced")
        messages = [relay(one) for _ in range(3)]
        one.daemons.start("bounced")
        for message in messages:
            bring(one, message.address, report(message.address, message.to))
        wait_until(lambda: db.sql("SELECT count(*) FROM events WHERE type = 'bounce'") == [["3"]], DEADLINE, "the bounces to be stored")
        one.daemons.kill("bounced", signal.SIGKILL)
        # As if it had died right after it claimed: what it told already is to be told again, its own sign of life is fresh.
        db.sql("UPDATE outgoing SET state = 'pending', queue_id = '', owner = (SELECT id FROM servers WHERE name = 'mx1'), next_at = 0 WHERE kind = 'handback'")
        db.sql("UPDATE servers SET until_at = extract(epoch FROM now())::bigint + 3 WHERE name = 'mx1'")
        two.daemons.start("bounced")
        nothing_left(db)
        for message in messages:
            home(one, message)
        assert len(two.events.find("handed-back")) == 3


def story_failures_count_across_servers():
    """Two failures on one server and the third on the other suspend the domain on both, and the administrators are told once of each."""
    domain = {"require": ["network", "login", "tls"], "networks": ["127.0.0.16/28"], "logins": ["crm@example.com"], "return_path": "{token}@bounce.example.com",
              "admins": ["postmaster@example.com"], "suspend": {"after": 3}}
    with database() as db, servers(db.url(), 2, domains={"example.com": domain}) as (one, two):
        for lab in (one, two, one):
            result = lab.crm(address="127.0.0.40").send(lab.to())
            assert not result.accepted and result.refusal.reason == "network", result
        for lab in (one, two):
            def suspended(lab=lab):
                result = lab.crm().send(lab.to())
                return not result.accepted and result.refusal.reason == "suspended"
            wait_until(suspended, DEADLINE, "the domain to be suspended", step=0.2)
        assert db.sql("SELECT today, suspended_at > 0 FROM standings WHERE domain = 'example.com'") == [["3", "t"]]
        assert db.sql("SELECT count(*) FROM events WHERE type = 'suspended'") == [["1"]]
        nothing_left(db)
        assert len(db.sql("SELECT id FROM outgoing WHERE kind = 'notice'")) == 2    # the warning after the second, the suspension


def story_the_primary_fails_and_the_standby_takes_over():
    """The primary database loses its power, its standby is promoted: for a while the CRM gets 451, then all goes on, and every message that was taken is known."""
    with ExitStack() as stack:
        folder, ports = stack.enter_context(room())
        primary = stack.enter_context(Postgres(folder / "primary", ports.free()))
        standby = Postgres(folder / "standby", ports.free(), standby_of=primary)
        standby.start()
        stack.callback(standby.stop)
        # A commit is answered when both have it.
        primary.sql("ALTER SYSTEM SET synchronous_standby_names = '*'")
        primary.sql("SELECT pg_reload_conf()")
        wait_until(lambda: primary.sql("SELECT sync_state FROM pg_stat_replication") == [["sync"]], DEADLINE, "the standby to be synchronous")
        one, two = stack.enter_context(servers(primary.url(standby), 2))
        before = [relay(one), relay(two)]
        primary.kill()
        result = one.crm(timeout=60).send(one.to())
        assert (result.refusal.code, result.refusal.reason) == (451, "unavailable"), result
        standby.promote()
        after = []
        for lab in (one, two):
            eventually_relayed(lab)
            after.append(relay(lab))
        for message, lab in zip(before + after, (two, one, two, one)):
            eventually_brought(lab, message)
            home(one, message)
        nothing_left(standby)
        once(one, before + after)
