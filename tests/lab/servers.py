# SPDX-License-Identifier: BSD-2-Clause
"""SMTP servers on loopback, in threads of the test process: the recipient's (dest.test) and the CRM's own bounce server (crm.test).

They keep every command argument as it was sent (RFC 5321, RFC 3461), answer by the recipient's local part, and are told other answers while they run.
"""
import email
import email.policy
import re
import socket
import socketserver
import threading
import time
from dataclasses import dataclass, field

from .util import wait_on

LINE_LIMIT = 8192
OFFERS = ("PIPELINING", "SIZE 52428800", "ENHANCEDSTATUSCODES", "8BITMIME", "SMTPUTF8", "DSN")
_PATH = re.compile(r'\s*<((?:"(?:[^"\\]|\\.)*"|[^">])*)>(?:\s+(.*))?$')


@dataclass
class Rule:
    """At `stage` (rcpt, or data: after the content) say `reply`; at stage `drop` close the connection at RCPT. `times`: then accept; None: for ever."""
    stage: str
    reply: str = ""
    times: int = None


# by the start of the local part, the longest that fits; what none fits is accepted
RULES = {
    "nobody": Rule("rcpt", "550 5.1.1 No such user here"),
    "full": Rule("rcpt", "552 5.2.2 Mailbox is full"),
    "greylisted": Rule("rcpt", "451 4.7.1 Greylisted, come again later"),
    "blocked": Rule("rcpt", "550 5.7.1 Blocked by our policy"),
    "data550": Rule("data", "550 5.7.1 Content refused"),
    "data451": Rule("data", "451 4.3.0 Not now"),
    "dropped": Rule("drop"),
}


@dataclass
class Rcpt:
    address: str
    options: dict       # NOTIFY, ORCPT as sent; a keyword without value gives ""
    reply: str = "250 2.1.5 Ok"


@dataclass
class Message:
    """A transaction as the server saw it. `reply` is the answer after the content; `refused` holds the recipients that RCPT refused."""
    peer: tuple
    helo: str
    sender: str
    options: dict       # RET, ENVID, BODY, SIZE, SMTPUTF8 as sent
    rcpts: list = field(default_factory=list)
    refused: list = field(default_factory=list)
    content: bytes = b""
    reply: str = ""
    at: float = field(default_factory=time.time)

    @property
    def recipients(self):
        return [rcpt.address for rcpt in self.rcpts]

    @property
    def parsed(self):
        return email.message_from_bytes(self.content, policy=email.policy.default)

    def header(self, name):
        return self.parsed[name]

    @property
    def report(self):
        """An RFC 3464 report's fields: the per-message block first, then one block a recipient; [] where the message is no report."""
        for part in self.parsed.walk():
            if part.get_content_type() in ("message/delivery-status", "message/global-delivery-status"):
                return [dict(block.items()) for block in part.get_payload() if block.keys()]
        return []

    @property
    def returned(self):
        """What the report returns of the message it is about, as text: its headers, or all of it."""
        for part in self.parsed.walk():
            kind = part.get_content_type()
            if kind == "text/rfc822-headers":
                return part.get_content()
            if kind in ("message/rfc822", "message/global", "message/global-headers"):
                return part.get_payload(0).as_string() if part.is_multipart() else part.get_payload()
        return ""


class SmtpServer:
    def __init__(self, hostname, address, port, rules=None, offers=OFFERS):
        self.hostname, self.address, self.port = hostname, address, port
        self.offers = list(offers)
        self._default_rules, self._default_offers = dict(rules or {}), list(offers)
        self._rules = {}
        self.reset()
        self.messages = []      # accepted ones
        self.attempts = []      # every transaction with a RCPT, those that came to nothing too
        self._changed = threading.Condition()
        self._server = None
        self._open = set()

    # what stories say

    def rule(self, prefix, stage, reply="", times=None):
        """From now on, what starts with `prefix` (a whole address or local part will do; "" is everybody) gets this answer."""
        with self._changed:
            self._rules[prefix.partition("@")[0].lower()] = Rule(stage, reply, times)

    def accept(self, prefix=""):
        self.rule(prefix, "accept")

    def hide(self, *keywords):
        """EHLO does not offer these any more: hide("DSN"), hide("8BITMIME", "SMTPUTF8")."""
        self.offers = [offer for offer in self.offers if offer.split()[0] not in keywords]

    def reset(self):
        """The answers and offers it began with."""
        self._rules = {prefix: Rule(rule.stage, rule.reply, rule.times) for prefix, rule in self._default_rules.items()}
        self.offers = list(self._default_offers)

    def wait_for(self, wanted, deadline=15.0, count=1):
        """The first accepted message for which `wanted` holds: a recipient address, or a predicate of a Message. With `count` > 1 a list of that many."""
        return self._wait(self.messages, wanted, deadline, count, "message")

    def wait_for_attempt(self, wanted, deadline=15.0, count=1):
        """As wait_for, among all transactions, refused ones included."""
        return self._wait(self.attempts, wanted, deadline, count, "attempt")

    def found(self, wanted):
        with self._changed:
            return [message for message in self.messages if _matches(message, wanted)]

    def _wait(self, where, wanted, deadline, count, noun):
        def enough():
            found = [message for message in list(where) if _matches(message, wanted)]
            return found if len(found) >= count else None

        found = wait_on(self._changed, enough, deadline, lambda: f"{count} {noun} at {self.hostname} ({wanted}); it has seen:\n{self.summary()}")
        return found[0] if count == 1 else found

    def summary(self, last=20):
        lines = [f"  <{m.sender}> -> {' '.join(m.recipients) or '-'} {m.reply}" + "".join(f" {r.address}: {r.reply}" for r in m.refused) for m in self.attempts]
        return "\n".join(lines[-last:]) or "  nothing"

    # life

    def start(self):
        conversation = self._converse

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                conversation(self.request, self.client_address)

        class Server(socketserver.ThreadingTCPServer):
            address_family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
            allow_reuse_address = daemon_threads = True
            block_on_close = False
            request_queue_size = 128

        self._server = Server((self.address, self.port), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name=self.hostname, daemon=True).start()
        return self

    def stop(self):
        """Closes the port and every connection: to Postfix the host is down. start() brings it back."""
        if not self._server:
            return
        self._server.shutdown()
        self._server.server_close()
        self._server = None
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    @property
    def running(self):
        return self._server is not None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    # the protocol

    def _converse(self, connection, peer):
        self._open.add(connection)
        try:
            connection.settimeout(120)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _Conversation(self, connection, peer).run()
        except OSError:
            pass
        finally:
            self._open.discard(connection)

    def _answer(self, address):
        """The rule for an address, None where it is accepted; a rule for a number of times counts down."""
        local = address.rpartition("@")[0].lower()
        with self._changed:
            fitting = [prefix for prefix in self._rules if local.startswith(prefix)]
            rule = self._rules[max(fitting, key=len)] if fitting else None
            if not rule or rule.stage == "accept" or rule.times == 0:
                return None
            if rule.times is not None:
                rule.times -= 1
            return rule

    def _begun(self, message):
        with self._changed:
            if message not in self.attempts:
                self.attempts.append(message)
            self._changed.notify_all()

    def _accepted(self, message):
        with self._changed:
            self.messages.append(message)
            self._changed.notify_all()


