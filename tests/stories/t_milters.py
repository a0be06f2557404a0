# SPDX-License-Identifier: BSD-2-Clause
"""The milter order of crmrelay-milters(7) with the real clamav-milter: a virus is refused, what is clean is signed as it leaves."""
import base64
import re
import socket

import t_dkim
from judge import relayed
from lab import wait_until
from lab.daemons import DOMAIN
from lab.postfix import AUTH, MILTER as MILTER_OF_OURS
from lab.util import Child
from reports import select

LAB = dict(domains={"example.com": dict(DOMAIN)})
# the EICAR test file, in two parts lest a scanner takes this file for it
EICAR = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
CLAMD = """\
Foreground yes
LocalSocket {folder}/clamd.sock
DatabaseDirectory {folder}/db
TemporaryDirectory {folder}
OfficialDatabaseOnly no
"""
MILTER = """\
Foreground yes
MilterSocket inet:{port}@127.0.0.1
ClamdSocket unix:{folder}/clamd.sock
TemporaryDirectory {folder}
OnInfected Reject
OnFail Defer
AddHeader Add
"""


def answers(address):
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family) as probe:
        return probe.connect_ex(address) == 0


def setup(lab):
    """DKIM keys, a clamd that knows one signature, clamav-milter, and the order of the manual."""
    folder = lab.folder / "clamav"
    (folder / "db").mkdir(parents=True)
    (folder / "db/lab.ndb").write_text(f"Lab-Eicar:0:*:{EICAR.encode().hex()}\n")
    port = lab.ports.free()
    (folder / "clamd.conf").write_text(CLAMD.format(folder=folder))
    (folder / "milter.conf").write_text(MILTER.format(folder=folder, port=port))
    lab.scanner = []

    def start(name, *argv, until):
        child = Child(name, argv, folder / f"{name}.log")
        lab._stack.callback(child.kill)
        wait_until(lambda: answers(until), 60, lambda: f"{name} to answer:\n{child.tail()}")
        lab.scanner.append(child)
    start("clamd", "clamd", "--config-file", folder / "clamd.conf", until=f"{folder}/clamd.sock")
    start("clamav-milter", "clamav-milter", "--config-file", folder / "milter.conf", until=("127.0.0.1", port))

    order = f"inet:127.0.0.1:{port}, {MILTER_OF_OURS}"
    lab.postfix.service("crm", lab.port("crm"), {"smtpd_tls_security_level": "encrypt", **AUTH, "smtpd_milters": order})
    lab.postfix.reload()
    t_dkim.setup(lab)


def infected():
    attached = base64.b64encode(EICAR.encode()).decode()
    return ("From: Sales <sales@example.com>\nTo: x@dest.test\nSubject: infected\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
            "Content-Type: text/plain\n\nSee the file.\n--b\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n"
            f"Content-Disposition: attachment; filename=eicar.com\n\n{attached}\n--b--\n")


def story_an_infected_message_is_refused(lab):
    """The CRM sends a virus: it hears of it at once, by a 5xx, nothing leaves, and crmrelay has not recorded it as relayed."""
    for to in (lab.to(), lab.to()):
        result = lab.crm(timeout=60).send(to, message=infected())
        assert result.data and result.data.code == 550, result
        assert not lab.recipient.found(to)
    assert not lab.events.find("relayed") and select(lab, "SELECT count(*) FROM messages") == [(0,)]


def story_a_clean_message_is_signed_with_what_the_scanner_added(lab):
    """A clean message leaves with the scanner's header fields, our return path and our signatures, which verify; the CRM's own signature still does, too."""
    result = lab.crm(timeout=60).send(to := lab.to())
    seen = relayed(lab, result, to).content
    assert re.search(rb"(?im)^X-Virus-Status: Clean", seen) and re.search(rb"(?im)^X-Virus-Scanned: clamav-milter", seen), seen
    assert t_dkim.verdicts(lab, seen) == {"rsa": True, "ed": True}, seen
    seen = t_dkim.sent(lab, message=t_dkim.signed_by_crm(lab))
    assert b"X-Virus-Status: Clean" in seen and t_dkim.verdicts(lab, seen) == {"rsa": True, "ed": True, "crm": True}, seen


def story_the_scanner_is_away(lab):
    """With clamd dead nothing passes unscanned: the CRM gets a 4xx and comes again, and nothing is recorded."""
    before = select(lab, "SELECT count(*) FROM messages")
    lab.scanner[0].stop()
    result = lab.crm(timeout=60).send(lab.to())
    assert result.refusal and result.refusal.code // 100 == 4, result
    assert select(lab, "SELECT count(*) FROM messages") == before
