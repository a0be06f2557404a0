# SPDX-License-Identifier: BSD-2-Clause
"""Every piece of evidence both ways: network, login, TLS, client certificate, tenant header, DKIM signature; alone, together, and as alternatives."""
import base64
import ssl
import subprocess

import dkim

from judge import refused, relayed
from lab.daemons import DOMAIN
from lab.dns import Dns
from lab.postfix import AUTH, MILTER

SLOW = 60
TENANT = {"header": "X-SFDC-LK", "value": "00D000000000001"}
LOGIN, OTHER, TENANT_LOGIN, EITHER = "crm@example.com", "crm@other.test", "crm@tenant.test", "crm@either.test"


def domain(*require, **more):
    return {**DOMAIN, "logins": [LOGIN], "require": list(require), "tenant": TENANT, **more}


# "network" alone lets a session in; what else is asked for is then the message's matter
LAB = dict(daemons=False, logins={login: "password" for login in (LOGIN, OTHER, TENANT_LOGIN, EITHER)}, domains={
    "network.test": domain("network"),
    "login.test": domain("network", "login"),
    "tls.test": domain("network", "tls"),
    "tls13.test": domain("network", "tls", tls_min="TLSv1.3"),
    "certificate.test": domain("network", "certificate"),
    "tenant.test": domain("network", "tenant", logins=[TENANT_LOGIN]),
    "dkim.test": domain("network", "dkim"),
    "strict.test": domain("network", "dkim", dkim_alignment="strict", also=[".strict.test"]),
    "alone.test": domain("certificate", logins=[]),
    "subject.test": domain("certificate", logins=[]),
    "either.test": domain(["network", "login", "tls"], ["certificate", "dkim"], networks=["127.0.0.64/28"], logins=[EITHER]),
    "other.test": domain("network", "login", logins=[OTHER]),
})
HERE, AWAY = "127.0.0.17", "127.0.0.99"
KEYS = ("dkim.test", "strict.test", "either.test", "stranger.test")


def setup(lab):
    """Certificates, keys and their zone, and a service that leaves encryption to the client."""
    lab.dns = lab.enter(Dns())
    lab.daemons.service["resolver"] = [f"{lab.dns.host}:{lab.dns.port}"]
    lab.mine, lab.foreign = lab.tls.issue("crm client"), lab.tls.issue("another client")
    (lab.folder / "forged").mkdir()
    lab.forged = forged(lab, "crm client")
    fingerprint = lab.tls.fingerprint(lab.mine)
    for name in ("certificate.test", "alone.test", "either.test"):
        lab.daemons.domains[name]["certificates"] = [fingerprint]
    lab.daemons.domains["subject.test"]["certificates"] = ["subject:crm client"]
    lab.key = subprocess.run(["openssl", "genrsa", "-traditional", "2048"], check=True, capture_output=True).stdout
    public = subprocess.run(["openssl", "rsa", "-pubout", "-outform", "DER"], input=lab.key, check=True, capture_output=True).stdout
    for name in KEYS:
        for signer in (name, f"mail.{name}"):
            lab.dns.set(f"crm._domainkey.{signer}", "TXT", "v=DKIM1; k=rsa; p=" + base64.b64encode(public).decode())
    lab.daemons.write()
    lab.postfix.main(smtpd_tls_CAfile=str(lab.tls.ca))
    lab.postfix.service("open", lab.ports.free(), {**AUTH, "smtpd_tls_security_level": "may", "smtpd_tls_auth_only": "no", "smtpd_tls_ask_ccert": "yes",
                                                   "smtpd_milters": MILTER})
    lab.postfix.reload()
    lab.daemons.start()


def forged(lab, name):
    """A certificate with that name which nobody the lab trusts has signed."""
    ca, lab.tls.folder = lab.tls.folder, lab.folder / "forged"
    try:
        return lab.tls.issue(name, self_signed=True)
    finally:
        lab.tls.folder = ca


def message(from_domain, signer=None, selector=b"crm", key=None, extra=(), broken=False):
    """A message of that domain, signed where there is a signer."""
    lines = [f"From: Sales <a@{from_domain}>", "Subject: evidence", "Message-ID: <evidence@crm.test>", "Date: Mon, 23 Nov 2026 12:00:00 +0000", *extra, "", "Hello", ""]
    text = "\r\n".join(lines).encode()
    if signer:
        text = dkim.sign(text, selector, signer.encode(), key, include_headers=[b"From", b"Subject"]) + text
    return text.replace(b"Hello", b"Hallo") if broken else text


def send(lab, to, from_domain, tls_most=None, sign=None, selector=b"crm", tenant=(), broken=False, **session):
    session = {"address": HERE, "login": None, "service": "open", "timeout": SLOW, **session}
    crm = lab.crm(**session)
    if tls_most:
        crm.context.maximum_version = tls_most
    extra = [f"X-SFDC-LK: {value}" for value in ([tenant] if isinstance(tenant, str) else tenant)]
    return crm.send(to, message=message(from_domain, sign, selector, lab.key, extra, broken))