class _Conversation:
    def __init__(self, server, connection, peer):
        self.server, self.connection, self.peer = server, connection, peer[:2]
        self.lines = connection.makefile("rb")
        self.helo, self.message, self.rules = "", None, []

    def say(self, *lines):
        self.connection.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def run(self):
        self.say(f"220 {self.server.hostname} ESMTP")
        while line := self.lines.readline(LINE_LIMIT):
            verb, _, rest = line.decode("utf-8", "surrogateescape").strip("\r\n").partition(" ")
            command = getattr(self, "do_" + verb.lower(), None)
            if command is None:
                self.say("502 5.5.2 Command not recognized")
            elif command(rest) == "close":
                break
        self.connection.close()

    def do_ehlo(self, name):
        self.helo, self.message = name, None
        words = [self.server.hostname, *self.server.offers]
        self.say(*(f"250{' ' if word is words[-1] else '-'}{word}" for word in words))

    def do_helo(self, name):
        self.helo, self.message = name, None
        self.say(f"250 {self.server.hostname}")

    def do_mail(self, rest):
        path = _PATH.match(rest[5:]) if rest.upper().startswith("FROM:") else None
        if not path or self.message:
            return self.say("501 5.5.4 Syntax: MAIL FROM:<address>, once")
        self.message = Message(self.peer, self.helo, path[1], _options(path[2]))
        self.rules = []
        self.say("250 2.1.0 Ok")

    def do_rcpt(self, rest):
        path = _PATH.match(rest[3:]) if rest.upper().startswith("TO:") else None
        if not path or not self.message:
            return self.say("503 5.5.1 MAIL first, then RCPT TO:<address>")
        rcpt = Rcpt(path[1], _options(path[2]))
        rule = self.server._answer(rcpt.address)
        if rule and rule.stage == "drop":
            return "close"
        if rule and rule.stage == "rcpt":
            rcpt.reply = rule.reply
            self.message.refused.append(rcpt)
        else:
            self.message.rcpts.append(rcpt)
            if rule:
                self.rules.append(rule)
        self.server._begun(self.message)
        self.say(rcpt.reply)

    def do_data(self, _):
        if not self.message or not self.message.rcpts:
            return self.say("554 5.5.1 No valid recipients")
        self.say("354 End data with <CR><LF>.<CR><LF>")
        content = []
        while (line := self.lines.readline()) != b".\r\n":
            if not line:
                return "close"
            content.append(line[1:] if line.startswith(b".") else line)
        message, self.message = self.message, None
        message.content = b"".join(content)
        message.reply = self.rules[0].reply if self.rules else "250 2.0.0 Ok"
        if message.reply.startswith("2"):
            self.server._accepted(message)
        else:
            self.server._begun(message)
        self.say(message.reply)

    def do_rset(self, _):
        self.message = None
        self.say("250 2.0.0 Ok")

    def do_noop(self, _):
        self.say("250 2.0.0 Ok")

    def do_quit(self, _):
        self.say("221 2.0.0 Bye")
        return "close"


def _options(text):
    return {key.upper(): value for key, _, value in (word.partition("=") for word in (text or "").split())}


def _matches(message, wanted):
    if callable(wanted):
        return wanted(message)
    return any(rcpt.address.lower() == wanted.lower() for rcpt in message.rcpts + message.refused)


class Recipient(SmtpServer):
    """The recipients' mail server: takes most, refuses by RULES."""

    def __init__(self, port, address="127.0.0.32", hostname="mx.dest.test"):
        super().__init__(hostname, address, port, RULES)


class Catcher(SmtpServer):
    """The CRM's own bounce server: takes everything until a story says otherwise."""

    def __init__(self, port, address="127.0.0.33", hostname="mx.crm.test"):
        super().__init__(hostname, address, port)
