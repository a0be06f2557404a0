# SPDX-License-Identifier: BSD-2-Clause
"""Bounces of every kind come home: refused now or later, delayed, delivered, in part, twice, too large, and mail that is no bounce."""
import json

from judge import token_of
from lab.crm import long_sender
from lab.daemons import DOMAIN
from reports import DEADLINE, bring, events_of, home, relay, report, select, settled, taken

LAB = dict(domains={
    "example.com": DOMAIN,
    "example.org": {**DOMAIN, "bounces": "address:bounces@example.com", "return_path": "{token}@bounce.example.org"},
    "example.net": {**DOMAIN, "bounces": "keep", "return_path": None},
}, service={"bounce_size_limit": 65536, "forward_limit": 3})


def story_refused_at_once(lab):
    """The recipient's server refuses the address, and my CRM is told the server's own words."""
    message = relay(lab, to := lab.to("blocked"))
    (block,) = home(lab, message).report[1:]
    assert (block["Action"], block["Status"]) == ("failed", "5.7.1") and to in block["Final-Recipient"], block
    assert "Blocked by our policy" in block["Diagnostic-Code"], block
    assert events_of(lab, message.token) == [("bounce", to, "5.7.1", "return-path")]


def story_refused_after_the_content(lab):
    """The recipient's server refuses only after it has read the message; that comes home all the same."""
    message = relay(lab, to := lab.to("data550"))
    (block,) = home(lab, message).report[1:]
    assert block["Status"] == "5.7.1" and "Content refused" in block["Diagnostic-Code"], block
    assert events_of(lab, message.token) == [("bounce", to, "5.7.1", "return-path")]


def story_refused_after_queueing(lab):
    """The recipient's server takes the message, and reports to the return path later: my CRM is told, at its own return path and with its own ENVID."""
    message = relay(lab, mail_options="ENVID=later-9")
    lab.recipient.wait_for(message.to[0], DEADLINE)
    assert not lab.catcher.found(message.sender)
    bring(lab, message.address, report(message.address, message.to[0], envid=message.token, message_id=message.message_id))
    back = home(lab, message)
    first, block = back.report
    assert back.sender == "" and back.header("To").strip("<>") == message.sender and first["Original-Envelope-Id"] == "later-9", back.content
    assert message.to[0] in block["Final-Recipient"] and "User unknown" in block["Diagnostic-Code"], block
    assert message.message_id in back.returned and message.token.encode() not in back.content.lower()
    assert events_of(lab, message.token) == [("bounce", message.to[0], "5.1.1", "return-path")]


def story_a_delay(lab):
    """A message that waits long: my CRM is told of the delay, not of a failure, and the message still arrives."""
    with lab.postfix.changed(delay_warning_time="1s"):
        message = relay(lab, to := lab.to("greylisted"))
        (block,) = home(lab, message).report[1:]
        assert (block["Action"], block["Status"]) == ("delayed", "4.7.1") and to in block["Final-Recipient"], block
        assert events_of(lab, message.token) == [("delay", to, "4.7.1", "return-path")]
        lab.recipient.accept(to)
        lab.recipient.wait_for(to, DEADLINE)
        settled(lab)
    assert len(home(lab, message, 1).report) == 2 and len(lab.catcher.found(message.sender)) == 1


def story_a_success(lab):
    """My CRM asks for a report of success (NOTIFY=SUCCESS) and gets it: from our Postfix where the next server knows no DSN, and from that one where it does."""
    lab.recipient.hide("DSN")
    message = relay(lab, rcpt_options="NOTIFY=SUCCESS", mail_options="ENVID=s-1")
    first, block = home(lab, message).report
    assert (first["Original-Envelope-Id"], block["Action"], block["Status"]) == ("s-1", "relayed", "2.0.0"), (first, block)
    assert [row[0] for row in events_of(lab, message.token)] == ["delivered"]
    lab.recipient.reset()
    message = relay(lab, rcpt_options="NOTIFY=SUCCESS,FAILURE", mail_options="ENVID=s-2")
    assert lab.recipient.wait_for(message.to[0], DEADLINE).rcpts[0].options["NOTIFY"] == "SUCCESS,FAILURE"
    bring(lab, message.address, report(message.address, message.to, envid=message.token, action="delivered", status="2.1.5", diagnostic="250 2.1.5 Delivered"))
    first, block = home(lab, message).report
    assert (first["Original-Envelope-Id"], block["Action"]) == ("s-2", "delivered"), (first, block)
    assert [row[0] for row in events_of(lab, message.token)] == ["delivered"]