def goes(lab, from_domain, **more):
    relayed(lab, send(lab, to := lab.to(), from_domain, **more), to)
    return lab.events.find("relayed")[-1]


def stays(lab, reason, from_domain, code=550, **more):
    """The refusal's event."""
    mark = lab.events.now()
    refused(lab, send(lab, lab.to(), from_domain, **more), reason, code)
    return lab.events.wait("refused", since=mark, reason=reason)


def explained(lab, *options):
    """{kind: its line} of crmrelayctl explain, and what becomes of the message."""
    said = lab.daemons.ctl("explain", *options, "--json").json
    return {piece["kind"]: piece for piece in said["evidence"]}, said


def story_each_piece_both_ways(lab):
    """Each piece of evidence that a domain asks for lets its mail pass where it holds, and is named in the refusal where it does not."""
    rows = (
        ("network", "network.test", {}, {"address": AWAY, "login": LOGIN}),
        ("login", "login.test", {"login": LOGIN}, {}),
        ("login", "login.test", {"login": LOGIN}, {"login": OTHER}),
        ("tls", "tls.test", {}, {"tls": "none"}),
        ("tls", "tls13.test", {}, {"tls_most": ssl.TLSVersion.TLSv1_2}),
        ("certificate", "certificate.test", {"certificate": lab.mine}, {}),
        ("certificate", "certificate.test", {"certificate": lab.mine}, {"certificate": lab.foreign}),
        ("tenant", "tenant.test", {"tenant": TENANT["value"]}, {}),
        ("dkim", "dkim.test", {"sign": "dkim.test"}, {}),
    )
    for kind, name, holds, fails in rows:
        assert kind in goes(lab, name, **holds)["held"].split(","), (kind, name)
        event = stays(lab, kind, name, **fails)
        assert kind in event["failed"].split(",") and kind not in event.get("held").split(","), str(event)


def story_certificate_by_fingerprint(lab):
    """The CRM shows its client certificate: with the listed fingerprint it relays from anywhere and without a login, self-signed or not; with another one, or none, it does not."""
    goes(lab, "alone.test", certificate=lab.mine, address=AWAY, service="crm")
    assert not send(lab, lab.to(), "alone.test", address=AWAY).accepted
    stays(lab, "certificate", "alone.test", certificate=lab.foreign)
    stays(lab, "certificate", "alone.test", certificate=lab.forged)


def story_certificate_by_subject(lab):
    """A certificate of the listed name counts where Postfix has verified its chain; the same name on a self-signed one does not."""
    goes(lab, "subject.test", certificate=lab.mine, address=AWAY)
    event = stays(lab, "certificate", "subject.test", certificate=lab.forged)
    assert "certificate" in event["failed"] and event["certificate"], str(event)
    stays(lab, "certificate", "subject.test", certificate=lab.foreign)


def story_check_finds_a_postfix_that_cannot_judge_certificates(lab):
    """Where Postfix digests by MD5, or asks nobody for a certificate, crmrelayctl check fails and says what to do; no certificate holds meanwhile."""
    def check():
        said = lab.daemons.ctl("check", "--postfix-config", lab.postfix.config)
        return said.code, [line for line in said.out.splitlines() if line.startswith("FAIL ")]
    assert not [line for line in check()[1] if "smtpd_tls_" in line], check()
    with lab.postfix.changed(smtpd_tls_fingerprint_digest="md5"):
        code, failed = check()
        assert code == 1 and any("smtpd_tls_fingerprint_digest" in line and "sha256" in line for line in failed), failed
        stays(lab, "certificate", "certificate.test", certificate=lab.mine)
    services = (lab.postfix.config / "master.cf").read_text()
    try:
        (lab.postfix.config / "master.cf").write_text(services.replace("smtpd_tls_ask_ccert=yes", "smtpd_tls_ask_ccert=no"))
        lab.postfix.reload()
        code, failed = check()
        assert code == 1 and any("smtpd_tls_ask_ccert" in line for line in failed), failed
        stays(lab, "certificate", "certificate.test", certificate=lab.mine)
    finally:
        (lab.postfix.config / "master.cf").write_text(services)
        lab.postfix.reload()
    goes(lab, "certificate.test", certificate=lab.mine)


