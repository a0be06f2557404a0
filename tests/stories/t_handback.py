# SPDX-License-Identifier: BSD-2-Clause
"""When the hand-back itself fails: the administrators hear of it, nothing is lost while Postfix is away, and nothing goes round."""
from lab.daemons import DOMAIN
from reports import DEADLINE, bring, count_for_admins, events_of, home, relay, report, select, settled, to_admins

FORMER = "bob@example.com"
LAB = dict(domains={
    "example.com": DOMAIN,
    "second.test": DOMAIN,
    "example.org": {**DOMAIN, "return_path": "{token}@bounce.example.org", "admins": ["nobody-admin@dest.test"]},
}, service={"former_2bounce_recipient": FORMER})


def states(lab, token):
    return select(lab, "SELECT kind, state FROM outgoing WHERE token = ? ORDER BY id", token)


def refused_hand_back(lab, stage, domain):
    sender = f"{lab.unique('gone')}@crm.test"
    lab.catcher.rule(sender, stage, "550 5.7.27 This mailbox takes no reports")
    message = relay(lab, to := lab.to("nobody"), sender=sender, from_header=f"sales@{domain}")
    assert lab.events.wait("handed-back", DEADLINE, token=message.token, status="queued")
    failed = lab.events.wait("handed-back", DEADLINE, token=message.token, status="failed")
    assert failed["to"] == f"<{sender}>" and "takes no reports" in failed["error"], failed
    mail = to_admins(lab, sender)
    text = mail.get_content() if not mail.is_multipart() else mail.as_string()
    assert mail["To"].strip("<>") == "postmaster@example.com" and "takes no reports" in text and message.token in text, mail.as_string()
    settled(lab)
    assert states(lab, message.token) == [("handback", "failed"), ("notice", "queued")]
    events = [(kind, recipient) for kind, recipient, *_ in events_of(lab, message.token)]
    assert events == [("bounce", to), ("handback-failed", sender)], events
    trace = lab.daemons.ctl("trace", message.token)
    assert "failed" in trace.out and "takes no reports" in trace.out, trace
    assert not lab.catcher.found(sender) and count_for_admins(lab, sender) == 1
    # Postfix's own notice about it went no further
    assert not any(sender in mail.as_string() for mail in lab.maildir("bob").messages())


def story_the_crm_refuses_the_hand_back(lab):
    """The CRM's server refuses the report after Postfix has queued it: the hand-back is marked failed and the administrators are told, once."""
    refused_hand_back(lab, "rcpt", "example.com")


def story_the_crm_refuses_the_content(lab):
    """The same where the CRM's server refuses only after the content; another domain has a notice of its own."""
    refused_hand_back(lab, "data", "second.test")


def story_double_bounces_that_are_not_ours(lab):
    """A double bounce of other mail reaches whoever had those notices before crmrelay came, and not the CRM's administrators."""
    to, sender = lab.to("nobody"), lab.to("nobody")
    assert lab.employee(timeout=DEADLINE).send(to, sender=sender, from_header="employee@example.com").accepted
    mail = lab.maildir("bob").wait_for(lambda mail: to in mail.as_string() and sender in mail.as_string(), DEADLINE)
    assert mail["X-Crmrelay-Hop"] == "1" and mail["To"] == "2bounce@bounce.example.com", mail.as_string()
    assert lab.events.wait("bounce", DEADLINE, why="double-bounce")["to"] == f"<{FORMER}>"
    settled(lab)
    assert count_for_admins(lab, to) == 0


