# SPDX-License-Identifier: BSD-2-Clause
"""A hundred attempts through Postfix, and a recipient's server that answers as it likes: nobody switches my domain off, fills my mailbox or my disk."""
import email.utils

from judge import refused, relayed, token_of
from lab import wait_until
from lab.daemons import DOMAIN
from t_attack_sockets import rows

INSIDE = [f"127.0.0.{n}" for n in range(16, 32)]
SECONDS = 90
LAB = {"auth": "crmrelay", "domains": {
    "example.com": {**DOMAIN, "suspend": {"after": 3}},
    "blamed.test": {**DOMAIN, "logins": ["crm@blamed.test"], "suspend": {"after": 3}, "admins": ["alice@example.com"]},
}}
CAP = 10    # mails to one mailbox and day about reports; causes are fewer


def story_a_hundred_through_postfix(lab):
    """Strangers, and another customer inside my networks who knows my login's name: refused each time, and no strike, no suspension, at most one mail."""
    for number in range(100):
        address = INSIDE[number % len(INSIDE)] if number % 3 else "127.0.0.40"
        if number % 10 == 0:
            with lab.crm(address=address, login="crm@example.com", password=f"guess{number}").session() as session:
                assert session.auth.code == 535, session.auth
            continue
        result = lab.crm(address=address, login=None, tls="none" if number % 5 == 0 else "starttls").send(lab.to(), from_header="Sales <sales@example.com>")
        assert not result.accepted, result
    assert not lab.events.find("strike") and not lab.events.find("suspended"), lab.events.find("strike")
    shown = lab.daemons.ctl("status", "example.com", "--json").json[0]
    assert shown["state"] == "active" and shown["strikes"]["today"] == 0, shown
    result = lab.crm(address=INSIDE[1]).send(to := lab.to())
    relayed(lab, result, to)
    counts, _ = rows(lab)
    assert counts["standings"] <= 2 and counts["recent_refusals"] <= 200 and counts["outgoing"] <= 1, counts


def blamed(lab, word, reply):
    """A message to a recipient whose server says this."""
    lab.recipient.rule(word, "rcpt", reply)
    result = lab.crm(login="crm@blamed.test").send(to := lab.to(word), from_header="Sales <sales@blamed.test>")
    assert result.accepted, result
    lab.events.wait("bounce", type="bounce", domain="blamed.test", recipient=lambda said: to in said, deadline=30)
    return to


def story_reports_that_blame_me(lab):
    """Recipients' servers say "blocked" and "relaying denied", again and again: I am told of each cause once a day, with what to look at; nothing counts."""
    for _ in range(4):
        blamed(lab, "listed", "550 5.7.1 Service unavailable; client host [192.0.2.1] blocked using zen.spamhaus.org")
    for _ in range(3):
        blamed(lab, "denied", "550 5.7.1 Relaying denied")
    causes = lab.events.find("bounce", type="blamed", domain="blamed.test")
    assert len(causes) == 2, causes
    notices = wait_until(lambda: (found := [m for m in lab.maildir("alice").messages() if "blames the sending side" in m["Subject"]]) and len(found) >= 2 and found, 40, "two notices")
    subjects = sorted(str(m["Subject"]) for m in notices)
    assert len(subjects) == 2 and "(norelaying)" in subjects[1], subjects
    listed = next(m for m in notices if "norelaying" not in m["Subject"]).get_content()
    assert "spamhaus" in listed and "blocklist" in listed and "counts as no failure" in listed, listed
    assert not lab.events.find("strike") and not lab.events.find("suspended")
    assert lab.daemons.ctl("status", "blamed.test", "--json").json[0]["state"] == "active"
    result = lab.crm(login="crm@blamed.test").send(to := lab.to(), from_header="Sales <sales@blamed.test>")
    relayed(lab, result, to)


def report(token, recipient, number):
    """A delivery report as a hostile recipient writes it: each is a little different."""
    return (f"From: MAILER-DAEMON@dest.test\r\nTo: {token}@bounce.example.com\r\nSubject: Undelivered\r\nDate: {email.utils.formatdate()}\r\nMIME-Version: 1.0\r\n"
            f"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nblocked {number}\r\n"
            f"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx{number}.dest.test\r\n\r\nFinal-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.7.{number % 30}\r\n"
            f"Diagnostic-Code: smtp; 550 5.7.1 relaying denied, blocked by list {number}\r\n\r\n--b--\r\n")


def story_a_recipient_that_reports_without_end(lab):
    """Who received one message sends two hundred reports about it, each a little different, half of them about somebody else: what is stored and told stays bounded,
    and my domain stays on."""
    result = lab.crm(login="crm@blamed.test").send(to := lab.to("victim"), from_header="Sales <sales@blamed.test>")
    token = token_of(relayed(lab, result, to))
    before, _ = rows(lab)
    mails = len(lab.maildir("alice").messages())
    with lab.remote().session() as session:
        for number in range(240):
            about = to if number % 2 else f"somebody{number}@dest.test"
            sent = session.send(f"{token}@bounce.example.com", sender="", message=report(token, about, number))
            assert sent.accepted, sent
    wait_until(lambda: not lab.postfix.pending(), 60, "an empty queue")
    lab.events.wait("bounce", dropped="too-many-reports", deadline=30)
    lab.events.wait("bounce", dropped="forward-limit", deadline=30)
    after, size = rows(lab)
    grown = {table: after[table] - before[table] for table in after}
    assert grown["events"] <= 130 and grown["outgoing"] <= 130 + 2 * CAP and grown["forwards"] <= 10, grown
    assert size < 4 << 20, size
    assert len(lab.maildir("alice").messages()) - mails <= 2 * CAP + 2, len(lab.maildir("alice").messages())
    assert not lab.events.find("strike") and not lab.events.find("suspended")
    result = lab.crm(login="crm@blamed.test").send(to := lab.to(), from_header="Sales <sales@blamed.test>")
    relayed(lab, result, to)


def story_no_flood_of_lines_about_sessions_that_end(lab):
    """Strangers connect and go, by the hundred, from inside my networks too: the log says so at most thirty times a minute, and never of a stranger's address."""
    for number in range(60):
        for address in ("127.0.0.40", INSIDE[number % len(INSIDE)]):
            with lab.crm(address=address, login=None, tls="none").session():
                pass
    lab.events.wait("ended-early")
    with lab.crm(address=INSIDE[1]).session() as session:       # all that was told before has been read then
        session.send(lab.to())
    found = lab.events.find("ended-early")
    assert 0 < len(found) <= 61 and all(event["client"] in INSIDE for event in found), len(found)
    assert not lab.events.find("ended-early", client="127.0.0.40")
    assert refused(lab, lab.crm(address="127.0.0.40").send(lab.to()), "network")
