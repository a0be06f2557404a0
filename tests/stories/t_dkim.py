# SPDX-License-Identifier: BSD-2-Clause
"""DKIM on both sides: what we sign verifies with a verifier that is not libopendkim, what the CRM signed still does, archive copies, leak headers."""
import base64
import re
import subprocess

import dkim

from lab.daemons import DOMAIN
from lab.dns import Dns

DEADLINE = 45
LAB = dict(domains={
    "example.com": {**DOMAIN, "archive": "archive@example.com", "remove_headers": ["X-SFDCTLS"]},
})
KEYS = {"rsa": ("RSA", ["-pkeyopt", "rsa_keygen_bits:2048"]), "ed": ("ED25519", []), "crm": ("RSA", ["-pkeyopt", "rsa_keygen_bits:2048"])}


def record_of(path, kind):
    der = subprocess.run(["openssl", "pkey", "-in", path, "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout
    public = der[-32:] if kind == "ED25519" else der
    return f"v=DKIM1; k={'ed25519' if kind == 'ED25519' else 'rsa'}; p={base64.b64encode(public).decode()}"


def setup(lab):
    """The zone, the keys, and a milter that knows them."""
    lab.dns = lab.enter(Dns())
    lab.keys = {}
    for name, (kind, options) in KEYS.items():
        pem = subprocess.run(["openssl", "genpkey", "-algorithm", kind, *options], check=True, capture_output=True, text=True).stdout
        lab.keys[name] = lab.daemons.secret(lab.daemons.config.parent / f"dkim-{name}.pem", pem)
        lab.dns.set(f"{name}._domainkey.example.com", "TXT", record_of(lab.keys[name], kind))
    lab.daemons.service["resolver"] = [f"{lab.dns.host}:{lab.dns.port}"]
    configure(lab, "always")


def configure(lab, sign, **more):
    keys = [{"selector": name, "key": str(lab.keys[name])} for name in ("rsa", "ed")]
    lab.daemons.domains["example.com"].update({"dkim": {"sign": sign, "keys": keys}, **more})
    lab.daemons.write()
    lab.daemons.reload()


def verdicts(lab, content):
    """{selector: whether dkimpy verifies it} of every signature."""
    def lookup(name, timeout=5):
        selector = name.decode().split(".")[0]
        return record_of(lab.keys[selector], KEYS[selector][0]).encode()
    checker = dkim.DKIM(content)
    selectors = re.findall(rb"(?im)^dkim-signature:(?:[^\r\n]|\r\n[ \t])*?\bs=([a-z]+)", content)
    out = {}
    for index, selector in enumerate(selectors):
        try:
            out[selector.decode()] = checker.verify(idx=index, dnsfunc=lookup)
        except dkim.DKIMException:
            out[selector.decode()] = False
    return out


def sent(lab, **message):
    to = lab.to()
    result = lab.crm(timeout=DEADLINE).send([to], **message)
    assert result.accepted, result
    return lab.recipient.wait_for(lambda seen: to in seen.recipients, DEADLINE).content


def signed_by_crm(lab, *more):
    """A message with a signature of the domain's own, as a CRM with the customer's key makes it; `more` names are covered, too."""
    text = (b"From: Sales <sales@example.com>\r\nSubject:  Two  spaces \r\nX-SFDCTLS: yes\r\nMessage-ID: <1@crm.test>\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\n\r\n"
            b"Hello\r\n\r\n\r\n")
    header = dkim.sign(text, b"crm", b"example.com", lab.keys["crm"].read_bytes(), canonicalize=(b"simple", b"simple"), include_headers=[b"From", b"Subject", *more])
    return header + text


def story_signed_with_both_keys(lab):
    """Mail that goes out has an RSA and an Ed25519 signature, which both verify, whatever its body looks like."""
    for body in ("Hello\n", "", "\n\n\n", "Hello  \n\n\n", "caf\u00e9 " * 30 + "\n", ".\n..\n", "x" * 900 + "\n"):
        assert verdicts(lab, sent(lab, body=body)) == {"rsa": True, "ed": True}, body


def story_a_signature_that_stands(lab):
    """What the CRM has signed verifies after us; a header that its signature covers stays, and one that none covers leaves."""
    kept = sent(lab, message=signed_by_crm(lab, b"X-SFDCTLS"))
    assert b"X-SFDCTLS: yes" in kept and verdicts(lab, kept) == {"rsa": True, "ed": True, "crm": True}, kept
    removed = sent(lab, message=signed_by_crm(lab))
    assert b"X-SFDCTLS" not in removed and verdicts(lab, removed) == {"rsa": True, "ed": True, "crm": True}, removed


def story_signed_only_where_no_signature_is(lab):
    """With sign = "missing" a message with a valid aligned signature gets no other; one whose signature does not verify does."""
    configure(lab, "missing")
    try:
        assert verdicts(lab, sent(lab)) == {"rsa": True, "ed": True}
        assert verdicts(lab, sent(lab, message=signed_by_crm(lab))) == {"crm": True}
        broken = signed_by_crm(lab).replace(b"Hello", b"Hallo")
        assert verdicts(lab, sent(lab, message=broken)) == {"rsa": True, "ed": True, "crm": False}
    finally:
        configure(lab, "always")


def story_a_copy_to_the_archive(lab):
    """The archive gets a copy of each message."""
    subject = lab.unique("archived")
    sent(lab, headers={"Subject": subject})
    assert lab.maildir("archive").wait_for(subject, DEADLINE)
