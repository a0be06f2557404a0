# SPDX-License-Identifier: BSD-2-Clause
"""What the stories of the bounce's side share: a relayed message, delivery reports as other servers write them, what the store holds, tokens by hand."""
import base64
import hashlib
import hmac
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass

from judge import token_of
from lab.util import wait_until

DEADLINE = 45


@dataclass
class Relayed:
    """A message that crmrelay relayed: the CRM's return path, the recipients, and what became of it."""
    sender: str
    to: list
    message_id: str
    token: str
    address: str        # the new return path
    queue_id: str


def relay(lab, to=None, prefix="", domain="bounce.example.com", crm=None, sender=None, **message):
    """Sends as the CRM does, and returns what was relayed. `to`: a recipient or several; one that is taken where none is given."""
    to = [to or lab.to()] if to is None or isinstance(to, str) else list(to)
    sender = sender or f"{lab.unique('return')}@crm.test"
    message_id = message.pop("message_id", None) or f"<{lab.unique('id')}@crm.test>"
    mark = lab.postfix.offset()
    result = (crm or lab.crm(timeout=DEADLINE)).send(to, sender=sender, headers={"Message-ID": message_id}, **message)
    assert result.accepted, result
    lab.postfix.log_wait(rf"qmgr.*: {result.queue_id}: from=<", DEADLINE, since=mark)
    address = lab.postfix.log_wait(rf"qmgr.*: {result.queue_id}: from=<(.*?)>", DEADLINE, since=mark)[1]
    token = token_of(Address(address), domain, prefix)
    return Relayed(sender, to, message_id, token, address, result.queue_id)


class Address:
    def __init__(self, sender):
        self.sender = sender


def report(to, recipients, envid="", message_id="", action="failed", status="5.1.1", diagnostic="550 5.1.1 User unknown", body="", mta="mx.dest.test",
           returned=True):
    """A delivery report as a stranger's mail server writes it, about one recipient or several."""
    blocks = "".join(f"\nFinal-Recipient: rfc822; {address}\nAction: {action}\nStatus: {status}\nRemote-MTA: dns; {mta}\nDiagnostic-Code: smtp; {diagnostic}\n"
                     for address in ([recipients] if isinstance(recipients, str) else recipients))
    head = (f"Return-Path: <{to}>\n" + (f"Message-ID: {message_id}\n" if message_id else "") + "From: Sales <sales@example.com>\nSubject: News from the CRM\n")
    original = f"--=_b\nContent-Type: message/rfc822\n\n{head}\n{body or 'Hello'}\n" if returned else ""
    return (f"From: Postmaster <postmaster@{mta}>\nTo: <{to}>\nSubject: Delivery problem\nDate: Mon, 23 Nov 2026 12:00:00 +0000\n"
            f"Message-ID: <{hashlib.sha256((to + blocks).encode()).hexdigest()[:16]}@{mta}>\nMIME-Version: 1.0\nAuto-Submitted: auto-replied\n"
            "Content-Type: multipart/report; report-type=delivery-status; boundary=\"=_b\"\n\n"
            "--=_b\nContent-Type: text/plain\n\nIt could not be delivered.\n\n"
            f"--=_b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; {mta}\n" + (f"Original-Envelope-Id: {envid}\n" if envid else "") +
            f"{blocks}\n{original}--=_b--\n")


def bring(lab, address, message, sender=""):
    """Another server delivers to a bounce address, from outside and from <>; fails where our Postfix does not take it. Returns its queue id here."""
    result = lab.remote(timeout=DEADLINE).send(address, sender=sender, message=message)
    assert result.accepted, result
    return result.queue_id


def taken(lab, queue_id, status="sent"):
    """Waits until bounced has answered for that message; returns the log's line."""
    return lab.postfix.log_wait(rf"^.*lmtp.*: {queue_id}: .* status={status} .*$", DEADLINE)[0]


def home(lab, message, count=1):
    """The hand-back as the CRM's own server received it."""
    return lab.catcher.wait_for(message.sender, DEADLINE, count)


def settled(lab):
    """Waits until nothing is left to do: no mail is queued, and crmrelay's outbox is empty."""
    def done():
        return not select(lab, "SELECT id FROM outgoing WHERE state = 'pending'") and not lab.postfix.pending()
    wait_until(done, DEADLINE, lambda: f"an empty outbox and queue; they hold {select(lab, 'SELECT * FROM outgoing WHERE state = ?', 'pending')}"
                                       f" and {lab.postfix.pending()}", step=0.1)


def select(lab, statement, *values):
    """Rows of the store, read beside the daemons."""
    with closing(sqlite3.connect(f"file:{lab.daemons.store}?mode=ro", uri=True, timeout=30)) as store:
        return store.execute(statement, values).fetchall()


def events_of(lab, token):
    """(type, recipient, status, matched_by) of a message's events."""
    return select(lab, "SELECT type, recipient, status, matched_by FROM events WHERE token = ? ORDER BY seq", token)


def to_admins(lab, word, deadline=DEADLINE):
    """The administrators' mail that holds `word` anywhere."""
    return lab.maildir("postmaster").wait_for(lambda message: word in message.as_string(), deadline)


def count_for_admins(lab, word):
    return sum(word in message.as_string() for message in lab.maildir("postmaster").messages())


def make_token(key, domain="bounce.example.com", issued_at=None, identity=b"identity"):
    """A token as policyd makes it."""
    octets = hashlib.sha256(key.encode()).digest()[:1] + int(issued_at or time.time()).to_bytes(4, "big") + identity
    octets += hmac.digest(key.encode(), octets + domain.encode(), "sha256")[:12]
    return base64.b32encode(octets).decode().lower()
