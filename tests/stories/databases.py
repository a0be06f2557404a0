# SPDX-License-Identifier: BSD-2-Clause
"""What the stories with a PostgreSQL store share: a database, and servers (each a lab with a Postfix and daemons of its own) on it."""
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

from lab.lab import Lab
from lab.postgres import PgBouncer, Postgres
from lab.util import Ports, wait_until
from reports import DEADLINE, report

LEASE = 4


@contextmanager
def room():
    """A folder that PostgreSQL's user may enter, and ports."""
    folder = Path(tempfile.mkdtemp(prefix="crmlab-db.", dir="/var/tmp"))
    folder.chmod(0o755)
    ports = Ports()
    try:
        yield folder, ports
    finally:
        ports.close()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def database(settings=None):
    with room() as (folder, ports), Postgres(folder / "primary", ports.free(), settings) as server:
        yield server


@contextmanager
def bouncer(server):
    with room() as (folder, ports), PgBouncer(folder / "pgbouncer", ports.free(), server) as pooler:
        yield pooler


@contextmanager
def servers(url, count=1, **options):
    """That many servers on one store. They have the same keys; what any of them writes to the CRM reaches the first one's catcher."""
    labs = []
    try:
        for number in range(1, count + 1):
            lab = Lab(service={**({"store": url} if url else {}), "server": f"mx{number}", "takeover_after": LEASE}, daemons=False, **options).start()
            labs.append(lab)
            lab.begin()
            if number > 1:
                lab.daemons.secret(lab.daemons.keys, labs[0].daemons.keys.read_text())
                lab.route({domain: labs[0].catcher for domain in ("crm.test", "bounces.crm.test")})
                lab.postfix.reload()
            lab.daemons.start()
        yield labs
    except Exception:
        for lab in labs:
            print(lab.tails())
        raise
    finally:
        for lab in labs:
            lab.close()
    problems = [problem for lab in labs for problem in lab.problems]
    assert not problems, problems


def eventually_relayed(lab, to=None, deadline=DEADLINE):
    """The CRM comes again until its message is taken, as CRMs do."""
    to = to or lab.to()
    return again(lambda: lab.crm(timeout=60).send(to, sender=f"{lab.unique('return')}@crm.test"), deadline)


def eventually_brought(lab, message):
    """Another server comes again with its report until that is taken: policyd's readers see that the database is back a moment after its writer."""
    return again(lambda: lab.remote(timeout=DEADLINE).send(message.address, sender="", message=report(message.address, message.to)), DEADLINE)


def again(send, deadline):
    """Sends until the answer is no 451 any more, which must be the message taken; that answer."""
    answers = []

    def accepted():
        answers.append(send())
        return answers[-1] if answers[-1].accepted else None
    result = wait_until(accepted, deadline, lambda: f"a message to be taken; the last answer was {answers[-1]}", step=0.3)
    assert all(answer.refusal.code == 451 for answer in answers[:-1]), answers
    return result


def nothing_left(server):
    """The shared outbox is empty."""
    wait_until(lambda: server.sql("SELECT count(*) FROM outgoing WHERE state = 'pending'") == [["0"]], DEADLINE,
               lambda: f"an empty outbox: {server.sql('SELECT id, kind, target, owner, last_error FROM outgoing WHERE state = $$pending$$')}", step=0.1)
