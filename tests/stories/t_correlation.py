# SPDX-License-Identifier: BSD-2-Clause
"""Return paths beside mailboxes ("bounce+{token}@example.com"), and reports that come without the token because a server dropped what follows the "+"."""
from judge import TOKEN
from lab.daemons import DOMAIN
from reports import DEADLINE, bring, count_for_admins, events_of, home, report, select, settled, taken, to_admins
import reports

LAB = dict(domains={"example.com": {**DOMAIN, "return_path": "bounce+{token}@example.com"}})
BARE = "bounce@example.com"


def relay(lab, *arguments, **more):
    message = reports.relay(lab, *arguments, prefix="bounce+", domain="example.com", **more)
    if not any(word in "".join(message.to) for word in ("nobody", "full")):
        lab.recipient.wait_for(message.to[0], DEADLINE)
    return message


def story_the_token_in_an_extension(lab):
    """The return path is bounce+TOKEN@example.com, and a failure comes home from it."""
    message = relay(lab, to := lab.to("nobody"), mail_options="ENVID=plus")
    assert message.address == f"bounce+{message.token}@example.com" and TOKEN.fullmatch(message.token), message
    assert len(message.address.partition("@")[0]) <= 64
    back = home(lab, message)
    assert back.report[0]["Original-Envelope-Id"] == "plus" and message.token.encode() not in back.content.lower()
    assert events_of(lab, message.token) == [("bounce", to, "5.1.1", "return-path")]


def story_mailboxes_beside_it(lab):
    """The mailboxes of example.com get their mail as before, unknown ones are refused as before, and a forged return path is refused, too."""
    for address in ("alice@example.com", "bob@example.com"):
        word = lab.unique("letter")
        assert lab.remote(timeout=DEADLINE).send(address, sender="him@dest.test", headers={"Subject": word}).accepted
        lab.maildir(address.partition("@")[0]).wait_for(word, DEADLINE)
    for address in ("bouncer@example.com", "unknown@example.com"):
        refusal = lab.remote(timeout=DEADLINE).send(address).refusal
        assert refusal.code == 550 and not refusal.reason, refusal
    for local in ("bounce+" + "a" * 40, "bounce+x"):
        refusal = lab.remote(timeout=DEADLINE).send(f"{local}@example.com", sender="").refusal
        assert (refusal.code, refusal.reason) == (550, "bounce-address"), refusal


def story_by_envelope_id(lab):
    """A server dropped the token from the address, and its report has our envelope id: my CRM is told, and the record says how it was found."""
    message = relay(lab, mail_options="ENVID=mine-1")
    bring(lab, BARE, report(BARE, message.to, envid=message.token.upper(), returned=False))
    back = home(lab, message)
    assert back.report[0]["Original-Envelope-Id"] == "mine-1" and back.recipients == [message.sender], back.content
    assert events_of(lab, message.token) == [("bounce", message.to[0], "5.1.1", "envelope-id")]
    assert lab.events.wait("bounce", DEADLINE, token=message.token)["matched_by"] == "envelope-id"


def story_by_message_id(lab):
    """A report without the envelope id is found by the Message-ID of the message that it returns."""
    message = relay(lab)
    bring(lab, BARE, report(BARE, message.to, message_id=message.message_id))
    assert home(lab, message).report[1]["Status"] == "5.1.1"
    assert events_of(lab, message.token) == [("bounce", message.to[0], "5.1.1", "message-id")]
    trace = lab.daemons.ctl("trace", message.token)
    assert "message-id" in trace.out and message.to[0] in trace.out, trace


def told_of_strays(lab):
    """How many notices of the cause came beyond the day's first; None where there was none."""
    rows = select(lab, "SELECT beyond FROM notices WHERE cause = 'no-match' AND domain = 'example.com'")
    return rows[0][0] if rows else None


def forged(lab, message, word, envid="", message_id="", to=BARE):
    """A report about somebody the CRM never wrote to: the administrators read the day's first one, and further ones are counted; the CRM reads none."""
    before = told_of_strays(lab)
    stranger = lab.to("stranger")
    taken(lab, bring(lab, to, report(to, stranger, envid=envid, message_id=message_id, diagnostic=f"550 5.1.1 {word}")))
    if before is None:
        to_admins(lab, word)
    settled(lab)
    assert told_of_strays(lab) == (0 if before is None else before + 1)
    assert events_of(lab, message.token) == [] and not lab.catcher.found(message.sender)
    assert count_for_admins(lab, word) == (1 if before is None else 0) and not select(lab, "SELECT id FROM events WHERE recipient = ?", stranger)


def story_a_forged_report(lab):
    """A forged report that names a recipient we never wrote to goes to the administrators and not to my CRM, whatever it knows of the message."""
    message = relay(lab)
    forged(lab, message, lab.unique("forged"), envid=message.token)
    forged(lab, message, lab.unique("forged"), message_id=message.message_id)
    forged(lab, message, lab.unique("forged"), envid=message.token, message_id=message.message_id, to=message.address)
    forged(lab, message, lab.unique("forged"), envid="no-such-envelope", message_id="<no-such-message@crm.test>")


def story_one_held_and_one_foreign(lab):
    """A report about one recipient of ours and one stranger: my CRM hears of its own recipient alone."""
    message, stranger = relay(lab), lab.to("stranger")
    bring(lab, BARE, report(BARE, [stranger, message.to[0]], envid=message.token))
    back = home(lab, message)
    assert len(back.report) == 2 and message.to[0] in back.report[1]["Final-Recipient"], back.report
    assert not any(stranger in str(block) for block in back.report), back.report
    assert events_of(lab, message.token) == [("bounce", message.to[0], "5.1.1", "envelope-id")]


def story_a_resend(lab):
    """My CRM lost our answer and sent its message twice: there are two records, and the one report that is found by Message-ID makes one event and one hand-back."""
    first = relay(lab)
    second = relay(lab, first.to, sender=first.sender, message_id=first.message_id)
    assert first.token != second.token
    assert len(select(lab, "SELECT id FROM messages WHERE message_id = ?", first.message_id)) == 2
    for _ in range(2):
        taken(lab, bring(lab, BARE, report(BARE, first.to, message_id=first.message_id)))
    home(lab, first)
    settled(lab)
    events = events_of(lab, first.token) + events_of(lab, second.token)
    assert events == [("bounce", first.to[0], "5.1.1", "message-id")], events
    assert len(lab.catcher.found(first.sender)) == 1


def story_a_letter_without_token(lab):
    """Mail to the token-less address that is no report goes to the administrators; nobody can reach my CRM that way."""
    word = lab.unique("letter")
    taken(lab, bring(lab, BARE, f"From: him@dest.test\nSubject: {word}\n\nWho reads this?\n", sender="him@dest.test"))
    assert "Who reads this?" in to_admins(lab, word).as_string()
    settled(lab)
    assert not lab.catcher.found(lambda message: word.encode() in message.content)