def story_one_of_two_fails(lab):
    """Of two recipients one fails, and the hand-back is about that one alone."""
    message = relay(lab, [good := lab.to(), bad := lab.to("full")])
    lab.recipient.wait_for(good, DEADLINE)
    back = home(lab, message)
    (block,) = back.report[1:]
    assert bad in block["Final-Recipient"] and block["Status"] == "5.2.2", block
    assert events_of(lab, message.token) == [("bounce", bad, "5.2.2", "return-path")]


def failure(lab, token):
    """The failure that a message's only event tells."""
    ((document,),) = select(lab, "SELECT document FROM events WHERE token = ?", token)
    return json.loads(document)["failure"]


def story_a_full_mailbox_again_and_again(lab):
    """A mailbox that is full each time is counted: my CRM sees how often in a row it was, until a delivery is reported."""
    to = lab.to()
    for want in (1, 2, 3):
        message = relay(lab, to)
        for _ in range(2):   # a report that comes twice counts once
            taken(lab, bring(lab, message.address, report(message.address, to, status="4.2.2", diagnostic="452 4.2.2 Mailbox full")))
        told = failure(lab, message.token)
        assert (told["class"], told["reason"], told["soft_count"]) == ("soft", "mailboxfull", want), told
    message = relay(lab, to, rcpt_options="NOTIFY=SUCCESS,FAILURE")
    taken(lab, bring(lab, message.address, report(message.address, to, action="delivered", status="2.1.5", diagnostic="250 2.1.5 Delivered")))
    assert [row[0] for row in events_of(lab, message.token)] == ["delivered"]
    message = relay(lab, to)
    taken(lab, bring(lab, message.address, report(message.address, to, status="4.2.2", diagnostic="452 4.2.2 Mailbox full")))
    assert failure(lab, message.token)["soft_count"] == 1


def story_complaints_and_automatic_answers(lab):
    """A complaint about our mail and an answer from somebody away are events of their own, and my CRM gets both as they came."""
    message = relay(lab)
    word = lab.unique("complaint")
    taken(lab, bring(lab, message.address, f"From: fbl@isp.test\nTo: you\nSubject: {word}\nMIME-Version: 1.0\n"
                     "Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\nContent-Type: text/plain\n\nA complaint.\n\n"
                     "--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: test/1\nVersion: 1\n"
                     f"Original-Rcpt-To: {message.to[0]}\n\n--b\nContent-Type: message/rfc822\n\nMessage-ID: {message.message_id}\nSubject: offer\n\nHello\n--b--\n"))
    taken(lab, bring(lab, message.address, f"From: {message.to[0]}\nTo: you\nSubject: Out of office: offer\nAuto-Submitted: auto-replied\n\nI am away until Monday.\n"))
    got = home(lab, message, 2)
    assert any(word in back.content.decode() for back in got) and any("away until Monday" in back.content.decode() for back in got)
    assert [row[:2] for row in events_of(lab, message.token)] == [("complaint", message.to[0]), ("autoreply", message.to[0])]


def story_a_long_return_path(lab):
    """My CRM's return path is 138 octets long, with a local part beyond 64; the failure comes back to exactly that."""
    assert len(sender := long_sender(138, f"{lab.unique('b')}.bounces.crm.test")) == 138
    lab.route({sender.partition("@")[2]: lab.catcher})
    lab.postfix.reload()
    message = relay(lab, to := lab.to("nobody"), sender=sender)
    assert len(token_of(lab.recipient.wait_for_attempt(to, DEADLINE))) == 40
    back = home(lab, message)
    assert back.recipients == [sender] and sender in back.content.decode().replace("\r\n\t", "").replace("\r\n ", ""), back.content.decode()


def story_envid_and_ret_of_the_crm(lab):
    """My CRM gave ENVID and RET=FULL: the report has its ENVID, and all of its message."""
    message = relay(lab, lab.to("nobody"), mail_options="RET=FULL ENVID=A+2Bb+3D9", body="The whole of it.\n")
    back = home(lab, message)
    assert back.report[0]["Original-Envelope-Id"] == "A+b=9", back.report
    assert "The whole of it." in back.returned and message.message_id in back.returned, back.returned
    message = relay(lab, lab.to("nobody"), body="Not to be returned.\n")
    back = home(lab, message)
    assert "Original-Envelope-Id" not in back.report[0] and "Not to be returned." not in back.content.decode(), back.content.decode()


def story_capitals(lab):
    """A server that writes our return path in capitals reaches it all the same."""
    message = relay(lab)
    lab.recipient.wait_for(message.to[0], DEADLINE)
    address = message.address.upper()
    bring(lab, address, report(address, message.to, envid=message.token.upper()))
    back = home(lab, message)
    assert message.token.encode() not in back.content.lower(), back.content.decode()
    assert events_of(lab, message.token) == [("bounce", message.to[0], "5.1.1", "return-path")]


