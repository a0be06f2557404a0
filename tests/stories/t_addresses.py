# SPDX-License-Identifier: BSD-2-Clause
"""Which bounce addresses take mail: genuine, living return paths, and the few others that a mail domain needs; never one that somebody made up."""
import time

from reports import DEADLINE, bring, events_of, home, make_token, relay, report, settled, taken

LAB = {}
DAY = 86400


def key_of(lab):
    """The key that signs."""
    return lab.daemons.keys.read_text().split()[0]


def refused(lab, address, words="", sender=""):
    """The address is refused at RCPT, for good, and says why."""
    answer = lab.remote(timeout=DEADLINE).send(address, sender=sender).refusal
    assert (answer.code, answer.reason) == (550, "bounce-address") and "5.1.1" in answer.text and words in answer.text, answer
    return answer


def story_a_forged_return_path(lab):
    """An address that looks like a return path and is not one of ours is refused before its message is read."""
    message = relay(lab)
    token = message.token
    for place in (0, 3, 20, 39):        # key, time, identity and signature
        other = "a" if token[place] != "a" else "b"
        refused(lab, f"{token[:place]}{other}{token[place + 1:]}@bounce.example.com", "no return path of ours")
    refused(lab, f"{make_token('another key')}@bounce.example.com", "no return path of ours")
    refused(lab, f"{make_token(key_of(lab), 'bounce.example.org')}@bounce.example.com", "no return path of ours")
    for local in (token[:39], token + "a", "anybody", "0" * 40):
        refused(lab, f"{local}@bounce.example.com", "no return path of ours")
    taken(lab, bring(lab, message.address, report(message.address, message.to)))    # the true one still passes


def story_an_expired_return_path(lab):
    """A return path lives for retain_days: beyond them it is refused, and the answer says that it has expired."""
    now = time.time()
    refused(lab, f"{make_token(key_of(lab), issued_at=now - 31 * DAY)}@bounce.example.com", "expired")
    refused(lab, f"{make_token(key_of(lab), issued_at=now - 29 * DAY)}@bounce.example.com", "on record")
    refused(lab, f"{make_token(key_of(lab), issued_at=now + 3 * DAY)}@bounce.example.com", "no return path of ours")


def story_an_unknown_return_path(lab):
    """A return path with a right signature, of which there is no record, is refused: to Postfix's queue comes only what can be told to somebody."""
    answer = refused(lab, f"{make_token(key_of(lab))}@bounce.example.com", "no message with this return path is on record")
    assert lab.events.wait("refused", DEADLINE, reason="bounce-address") and "bounce.example.com" in answer.text


def story_rotated_keys(lab):
    """After `crmrelayctl key rotate` new return paths have the new key and the old ones still work; without the old key they are refused."""
    old = relay(lab)
    later = relay(lab)
    former = key_of(lab)
    rotated = lab.daemons.ctl("key", "rotate")
    assert rotated.code == 0 and "signs from now on" in rotated.out, rotated
    assert key_of(lab) != former and former in lab.daemons.keys.read_text()
    assert len(lab.daemons.ctl("key", "list", "--json").json) == 2
    lab.daemons.reload("policyd")
    new = relay(lab)
    assert new.token[:1] != old.token[:1] or new.token[:2] != old.token[:2], (old, new)
    assert old.token[1:] != new.token[1:]
    for message in (old, new):
        bring(lab, message.address, report(message.address, message.to))
        assert home(lab, message).report[1]["Status"] == "5.1.1"
    lab.daemons.secret(lab.daemons.keys, key_of(lab) + "\n")
    lab.daemons.reload("policyd")
    refused(lab, later.address, "no return path of ours")
    bring(lab, new.address, report(new.address, new.to, diagnostic="550 5.1.1 Once more"))
    home(lab, new, 2)


def story_a_sender_check(lab):
    """A remote that asks whether our return path exists (MAIL FROM:<>, RCPT, QUIT) hears yes, and nothing else happens."""
    message = relay(lab)
    for _ in range(3):
        with lab.remote(timeout=DEADLINE).session() as session:
            probe = session.envelope(message.address, sender="")
        assert probe.rcpts[message.address].code == 250, probe
    with lab.remote(timeout=DEADLINE).session() as session:
        probe = session.envelope(f"{message.token[::-1]}@bounce.example.com", sender="")
        assert probe.refusal.code == 550, probe
        assert session.rset().ok and session.envelope(message.address, sender="").rcpts[message.address].code == 250
    assert events_of(lab, message.token) == [] and not lab.catcher.found(message.sender)


def story_postmaster_and_abuse(lab):
    """postmaster@ and abuse@ of the bounce domain reach the domain's administrators, as they were written."""
    for local in ("postmaster", "abuse", "PostMaster"):
        word = lab.unique("complaint")
        bring(lab, f"{local}@bounce.example.com", f"From: him@dest.test\nTo: {local}\nSubject: {word}\n\nYour CRM writes too much.\n", sender="him@dest.test")
        mail = lab.maildir("postmaster").wait_for(word, DEADLINE)
        assert mail["X-Crmrelay-Hop"] == "1" and mail["From"] == "him@dest.test" and "writes too much" in mail.get_content(), mail.as_string()


def story_double_bounces_from_outside(lab):
    """Only our own Postfix writes to 2bounce@: nobody outside can make crmrelay believe that a hand-back failed."""
    for sender in ("", "double-bounce@mail.example.com", "him@dest.test"):
        refused(lab, "2bounce@bounce.example.com", "only this host's own Postfix", sender)


def story_bounces_without_policyd(lab):
    """With policyd dead, bounces still come in and reach my CRM; an address that nobody knows is then refused by bounced."""
    message, other = relay(lab), relay(lab)
    for sent in (message, other):
        lab.recipient.wait_for(sent.to[0], DEADLINE)
    lab.daemons.kill("policyd")
    bring(lab, message.address, report(message.address, message.to))
    assert home(lab, message).report[1]["Status"] == "5.1.1"
    unknown = f"{make_token('another key')}@bounce.example.com"
    line = taken(lab, bring(lab, unknown, report(unknown, message.to)), "bounced")
    assert "550 5.1.1" in line and "[crmrelay:bounce-address]" in line, line
    lab.daemons.start("policyd")
    refused(lab, unknown, "no return path of ours")


def story_a_letter_to_a_domain_beside(lab):
    """policyd judges bounce addresses and nothing else: users' mail is taken or refused by Postfix as ever, with policyd alive or dead."""
    for state in ("alive", "dead"):
        if state == "dead":
            lab.daemons.kill("policyd")
        word = lab.unique("letter")
        assert lab.remote(timeout=DEADLINE).send("alice@example.com", sender="him@dest.test", headers={"Subject": word}).accepted
        lab.maildir("alice").wait_for(word, DEADLINE)
        refusal = lab.remote(timeout=DEADLINE).send(f"{'a' * 40}@example.com").refusal
        assert refusal.code == 550 and not refusal.reason, refusal
    settled(lab)
