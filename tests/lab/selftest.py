#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Shows that the lab itself works, without crmrelay: `tests/lab/selftest.py`. Exit status 0 when every line says ok."""
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lab import Lab                         # noqa: E402
from lab.crm import long_sender             # noqa: E402
from lab.daemons import DOMAIN, toml        # noqa: E402
from lab.events import parse                # noqa: E402
from lab.util import have_ipv6              # noqa: E402


def starts(lab):
    """Postfix, SASL and the servers run, each service answers on its port."""
    for service in ("smtp", "submission", "crm"):
        with lab.crm(service=service, tls="none", login=None).session() as session:
            assert "starttls" in session.features, (service, session.features)


def relays_with_login(lab):
    """AUTH by PLAIN and LOGIN, STARTTLS and implicit TLS; the message reaches the recipient's server with its envelope."""
    for tls, mechanism in (("starttls", "PLAIN"), ("implicit", "LOGIN")):
        to = lab.to()
        result = lab.crm(tls=tls, mechanism=mechanism).send(to, sender=long_sender(), mail_options="RET=HDRS ENVID=Abc+2B1", rcpt_options="NOTIFY=FAILURE",
                                                            body=".dots\n..stay\n")
        assert result.accepted and result.queue_id, result
        seen = lab.recipient.wait_for(to)
        assert seen.sender == long_sender() and len(seen.sender) == 138, seen
        assert (seen.options["RET"], seen.options["ENVID"], seen.rcpts[0].options["NOTIFY"]) == ("HDRS", "Abc+2B1", "FAILURE"), seen
        assert seen.content.endswith(b"\r\n\r\n.dots\r\n..stay\r\n") and seen.peer[0] == "127.0.0.1", seen
        assert "sasl_username=crm@example.com" in lab.postfix.log()


def refuses_strangers(lab):
    """A wrong password, no login, an unknown local user: the exact answers come back."""
    assert lab.crm(password="wrong").send(lab.to()).auth.code == 535
    stranger = lab.remote().send(to := lab.to())
    assert stranger.rcpts[to].code in (454, 554) and not stranger.accepted, stranger
    assert lab.remote().send("nosuchuser@example.com").refusal.code == 550
    assert lab.remote().send("a@unknown.test").refusal


def bounces(lab):
    """A refusal at RCPT and one after DATA come back to the CRM's server as RFC 3464 reports; a temporary one stays queued, then is delivered."""
    for word, status in (("nobody", "5.1.1"), ("data550", "5.7.1")):
        sender, to = f"{lab.unique('return')}@crm.test", lab.to(word)
        assert lab.crm().send(to, sender=sender, mail_options=["ENVID=x1"]).accepted
        report = lab.catcher.wait_for(sender)
        assert report.sender == "" and report.report[0]["Original-Envelope-Id"] == "x1", report
        assert report.report[1]["Status"] == status and to in report.report[1]["Final-Recipient"], report.report
        assert "Subject: News from the CRM" in report.returned, report.content
    assert lab.recipient.wait_for_attempt(to).reply.startswith("550")
    to = lab.to("greylisted")
    queue_id = lab.crm().send(to).queue_id
    lab.postfix.status_wait(to, "deferred")
    assert queue_id in [entry["queue_id"] for entry in lab.postfix.pending()]
    lab.recipient.accept(to)
    lab.postfix.flush(queue_id)
    lab.recipient.wait_for(to)
    lab.postfix.wait_empty()


def delivers_locally(lab):
    """Mail of a remote, of an employee and of the sendmail command lands in local users' Maildirs."""
    for number, send in enumerate((lab.remote(), lab.employee())):
        assert send.send("alice@example.com", headers={"Subject": f"local {number}"}).accepted
        assert lab.maildir("alice").wait_for(f"local {number}")["Delivered-To"] == "alice@example.com"
    lab.postfix.sendmail("bob@example.org", "Subject: from here\n\nx\n")
    lab.maildir("bob@example.org").wait_for("from here")


def survives_bad_manners(lab):
    """RSET in the middle, several messages on one connection, a connection that is reset in the middle of a message."""
    with lab.crm().session() as session:
        session.envelope(lab.to())
        assert session.rset().ok
        assert [session.send(to := lab.to()).accepted for _ in range(3)] == [True] * 3
    lab.recipient.wait_for(to)
    session = lab.crm().session()
    session.envelope(lab.to())
    session.vanish()
    lab.postfix.log_wait(r"lost connection after RCPT from unknown\[127\.0\.0\.17\]")


def hides_dsn(lab):
    """A server without DSN and 8BITMIME gets neither."""
    lab.recipient.hide("DSN", "8BITMIME")
    lab.crm().send(to := lab.to(), mail_options="ENVID=a RET=FULL")
    seen = lab.recipient.wait_for(to)
    assert "ENVID" not in seen.options and not seen.rcpts[0].options, seen


def speaks_ipv6(lab):
    """The CRM sends from ::1 where there is such an address."""
    if have_ipv6():
        assert lab.crm(address="::1").send(lab.to()).accepted
        lab.postfix.log_wait(r"client=unknown\[::1\]")


def changes_and_restarts(lab):
    """A parameter holds for the time of a `with`; Postfix and a server come back after a stop."""
    with lab.postfix.changed(smtpd_recipient_restrictions="reject"):
        assert lab.crm().send(lab.to()).refusal.code == 554
    lab.postfix.restart()
    lab.recipient.stop()
    lab.crm().send(to := lab.to())
    lab.postfix.status_wait(to, "deferred")
    lab.recipient.start()
    lab.recipient.wait_for(to)


def reads_events(_):
    """A log line is read back as what it was made of; a configuration is valid TOML."""
    import tomllib
    event = parse('<22>Nov 23 20:00:01 crmrelay-milter[7]: A407: relayed domain=example.com from="<a \\"b\\" c@example.com>" subject="" rcpt=1', 0.0)
    assert (event.program, event.id, event.name, event["rcpt"], event["from"], event["subject"]) == (
        "crmrelay-milter", "A407", "relayed", "1", '<a "b" c@example.com>', ""), event
    assert parse("<22>Nov  3 20:00:01 crmrelay-policyd[7]: config state=loaded", 0.0).get("state") == "loaded"
    assert parse("<22>Nov  3 20:00:01 crmrelay-policyd[7]: A sentence with a=b", 0.0).name == ""
    document = {"service": {"user": "nobody"}, "domain": {"example.com": {**DOMAIN, "suspend": {"after": 3}, "require": [["network"], ["login", "tls"]]}}}
    assert tomllib.loads(toml(document)) == document


def runs_beside_another(lab):
    """Two labs do not see each other."""
    with Lab(daemons=False, wire=False) as other:
        assert other.folder != lab.folder and other.port("smtp") != lab.port("smtp")
        other.crm().send(to := other.to())
        other.recipient.wait_for(to)
        assert not lab.recipient.found(to)
    assert not other.folder.exists() and not other.postfix.running and lab.postfix.running


CHECKS = (starts, relays_with_login, refuses_strangers, bounces, delivers_locally, survives_bad_manners, hides_dsn, speaks_ipv6, changes_and_restarts,
          reads_events, runs_beside_another)


def main():
    with Lab(daemons=False, wire=False) as lab:
        for check in CHECKS:
            lab.begin()
            began = time.monotonic()
            check(lab)
            lab.mend()
            print(f"ok   {check.__name__} ({time.monotonic() - began:.1f} s)", flush=True)
    print(f"selftest: {len(CHECKS)} passed, {len(lab.problems)} failed")
    return 1 if lab.problems else 0


if __name__ == "__main__":
    sys.exit(main())
