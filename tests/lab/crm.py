# SPDX-License-Identifier: BSD-2-Clause
"""The stand-in CRM: an SMTP client that sends from its own loopback address and tells exactly what the server answered to each command."""
import re
import smtplib
import socket
import struct
from dataclasses import dataclass, field


@dataclass
class Reply:
    code: int
    text: str

    @property
    def ok(self):
        return 200 <= self.code < 400

    @property
    def reason(self):
        """The word in crmrelay's brackets, "" where there is none: "550 … [crmrelay:network]" gives "network"."""
        found = re.search(r"\[crmrelay:([a-z-]+)\]", self.text)
        return found[1] if found else ""

    def __str__(self):
        return f"{self.code} {self.text}"


@dataclass
class Result:
    """One message's answers. `hello` is there only where EHLO or STARTTLS was refused; `rcpts` is by address; `data` is the answer after the content, or to
    DATA where that was refused, None where it was not sent."""
    hello: Reply = None
    auth: Reply = None
    mail: Reply = None
    rcpts: dict = field(default_factory=dict)
    data: Reply = None

    @property
    def accepted(self):
        return bool(self.data and self.data.ok)

    @property
    def queue_id(self):
        found = re.search(r"queued as (\S+)", self.data.text) if self.accepted else None
        return found[1] if found else ""

    @property
    def refusal(self):
        """The first answer that is not 2xx or 3xx; None where there is none."""
        return next((reply for reply in (self.hello, self.auth, self.mail, *self.rcpts.values(), self.data) if reply and not reply.ok), None)

    def __str__(self):
        rcpts = [(f"RCPT {address}", reply) for address, reply in self.rcpts.items()]
        parts = [("EHLO", self.hello), ("AUTH", self.auth), ("MAIL", self.mail), *rcpts, ("DATA", self.data)]
        return "; ".join(f"{name}: {reply}" for name, reply in parts if reply)


class Crm:
    """Says where and how to send; session() opens a connection. tls: "starttls", "implicit" or "none"; login None: no AUTH."""

    def __init__(self, port, context=None, address="127.0.0.17", host=None, login=None, password=None, mechanism="PLAIN", tls="starttls", helo="crm.test",
                 timeout=60, source_port=0):
        self.port, self.context, self.address = port, context, address
        self.host = host or ("::1" if ":" in address else "127.0.0.1")
        self.login, self.password, self.mechanism, self.tls = login, password, mechanism, tls
        self.helo, self.timeout, self.source_port = helo, timeout, source_port

    def session(self):
        return Session(self)

    def send(self, rcpts, **message):
        """One message on a connection of its own; arguments as Session.send."""
        with self.session() as session:
            return session.send(rcpts, **message)