def story_postfix_is_away(lab):
    """The port that takes hand-backs is closed for a while: the hand-back waits in crmrelay's outbox and is queued as soon as it can be."""
    former, port = lab.daemons.service["submit"], lab.ports.free()
    lab.daemons.service["submit"] = f"smtp://127.0.0.1:{port}"
    lab.daemons.write()
    lab.daemons.reload("bounced")
    try:
        message = relay(lab, lab.to("nobody"))
        postponed = lab.events.wait("handed-back", DEADLINE, token=message.token, status="postponed")
        assert str(port) in postponed["error"], postponed
        assert states(lab, message.token) == [("handback", "pending")]
        assert lab.daemons.ctl("status", "--json").json[0]["outbox"] == 1
        assert not lab.catcher.found(message.sender)
        lab.postfix.service("late", port)
        lab.postfix.reload()
        assert home(lab, message).report[1]["Status"] == "5.1.1"
        settled(lab)
        assert states(lab, message.token) == [("handback", "queued")] and len(lab.catcher.found(message.sender)) == 1
    finally:
        lab.daemons.service["submit"] = former
        lab.daemons.write()
        lab.daemons.reload("bounced")


def story_the_crms_server_is_down(lab):
    """The CRM's own server is down: Postfix keeps the hand-back and delivers it when that server is back."""
    lab.catcher.stop()
    message = relay(lab, lab.to("nobody"))
    queued = lab.events.wait("handed-back", DEADLINE, token=message.token, status="queued")
    lab.postfix.log_wait(rf"{queued['queue_id']}: to=<{message.sender}>.* status=deferred", DEADLINE)
    lab.catcher.start()
    assert home(lab, message).report[1]["Status"] == "5.1.1"


def story_no_loop(lab):
    """A return path in our own bounce domain makes no loop: such a message is refused, and where the domain became ours later the administrators are told what to
    change."""
    refusal = lab.crm(timeout=DEADLINE).send(lab.to(), sender=f"{lab.unique('crm')}@bounce.example.com").refusal
    assert (refusal.code, refusal.reason) == (550, "bounce-address"), refusal

    message = relay(lab, sender=f"{lab.unique('crm')}@bounce.example.net")
    lab.daemons.domains["example.net"] = {**DOMAIN, "return_path": "{token}@bounce.example.net"}
    lab.daemons.write()
    lab.daemons.reload()
    bring(lab, message.address, report(message.address, message.to))
    mail = lab.maildir("postmaster").wait_for("example.com: a delivery report that would come back here", DEADLINE)
    text = " ".join(next(mail.iter_parts()).get_content().split())
    assert f"<{message.sender}>, is itself a bounce address of crmrelay" in text and message.token in text, mail.as_string()
    settled(lab)
    assert events_of(lab, message.token) == [("bounce", message.to[0], "5.1.1", "return-path")]
    assert states(lab, message.token) == [("forward", "queued")], states(lab, message.token)
    assert len(lab.events.find("bounce", token=message.token, why="loop")) == 1


def story_a_message_that_goes_round(lab):
    """Somebody's mailbox sends what it gets back to us: after a few rounds it ends with the administrators."""
    message = relay(lab)
    sender = message.sender
    word = lab.unique("round")
    lab.postfix.table("aliases", {sender: message.address})
    with lab.postfix.changed(virtual_alias_maps=f"texthash:{lab.postfix.config}/aliases"):
        bring(lab, message.address, f"From: him@dest.test\nSubject: {word}\n\nRound and round.\n")
        assert "Round and round." in to_admins(lab, word).as_string()
        settled(lab)
    lab.postfix.table("aliases", {})
    assert count_for_admins(lab, word) == 1 and not lab.catcher.found(sender)
    assert len(select(lab, "SELECT id FROM outgoing WHERE token = ?", message.token)) <= 8


def story_administrators_who_cannot_be_reached(lab):
    """Where the administrators' own address refuses the notice, that is noted, and makes no notice about the notice."""
    sender = f"{lab.unique('gone')}@crm.test"
    lab.catcher.rule(sender, "rcpt", "550 5.1.1 Gone")
    message = relay(lab, lab.to("nobody"), sender=sender, domain="bounce.example.org", from_header="sales@example.org")
    lab.events.wait("notice", DEADLINE, token=message.token, status="failed")
    settled(lab)
    assert states(lab, message.token) == [("handback", "failed"), ("notice", "failed")], states(lab, message.token)