def story_the_same_bounce_twice(lab):
    """A bounce that arrives twice, as mail does after a broken connection, is one event and one hand-back."""
    message = relay(lab)
    for _ in range(2):
        taken(lab, bring(lab, message.address, report(message.address, message.to)))
    lab.events.wait("bounce", DEADLINE, token=message.token, duplicate="yes")
    home(lab, message)
    settled(lab)
    assert len(events_of(lab, message.token)) == 1 and len(lab.catcher.found(message.sender)) == 1
    bring(lab, message.address, report(message.address, message.to, diagnostic="552 5.2.2 Another failure", status="5.2.2"))
    home(lab, message, 2)
    assert len(events_of(lab, message.token)) == 2


def story_mail_that_is_no_bounce(lab):
    """Somebody's automatic answer to the return path is handed on to the CRM, from nobody and at most forward_limit times a day."""
    message = relay(lab)
    answer = "From: him@dest.test\nTo: you\nSubject: {}\n\nI am away until Monday.\n"
    words = [lab.unique("away") for _ in range(5)]
    for word in words[:3]:
        taken(lab, bring(lab, message.address, answer.format(word), sender="him@dest.test" if word == words[0] else ""))
    got = home(lab, message, 3)
    assert {back.header("Subject") for back in got} == set(words[:3])
    assert all(back.sender == "" and back.header("X-Crmrelay-Hop") == "1" and b"away until Monday" in back.content for back in got), got[0].content
    for word in words[3:]:
        taken(lab, bring(lab, message.address, answer.format(word)))
    lab.events.wait("bounce", DEADLINE, token=message.token, dropped="forward-limit", count=2)
    settled(lab)
    assert len(lab.catcher.found(message.sender)) == 3 and events_of(lab, message.token) == []
    other = relay(lab)
    bring(lab, other.address, answer.format("another return path has its own limit"))
    home(lab, other)


def story_a_bounce_that_is_too_large(lab):
    """A bounce that returns far too much is read by its head, which holds the report, and handed back; a letter of that size is refused."""
    message = relay(lab, mail_options="ENVID=large")
    body = "All of the message, and more.\n" * 20000
    taken(lab, bring(lab, message.address, report(message.address, message.to, body=body)))
    back = home(lab, message)
    assert (back.report[0].get("Original-Envelope-Id"), back.report[1]["Status"]) in {("large", "5.1.1"), (None, "5.1.1")}, back.report
    assert len(back.content) < 100_000, len(back.content)
    assert lab.events.wait("bounce", DEADLINE, token=message.token)["truncated"] == "yes"
    queue_id = bring(lab, message.address, "Subject: a letter\n\n" + body, sender="him@dest.test")
    assert " 552 " in taken(lab, queue_id, "bounced")
    settled(lab)
    assert len(lab.catcher.found(message.sender)) == 1


def story_bounces_to_an_address(lab):
    """With bounces = "address:…" the reports go to that mailbox, and the CRM hears nothing."""
    message = relay(lab, to := lab.to("nobody"), domain="bounce.example.org", from_header="Sales <sales@example.org>", mail_options="ENVID=to-a-mailbox")
    mail = lab.maildir("bounces").wait_for(lambda mail: to in mail.as_string(), DEADLINE)
    assert mail["To"] == "bounces@example.com" and "Original-Envelope-Id: to-a-mailbox" in mail.as_string(), mail.as_string()
    settled(lab)
    assert events_of(lab, message.token) == [("bounce", to, "5.1.1", "return-path")] and not lab.catcher.found(message.sender)


def story_bounces_keep(lab):
    """With bounces = "keep" the CRM's return path and ENVID stay, Postfix tells the CRM by itself, and the message is on record all the same."""
    to, sender = lab.to("nobody"), f"{lab.unique('return')}@crm.test"
    result = lab.crm(timeout=DEADLINE).send(to, sender=sender, from_header="sales@example.net", mail_options="ENVID=kept")
    assert result.accepted, result
    seen = lab.recipient.wait_for_attempt(to, DEADLINE)
    assert seen.sender == sender and seen.options["ENVID"] == "kept", seen
    back = lab.catcher.wait_for(sender, DEADLINE)
    assert back.report[0]["Original-Envelope-Id"] == "kept" and back.header("X-Crmrelay-Hop") is None, back.content
    assert select(lab, "SELECT domain, sender FROM messages WHERE queue_id = ?", result.queue_id) == [("example.net", sender)]
