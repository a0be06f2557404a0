# SPDX-License-Identifier: BSD-2-Clause
"""Ordinary mail of the same Postfix is none of crmrelay's business: sender and content stay as they are, whether crmrelay lives or not.
Here the CRM has a service of its own; t_shared.py has the other wiring."""
from judge import relayed, same_bytes, untouched
from lab import wait_until

LAB = {}
TENANT = dict(address="127.0.0.20", login=None)     # of the CRM's cloud, but not our CRM
ADDED = ("return-path", "x-original-to", "delivered-to", "received")


def content(lab, sender):
    """A message as no program would write it twice, and its Subject."""
    subject = lab.unique("ordinary")
    return subject, (f"from:  {sender}\nTO: <alice@example.com>\nX-Odd:two  \n\tfolded\nSubject: {subject}\nMessage-ID: <{subject}@desk.test>\n"
                     "Date: Mon, 23 Nov 2026 20:00:00 +0900\n\n.dot\n  spaces  \n\nFrom: somebody\n")


def arrives_locally(lab, client, sender, from_header, user="alice"):
    """From `client` to a local user: the same octets under the same sender."""
    subject, message = content(lab, from_header)
    result = client.send(f"{user}@example.com", sender=sender, message=message)
    assert result.accepted, result
    folder = lab.maildir(user).folder
    raw = wait_until(lambda: next((found for path in folder.glob("new/*") if subject.encode() in (found := path.read_bytes())), None), 15, f"mail to {user}")
    same_bytes(raw.replace(b"\n", b"\r\n"), message, ADDED)
    assert f"Return-Path: <{sender}>\n".encode() in raw, raw


def leaves(lab, client, sender="employee@example.com"):
    """From `client` to the world: the same octets under the same sender, the client's own ENVID and RET."""
    _, message = content(lab, sender)
    untouched(lab, client.send(to := lab.to(), sender=sender, message=message), to, sender, message)
    result = client.send(to := lab.to(), sender=sender, mail_options="ENVID=mine RET=FULL")
    assert result.accepted, result
    seen = lab.recipient.wait_for(to)
    assert (seen.sender, seen.options["ENVID"], seen.options["RET"]) == (sender, "mine", "FULL"), seen


def everything_ordinary(lab):
    arrives_locally(lab, lab.remote(), "x@dest.test", "X <x@dest.test>")
    arrives_locally(lab, lab.remote(**TENANT), "bounce@cloud.test", "Other tenant <x@elsewhere.test>")
    arrives_locally(lab, lab.remote(**TENANT), "", "sales@example.com")
    arrives_locally(lab, lab.employee(), "employee@example.com", "Me <me@example.com>", "bob")
    leaves(lab, lab.employee())
    leaves(lab, lab.employee(), sender="")
    subject, message = content(lab, "alice@example.com")
    lab.postfix.sendmail(to := lab.to(), message)
    assert lab.recipient.wait_for(to).sender == "alice@example.com"
    answer = lab.remote().send(to := lab.to()).rcpts[to]
    assert answer.code in (450, 454) and not lab.recipient.found(to), answer
    assert not lab.events.find("relayed")


def on_the_crms_service(lab):
    """Those who use the service where the milter stands, and are no CRM."""
    arrives_locally(lab, lab.crm(**TENANT), "bounce@cloud.test", "sales@example.com")
    arrives_locally(lab, lab.crm(address="127.0.0.50", login=None), "x@dest.test", "x@dest.test")
    leaves(lab, lab.employee(service="crm" if "crm" in lab.postfix.services else "submission"))


def waits_for_policyd(lab, result):
    refusal = result.refusal
    assert refusal and refusal.code == 451 and refusal.reason == "unavailable" and result.data, result


def story_ordinary_mail_is_untouched(lab):
    """What our people, strangers, and other tenants of the CRM's cloud write to our people arrives to the last octet; so does what our people write to the world."""
    everything_ordinary(lab)
    on_the_crms_service(lab)
    assert not lab.events.find("refused")
    bounced = lab.employee().send(lab.to("nobody"), sender="employee@example.com")
    assert bounced.accepted
    lab.maildir("employee").wait_for(lambda message: message["Subject"].startswith("Undelivered"))
    assert not lab.events.find("bounce")


def story_ordinary_mail_with_policyd_dead(lab):
    """When policyd has died all of it still flows; only the CRM is told to come again, although its login alone would let it through."""
    lab.daemons.kill("policyd")
    with lab.postfix.changed({"smtpd_policy_service_try_limit": "1"}):      # Postfix asks twice, a second between
        everything_ordinary(lab)
        on_the_crms_service(lab)
        waits_for_policyd(lab, lab.crm().send(to := lab.to()))
    lab.daemons.start("policyd")
    assert not lab.recipient.found(to)
    relayed(lab, lab.crm().send(to), to)


def story_a_listed_network_with_policyd_dead(lab):
    """Where the CRM's network also stands in mynetworks, its mail waits for policyd, too, instead of leaving without a way home; to our people it passes."""
    with lab.postfix.changed({"mynetworks": "127.0.0.1/32 127.0.0.16/28"}):
        lab.daemons.stop("policyd")
        waits_for_policyd(lab, lab.crm(login=None).send(to := lab.to()))
        result = lab.crm(login=None).send([other := lab.to(), "alice@example.com"])
        waits_for_policyd(lab, result)
        arrives_locally(lab, lab.crm(login=None), "x@crm.test", "sales@example.com")
        lab.daemons.start("policyd")
    assert not lab.recipient.found(to) and not lab.recipient.found(other)


def story_policyd_comes_back_within_a_connection(lab):
    """A CRM that keeps its connection open over a restart of policyd just goes on."""
    with lab.crm().session() as session:
        relayed(lab, session.send(to := lab.to()), to)
        lab.daemons.restart("policyd")
        relayed(lab, session.send(to := lab.to()), to)
        lab.daemons.kill("policyd")
        waits_for_policyd(lab, session.send(lab.to()))
        lab.daemons.start("policyd")
        relayed(lab, session.send(to := lab.to()), to)


def story_ordinary_mail_with_the_milter_dead(lab):
    """When the milter has died only the CRM's own service says "try again later"; everybody else's mail flows."""
    lab.daemons.kill("milter")
    everything_ordinary(lab)
    with lab.crm().session() as session:
        refusal = session.send(to := lab.to()).refusal
        assert refusal.code in (451, 454), refusal      # 454 is STARTTLS's
    log = lab.postfix.log_wait(r"^.*/crm/smtpd.*milter-reject: EHLO .*$", 15)[0]
    warning = lab.postfix.log_wait(r"^.*/crm/smtpd.*warning: connect to Milter service .*$", 15)[0]
    for pasted in (log, warning, str(refusal)):
        said = lab.daemons.ctl("explain", pasted)
        assert said.code == 0 and said.out.count("[crmrelay:unavailable]") == 1, (pasted, said)
    lab.daemons.start("milter")
    relayed(lab, lab.crm().send(to), to)
