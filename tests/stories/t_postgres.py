# SPDX-License-Identifier: BSD-2-Clause
"""A PostgreSQL store that is away, hangs or takes no writes for a while; and an installation that moves to one."""
import sqlite3
from contextlib import closing

from databases import database, eventually_brought, eventually_relayed, nothing_left, servers
from reports import DEADLINE, bring, home, relay, report

LAB = None
SECONDS = 90


def while_away(lab, before):
    """The CRM gets 451, a bounce stays in Postfix's queue, and everybody else's mail passes; returns that bounce's queue id."""
    result = lab.crm(timeout=60).send(lab.to())
    assert result.refusal and (result.refusal.code, result.refusal.reason) == (451, "unavailable"), result
    ordinary = lab.remote(timeout=60).send("alice@example.com", message="Subject: ordinary\n\nHello\n")
    assert ordinary.accepted, ordinary
    employee = lab.employee(timeout=60).send(to := lab.to(), from_header="A colleague <employee@example.com>")
    assert employee.accepted and lab.recipient.wait_for(to), employee


def story_the_database_is_stopped():
    """The database is stopped for a while: the CRM is asked to come again, bounces wait, ordinary mail passes, and all goes on by itself."""
    with database() as db, servers(db.url()) as (lab,):
        before = relay(lab)
        db.stop()
        while_away(lab, before)
        # policyd cannot look the token up now, and lets the other server come again.
        waiting = lab.remote(timeout=DEADLINE).send(before.address, sender="", message=report(before.address, before.to))
        assert not waiting.accepted and waiting.refusal.code in (450, 451), waiting
        db.start()
        eventually_relayed(lab)
        eventually_brought(lab, before)
        home(lab, before)
        nothing_left(db)


def story_a_bounce_waits_in_the_queue():
    """The daemons start while the database is away: bounced answers 451 to what Postfix has taken, Postfix keeps it, and it comes home later, once."""
    with database() as db, servers(db.url()) as (lab,):
        before = relay(lab)
        lab.daemons.stop("bounced")
        queue_id = bring(lab, before.address, report(before.address, before.to))
        lab.daemons.stop("policyd")
        db.stop()
        lab.daemons.start("policyd", "bounced")
        lab.postfix.flush()
        assert " 451 " in lab.postfix.log_wait(rf"^.*lmtp.*: {queue_id}: .* status=deferred .* said: 451 .*$", DEADLINE)[0]
        while_away(lab, before)
        db.start()
        home(lab, before)
        nothing_left(db)
        assert len(lab.catcher.found(before.sender)) == 1
        eventually_relayed(lab)


def story_the_database_hangs():
    """The database accepts connections and answers nothing: nobody waits longer than Postfix does, and all goes on when it wakes up."""
    with database() as db, servers(db.url()) as (lab,):
        before = relay(lab)
        db.hang()
        try:
            while_away(lab, before)
        finally:
            db.resume()
        eventually_relayed(lab)
        eventually_brought(lab, before)
        home(lab, before)
        nothing_left(db)


def story_an_installation_moves_while_it_serves():
    """From SQLite to PostgreSQL: a copy while it serves, the switch, a last run; messages of before come home, and nothing is told twice."""
    with database() as db, servers(None) as (lab,):
        store = lab.daemons.store
        old = [relay(lab) for _ in range(3)]
        bring(lab, old[0].address, report(old[0].address, old[0].to))
        home(lab, old[0])
        here, there = f"sqlite://{store}", db.url()
        first = lab.daemons.ctl("store", "copy", here, there)
        assert first.code == 0 and "crmrelayctl store copy --last --since" in first.out, first
        late = relay(lab)
        lab.daemons.stop("bounced", "policyd")
        lab.daemons.service["store"] = there
        lab.daemons.write()
        lab.daemons.start("policyd", "bounced")
        since = first.out.split("--since ")[1].split()[0]
        last = lab.daemons.ctl("store", "copy", "--last", "--since", since, here, there)
        assert last.code == 0, last
        for message in (old[1], late):
            bring(lab, message.address, report(message.address, message.to))
            home(lab, message)
        nothing_left(db)
        status = lab.daemons.ctl("status", "--json").json[0]["today"]
        assert (status["relayed"], status["bounced"]) == (4, 3), status
        for message in (*old, late):
            assert lab.daemons.ctl("trace", message.token).code == 0
            assert len(lab.catcher.found(message.sender)) == (0 if message is old[2] else 1)
        with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as former:
            assert former.execute("SELECT count(*) FROM outgoing WHERE state = 'pending'").fetchone() == (0,)


def story_the_database_takes_no_writes():
    """The database takes no writes (as where its disk is full, or it became a standby): 451 until it does again."""
    with database() as db, servers(db.url()) as (lab,):
        before = relay(lab)
        db.sql("ALTER DATABASE crmrelay SET default_transaction_read_only = on")
        db.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'crmrelay'")
        while_away(lab, before)
        db.sql("ALTER DATABASE crmrelay SET default_transaction_read_only = off", database="postgres")
        eventually_relayed(lab)
        eventually_brought(lab, before)
        home(lab, before)
        nothing_left(db)


def story_the_database_wants_a_password():
    """The database wants a password: the daemons and crmrelayctl, doctor too, have it from the file that `store_password` names."""
    with database() as db, servers(None) as (lab,):
        lab.daemons.stop("bounced", "policyd")
        db.sql("CREATE ROLE guarded LOGIN PASSWORD 'of the store'")
        db.sql("ALTER DATABASE crmrelay OWNER TO guarded")
        rules = db.data / "pg_hba.conf"
        rules.write_text("host all guarded 127.0.0.1/32 scram-sha-256\n" + rules.read_text())
        db.sql("SELECT pg_reload_conf()")
        lab.daemons.service["store"] = db.url().replace("crmrelay@", "guarded@")
        lab.daemons.service["store_password"] = str(lab.daemons.secret(lab.daemons.config.parent / "store.password", "of the store\n"))
        lab.daemons.write()
        lab.daemons.start("policyd", "bounced")
        message = relay(lab)
        bring(lab, message.address, report(message.address, message.to))
        home(lab, message)
        assert lab.daemons.ctl("trace", message.token).code == 0
        said = lab.daemons.ctl("doctor", "--json", "--postfix-config", lab.postfix.config)
        assert any(line["text"].startswith("outbox: ") for line in said.json), said
        nothing_left(db)
