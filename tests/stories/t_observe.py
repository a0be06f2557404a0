# SPDX-License-Identifier: BSD-2-Clause
"""Observe mode: before a company relies on crmrelay, it watches what would happen; nothing is refused that Postfix alone would take, and nothing is granted."""
from judge import refused, relayed, untouched
from lab import wait_until
from lab.daemons import DOMAIN

ADDRESS = "127.0.0.66"
LAB = dict(domains={
    "example.com": {**DOMAIN, "mode": "observe"},
    "example.net": {**DOMAIN, "mode": "observe", "require": ["network", "tls"], "networks": ["127.0.0.64/28"], "logins": []},
    "example.org": {**DOMAIN, "logins": ["crm@example.org"]},       # one beside them enforces
})


def observed(lab, reason, **fields):
    event = lab.events.wait("observed", reason=reason, **fields)
    assert f"[crmrelay:{reason}]" in event["reply"] and not lab.events.find("refused"), event
    return event


def story_what_holds_is_relayed(lab):
    """Where all evidence holds, observing works as enforcing does: the message leaves with our return path."""
    relayed(lab, lab.crm().send(to := lab.to(), mail_options="RET=FULL"), to)
    assert not lab.events.find("observed")
    relayed(lab, lab.crm(address=ADDRESS, login=None).send(to := lab.to(), from_header="a@example.net"), to)


def story_what_fails_at_rcpt_is_only_logged(lab):
    """The right login from an address that is not listed would be refused: it is logged with that answer, and the message leaves as Postfix alone sends it."""
    untouched(lab, lab.crm(address="127.0.0.99").send(to := lab.to(), sender="x@crm.test"), to, "x@crm.test")
    event = observed(lab, "network", rcpt=f"<{to}>")
    assert (event["domain"], event["client"], event["login"]) == ("example.com", "127.0.0.99", "crm@example.com"), event


def story_a_foreign_from_is_only_logged(lab):
    """My login with the From of somebody else, with two, with none or with a broken one is logged, and left alone."""
    fields = {"From: a@elsewhere.test\n": "from", "From: a@example.com\nFrom: b@example.com\n": "from", "": "from", "From: a@example.com b@elsewhere.test\n": "from"}
    for number, (field, reason) in enumerate(fields.items()):
        content = f"{field}Subject: {lab.unique('observed')}\nMessage-ID: <o{number}@crm.test>\nDate: Mon, 23 Nov 2026 20:00:00 +0000\n\nx\n"
        result = lab.crm().send(to := lab.to(), sender="x@crm.test", message=content)
        untouched(lab, result, to, "x@crm.test")
        observed(lab, reason, id=result.queue_id)


def story_nothing_is_granted(lab):
    """What Postfix alone refuses stays refused, in its own words: observing opens nothing."""
    for crm in (lab.crm(login=None), lab.crm(address="127.0.0.99", login=None), lab.crm(address=ADDRESS, login=None, service="smtp", tls="none")):
        answer = crm.send(to := lab.to()).rcpts[to]
        assert answer.code == 454 and "Relay access denied" in answer.text and not answer.reason, answer
        assert not lab.recipient.found(to)
    assert observed(lab, "login")["client"] == "127.0.0.17"


def story_a_grant_of_ours_is_not_for_everybodys_from(lab):
    """A network alone lets a message in that Postfix would not take; the From of somebody else is refused there, as it would be without observing."""
    with lab.crm(address=ADDRESS, login=None).session() as session:
        refused(lab, session.send(to := lab.to(), from_header="a@elsewhere.test"), "from", stage="data")
        refused(lab, session.send(lab.to(), from_header="a@example.com"), "login", stage="data")
    assert not lab.recipient.found(to)


def story_an_enforcing_domain_beside_it(lab):
    """Another company on the same server enforces, and is not softened by its neighbour that observes."""
    refused(lab, lab.crm(login="crm@example.org", address="127.0.0.99").send(lab.to(), from_header="a@example.org"), "network", stage="rcpt")
    refused(lab, lab.crm(login="crm@example.org").send(lab.to(), from_header="a@elsewhere.test"), "from", stage="data")


def story_the_administrator_sees_it(lab):
    """crmrelayctl status counts what would have been refused, and explain says the same."""
    def today():
        return {domain["domain"]: domain for domain in lab.daemons.ctl("status", "--json").json}["example.com"]
    before = today()["today"]["observed"]

    def last():
        """The status once it tells of this client; what another story was refused in the same second may stand before it."""
        lab.crm(address="127.0.0.98").send(lab.to())
        status = today()
        return status if status["last_refusal"] and status["last_refusal"]["client"] == "127.0.0.98" else None
    status = wait_until(last, what="the last refusal in crmrelayctl status", step=0.5)
    observed(lab, "network", client="127.0.0.98")
    assert status["state"] == "observing" and status["today"]["observed"] > before, status
    assert status["last_refusal"]["observed"] and status["last_refusal"]["reason"] == "network", status
    explained = lab.daemons.ctl("explain", "--json", "--client", "127.0.0.98", "--login", "crm@example.com", "--tls", "--from", "a@example.com").json
    assert (explained["session"], explained["message"], explained["relayed"]) == ("not-ours", "pass", False), explained
    assert (explained["refusal"]["reason"], explained["refusal"]["observed"]) == ("network", True), explained