class Session:
    """One connection: greeting, EHLO, TLS and AUTH are done when it is made. `auth` is the answer to AUTH (None: not asked for), `hello` that to EHLO or
    STARTTLS where it was a refusal, `features` what EHLO offered last."""

    def __init__(self, crm):
        self.crm, self.hello, self.auth = crm, None, None
        kind = smtplib.SMTP_SSL if crm.tls == "implicit" else smtplib.SMTP
        tls = {"context": crm.context} if crm.tls == "implicit" else {}
        self.smtp = kind(crm.host, crm.port, crm.helo, timeout=crm.timeout, source_address=(crm.address, crm.source_port), **tls)
        self.client_port = self.smtp.sock.getsockname()[1]
        self.hello = self._greet()
        if crm.login is not None and not self.hello:
            self.auth = self._authenticate()

    def _greet(self):
        """The refusal of EHLO or STARTTLS, None where there is none."""
        answer = _reply(self.smtp.ehlo())
        if answer.ok and self.crm.tls == "starttls":
            try:
                self.smtp.starttls(context=self.crm.context)
            except smtplib.SMTPResponseException as refused:
                return Reply(refused.smtp_code, _text(refused.smtp_error))
            answer = _reply(self.smtp.ehlo())
        return None if answer.ok else answer

    @property
    def features(self):
        return dict(self.smtp.esmtp_features)

    def _authenticate(self):
        self.smtp.user, self.smtp.password = self.crm.login, self.crm.password
        method = self.smtp.auth_plain if self.crm.mechanism == "PLAIN" else self.smtp.auth_login
        try:
            return _reply(self.smtp.auth(self.crm.mechanism, method, initial_response_ok=self.crm.mechanism == "PLAIN"))
        except smtplib.SMTPAuthenticationError as refused:
            return Reply(refused.smtp_code, _text(refused.smtp_error))

    def command(self, line):
        """Any command, as it stands; returns the Reply."""
        self.smtp.command_encoding = "utf-8"
        return _reply(self.smtp.docmd(line))

    def envelope(self, rcpts, sender="return@crm.test", mail_options=(), rcpt_options=()):
        """MAIL and RCPT only. Options are a text or a list of texts ("ENVID=x"); rcpt_options may be a dict by address."""
        result = Result(hello=self.hello, auth=self.auth)
        if result.refusal:
            return result
        result.mail = self.command(_with_options(f"MAIL FROM:<{sender}>", mail_options))
        if result.mail.ok:
            for rcpt in [rcpts] if isinstance(rcpts, str) else rcpts:
                options = rcpt_options.get(rcpt, ()) if isinstance(rcpt_options, dict) else rcpt_options
                result.rcpts[rcpt] = self.command(_with_options(f"RCPT TO:<{rcpt}>", options))
        return result

    def send(self, rcpts, sender="return@crm.test", from_header="Sales <sales@example.com>", headers=None, body="Hello from the CRM.\n", mail_options=(),
             rcpt_options=(), message=None):
        """One message; what RCPT refuses is left out, and without any recipient there is no DATA (RSET instead). `headers`: more header fields, a dict or a
        list of pairs; from_header None: no From. `message`: the whole content (bytes, or text whose line ends become CRLF), instead of headers and body."""
        result = self.envelope(rcpts, sender, mail_options, rcpt_options)
        if not any(reply.ok for reply in result.rcpts.values()):
            if result.mail:
                self.rset()
            return result
        result.data = self.content(message if message is not None else compose(rcpts, from_header, headers, body))
        return result

    def content(self, message):
        """DATA and the content; returns the last answer."""
        begin = self.command("DATA")
        if begin.code != 354:
            return begin
        if isinstance(message, str):
            message = message.replace("\r\n", "\n").replace("\n", "\r\n").encode()
        message = re.sub(rb"(?m)^\.", b"..", message)
        self.smtp.send(message + (b"" if message.endswith(b"\r\n") else b"\r\n") + b".\r\n")
        return _reply(self.smtp.getreply())

    def rset(self):
        return self.command("RSET")

    def vanish(self):
        """The connection ends by a reset, without QUIT and without a TLS goodbye."""
        sock = self.smtp.sock
        if sock is None:
            return
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if self.smtp.file:
            self.smtp.file.close()
        sock.close()
        self.smtp.sock = self.smtp.file = None

    def close(self):
        if self.smtp.sock is None:
            return
        try:
            self.smtp.quit()
        except (smtplib.SMTPException, OSError):
            self.smtp.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def compose(rcpts, from_header="Sales <sales@example.com>", headers=None, body="Hello from the CRM.\n"):
    """A message as text; a Message-ID, Date and Subject of its own where `headers` has none."""
    fields = list(headers.items() if isinstance(headers, dict) else headers or [])
    named = {name.lower() for name, _ in fields}
    to = rcpts if isinstance(rcpts, str) else ", ".join(rcpts)
    made = [("From", from_header), ("To", to), ("Subject", "News from the CRM"), ("Date", smtplib.email.utils.formatdate()),
            ("Message-ID", smtplib.email.utils.make_msgid(domain="crm.test"))]
    lines = [(name, value) for name, value in made if value is not None and name.lower() not in named] + fields
    return "".join(f"{name}: {value}\n" for name, value in lines) + "\n" + body


def long_sender(octets=138, domain="bounces.crm.test"):
    """A return path of exactly that many octets, as CRMs make them: a local part far beyond the 64 octets of RFC 5321."""
    start = "return-0123456789abcdef="
    return start + "x" * (octets - len(start) - len(domain) - 1) + "@" + domain


def _with_options(command, options):
    return " ".join([command, options] if isinstance(options, str) and options else [command, *options])


def _text(octets):
    return octets.decode("utf-8", "replace") if isinstance(octets, bytes) else octets


def _reply(answer):
    return Reply(answer[0], _text(answer[1]))
