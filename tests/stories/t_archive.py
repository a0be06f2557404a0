# SPDX-License-Identifier: BSD-2-Clause
"""The archive's copy of relayed mail: the company's own affair, in good days and when the archive takes no mail."""
from judge import relayed
from lab.daemons import DOMAIN
from reports import DEADLINE, bring, count_for_admins, events_of, home, relay, report, select, settled, to_admins

BROKEN = "nobody-archive@dest.test"
LAB = dict(domains={
    "example.com": {**DOMAIN, "archive": BROKEN},
    "example.org": {**DOMAIN, "return_path": "{token}@bounce.example.org", "archive": "archive@example.com", "admins": ["bob@example.com"]},
})
SUBJECT = "a copy for the archive was not delivered"


def notices(lab):
    return [mail for mail in lab.maildir("postmaster").messages() if SUBJECT in mail["Subject"]]


def kinds(lab, token):
    return sorted((kind, recipient) for kind, recipient, *_ in events_of(lab, token))


def story_a_copy_of_everything_relayed(lab):
    """Each relayed message stands in the archive as it left, the recipients see nothing of it, and mail that is not the CRM's is not archived."""
    subject, to = lab.unique("kept"), [lab.to(), lab.to()]
    result = lab.crm().send(to, from_header="shop@example.org", headers={"Subject": subject})
    for recipient in to:
        seen = relayed(lab, result, recipient, "bounce.example.org")
        assert "archive" not in seen.content.decode().lower(), seen.content
    copy = lab.maildir("archive").wait_for(subject)
    assert copy.get_content().split() == seen.parsed.get_content().split() and copy["From"] == "shop@example.org", copy.as_string()
    assert copy["Message-ID"] == seen.parsed["Message-ID"]
    foreign = lab.unique("foreign")
    assert lab.employee().send(other := lab.to(), headers={"Subject": foreign}).accepted
    lab.recipient.wait_for(other)
    settled(lab)
    assert sum(mail["Subject"] == subject for mail in lab.maildir("archive").messages()) == 1
    assert not any(mail["Subject"] == foreign for mail in lab.maildir("archive").messages())


def story_a_delivered_copy_is_not_reported(lab):
    """The CRM asks to be told of success: it is about its own recipients, and never about the copy."""
    recipient = lab.to()
    message = relay(lab, recipient, domain="bounce.example.org", from_header="shop@example.org", rcpt_options="NOTIFY=SUCCESS,FAILURE")
    settled(lab)
    assert all("archive@example.com" not in mail.content.decode() for mail in lab.catcher.found(message.sender))
    assert all(kind != "archive" for kind, _ in kinds(lab, message.token))


def story_the_archive_takes_no_mail(lab):
    """The archive refuses a copy: the administrators are told by mail, once a day, each failure is an event, and the CRM hears nothing."""
    messages = [relay(lab) for _ in range(3)]
    for message in messages:
        lab.events.wait("bounce", DEADLINE, token=message.token)
    settled(lab)
    mail = to_admins(lab, SUBJECT)
    text = " ".join((next(mail.iter_parts()) if mail.is_multipart() else mail).get_content().split())
    assert mail["To"].strip("<>") == "postmaster@example.com" and BROKEN in text and "the message itself is not concerned" in text, text
    assert len(notices(lab)) == 1
    for message in messages:
        assert kinds(lab, message.token) == [("archive", BROKEN)], kinds(lab, message.token)
        assert not lab.catcher.found(message.sender)
        assert not select(lab, "SELECT id FROM outgoing WHERE token = ? AND kind = 'handback'", message.token)
    listed = lab.daemons.ctl("bounces", "--all", "--json").json
    assert {BROKEN} <= {row["failure"]["recipient"] for row in listed if row["type"] == "archive"}, listed


def story_the_copy_is_taken_out_of_a_hand_back(lab):
    """A recipient and the archive fail in one report: the CRM gets it, about its own recipient alone, with not a word of the archive anywhere in it."""
    bad = lab.to("nobody")
    message = relay(lab, [bad, lab.to()])
    seen = home(lab, message)
    blocks = seen.report[1:]
    assert [block["Final-Recipient"].partition(";")[2].strip() for block in blocks] == [bad], seen.report
    assert "archive" not in seen.content.decode().lower(), seen.content.decode()
    settled(lab)
    assert kinds(lab, message.token) == [("archive", BROKEN), ("bounce", bad)]
    assert len(lab.catcher.found(message.sender)) == 1
    linked = select(lab, "SELECT event_ids FROM outgoing WHERE token = ? AND kind = 'handback'", message.token)
    (told,), = select(lab, "SELECT id FROM events WHERE token = ? AND type = 'bounce'", message.token)
    assert [ids.count("evt_") for ids, in linked] == [1] and told in linked[0][0], linked


def story_a_strangers_report_about_the_archive(lab):
    """The copy's server reports by itself, later: the same, and a second report of it makes no second event."""
    message = relay(lab)
    settled(lab)
    text = report(message.address, [BROKEN], status="5.2.2", diagnostic="552 5.2.2 Mailbox is full")
    for _ in range(2):
        bring(lab, message.address, text)
    settled(lab)
    assert {kind for kind, _ in kinds(lab, message.token)} == {"archive"} and not lab.catcher.found(message.sender)
    assert count_for_admins(lab, message.token) <= 1
    both = report(message.address, [BROKEN, message.to[0]], status="5.1.1")
    bring(lab, message.address, both)
    seen = home(lab, message)
    assert len(seen.report) == 2 and message.to[0] in seen.report[1]["Final-Recipient"], seen.report
    settled(lab)