def story_tenant_header(lab):
    """The header that names the CRM's customer counts once and with my value; another customer's, none, or two of them do not. It is no proof by itself."""
    mine = TENANT["value"]
    goes(lab, "tenant.test", tenant=mine)
    for wrong, words in (("00D000000000002", "another tenant"), ((), "no X-SFDC-LK header"), ((mine, mine), "2 X-SFDC-LK headers"),
                         ((mine, "00D000000000002"), "2 X-SFDC-LK headers"), (f"{mine}0", "another tenant")):
        assert words in stays(lab, "tenant", "tenant.test", tenant=wrong)["reply"], wrong
    assert not send(lab, lab.to(), "tenant.test", tenant=mine, address=AWAY).accepted
    stays(lab, "network", "tenant.test", tenant=mine, address=AWAY, login=TENANT_LOGIN)
    lab.daemons.domains["tenant.test"]["require"] = ["tenant"]
    try:
        lab.daemons.write()
        said = lab.daemons.test("policyd")
        assert said.code == 1 and "no proof of the session" in str(said), said
    finally:
        lab.daemons.domains["tenant.test"]["require"] = ["network", "tenant"]
        lab.daemons.write()


def story_dkim_signature(lab):
    """A valid signature of my own domain counts; one that is broken, of another domain, or whose key is nowhere does not."""
    goes(lab, "dkim.test", sign="dkim.test")
    goes(lab, "dkim.test", sign="mail.dkim.test")
    goes(lab, "strict.test", sign="strict.test")
    for more in (dict(sign="dkim.test", broken=True), dict(sign="stranger.test"), dict(sign="dkim.test", selector=b"nokey"), {}):
        assert "no valid DKIM signature" in stays(lab, "dkim", "dkim.test", **more)["reply"], more
    event = stays(lab, "dkim", "strict.test", sign="mail.strict.test")
    assert "not aligned" in event["reply"], str(event)
    goes(lab, "mail.strict.test", sign="mail.strict.test")


def story_dkim_while_dns_is_down(lab):
    """The key of the signature cannot be had now: the CRM is told to come again, and what needs no key passes."""
    for mode in ("silent", "servfail"):
        selector = mode.encode()
        lab.dns.mode(f"{mode}._domainkey.dkim.test", mode)
        event = stays(lab, "unavailable", "dkim.test", 451, sign="dkim.test", selector=selector)
        assert event["unknown"] == "dkim" and "network" in event["held"], str(event)
    goes(lab, "network.test")
    goes(lab, "dkim.test", sign="dkim.test")


def story_alternatives(lab):
    """Either network, login and TLS, or certificate and DKIM signature: each set suffices, and no mixture of both does."""
    there = "127.0.0.65"
    goes(lab, "either.test", address=there, login=EITHER)
    goes(lab, "either.test", address=AWAY, certificate=lab.mine, sign="either.test")
    stays(lab, "dkim", "either.test", address=AWAY, certificate=lab.mine)
    event = stays(lab, "login", "either.test", address=there, certificate=lab.mine)
    assert {"certificate", "network", "tls"} == set(event["held"].split(",")) and {"login", "dkim"} == set(event["failed"].split(",")), str(event)
    stays(lab, "login", "either.test", address=there)
    stays(lab, "network", "either.test", address=AWAY, login=EITHER)
    stays(lab, "tls", "either.test", address=there, login=EITHER, tls="none")
    stays(lab, "certificate", "either.test", address=HERE, sign="either.test", certificate=lab.foreign)


def story_every_piece_is_shown(lab):
    """explain and the log show each piece: what held, what failed, what was not looked at yet, and why."""
    event = stays(lab, "network", "other.test", address=AWAY, login=OTHER)
    assert (event["held"], event["failed"]) == ("login", "network") and "client 127.0.0.99 is not in" in event["reply"], str(event)
    event = stays(lab, "network", "tenant.test", address=AWAY, login=TENANT_LOGIN)
    assert (event["failed"], event["not_looked_at"]) == ("network", "tenant") and "X-SFDC-LK header decides" in event["why"], str(event)
    assert goes(lab, "tenant.test", tenant=TENANT["value"])["held"] == "network,tenant"
    options = ("--client", HERE, "--from", "a@dkim.test")
    pieces, said = explained(lab, *options)
    assert not said["relayed"] and pieces["network"]["state"] == "held" and pieces["dkim"]["state"] == "failed", said
    assert "no valid DKIM signature" in pieces["dkim"]["words"], said
    assert explained(lab, *options, "--dkim", "mail.dkim.test")[1]["relayed"]
    assert not explained(lab, *options, "--dkim", "stranger.test")[1]["relayed"]
    pieces, said = explained(lab, "--client", AWAY, "--from", "a@alone.test", "--tls", "--cert", lab.tls.fingerprint(lab.mine))
    assert said["relayed"] and pieces["certificate"]["state"] == "held", said
    pieces, said = explained(lab, "--client", AWAY, "--from", "a@subject.test", "--tls", "--cert", "subject:crm client")
    assert said["relayed"] and pieces["certificate"]["state"] == "held", said
    pieces, said = explained(lab, "--client", HERE, "--from", "a@tenant.test", "--tenant", "00D000000000002")
    assert pieces["tenant"]["state"] == "failed" and "another tenant" in pieces["tenant"]["words"], said
    assert set(pieces) == {"network", "login", "tls", "certificate", "tenant", "dkim"} and all(piece["words"] for piece in pieces.values()), pieces
