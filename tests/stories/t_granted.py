# SPDX-License-Identifier: BSD-2-Clause
"""A grant given at RCPT, and policyd gone or forgetful before the message's end: another tenant of the CRM's cloud who waits for that gets nothing."""
import socket

from judge import refused, relayed
from lab.crm import compose
from lab.daemons import DOMAIN
from lab.dns import Dns
from lab.postfix import MILTER

TENANT = "127.0.0.65"
SPOOFED = "Boss <boss@elsewhere.test>"
LAB = dict(daemons=False, domains={"place.test": {**DOMAIN, "networks": ["spf:_place.crm.test"], "logins": [], "require": ["network"]}})


def setup(lab):
    """A network that follows an SPF record is a domain's whole rule."""
    lab.dns = lab.enter(Dns())
    lab.dns.set("_place.crm.test", "TXT", f"v=spf1 ip4:{TENANT} -all")
    lab.daemons.service["resolver"] = [f"{lab.dns.host}:{lab.dns.port}"]
    lab.daemons.write()
    lab.daemons.start()


def granted(lab, session):
    """A recipient that policyd has let this session relay to."""
    result = session.envelope(to := lab.to())
    assert not result.refusal, result
    return to


def story_policyd_goes_before_data(lab):
    """policyd is restarted, or dies, after the tenant was granted: its message with a foreign From waits, and the same connection relays what is right."""
    for gone in (lambda: lab.daemons.restart("policyd"), lambda: lab.daemons.kill("policyd")):
        with lab.crm(address=TENANT, login=None).session() as session:
            to = granted(lab, session)
            gone()
            answer = session.content(compose(to, SPOOFED))
            assert (answer.code, answer.reason) == (451, "unavailable"), answer
            lab.daemons.start("policyd")
            session.rset()
            refused(lab, session.send(lab.to(), from_header=SPOOFED), "from", stage="data")
            relayed(lab, session.send(right := lab.to(), from_header="a@place.test"), right)
        assert not lab.recipient.found(to)


def story_policyd_goes_during_data(lab):
    """policyd is restarted while the tenant sends its message."""
    with lab.crm(address=TENANT, login=None).session() as session:
        to = granted(lab, session)
        assert session.command("DATA").code == 354
        lab.daemons.restart("policyd")
        session.smtp.send(compose(to, SPOOFED).replace("\n", "\r\n").encode() + b".\r\n")
        code, text = session.smtp.getreply()
        assert code == 451 and b"[crmrelay:unavailable]" in text, (code, text)
    assert not lab.recipient.found(to)


class Plain:
    """A connection without TLS whose port another one of the same client has, too."""

    def __init__(self, server, source):
        self.socket = socket.socket()
        self.socket.settimeout(20)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(source)
        self.socket.connect(server)
        self.file = self.socket.makefile("rwb")
        self._reply()
        self("EHLO crm.test")

    def __call__(self, line):
        self.file.write(line.encode() + b"\r\n")
        self.file.flush()
        return self._reply()

    def _reply(self):
        while True:
            line = self.file.readline().decode()
            if line[3:4] != "-":
                return line

    def close(self):
        self.file.close()
        self.socket.close()


def story_one_port_at_two_of_our_addresses(lab):
    """My server has two addresses, and the milter stands behind one: a tenant who comes to both from one port of its own is granted nothing at the other."""
    port, (with_milter, without) = lab.ports.free(), ("127.0.0.5", "127.0.0.6")
    with open(lab.postfix.config / "master.cf", "a", encoding="ascii") as master:
        for host, milter in ((with_milter, MILTER), (without, "")):
            master.write(f"{host}:{port} inet n - y - - smtpd\n  -o {{ smtpd_milters = {milter} }}\n")
    lab.postfix.reload()
    source = lab.ports.free()
    first, second = (Plain((host, port), (TENANT, source)) for host in (with_milter, without))
    try:
        for session in (first, second):
            assert session("MAIL FROM:<x@crm.test>").startswith("250")
        assert first(f"RCPT TO:<{lab.to()}>").startswith("250")
        answer = second(f"RCPT TO:<{lab.to()}>")
        assert answer.startswith("451") and "[crmrelay:unavailable]" in answer, answer
    finally:
        first.close()
        second.close()
