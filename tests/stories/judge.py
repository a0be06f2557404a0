# SPDX-License-Identifier: BSD-2-Clause
"""What the stories of the CRM's side ask of an answer and of a message as its server saw it."""
import re

TOKEN = re.compile(r"[a-z2-7]{40}")


def token_of(seen, domain="bounce.example.com", prefix=""):
    """The token in a message's return path; fails where crmrelay did not write it."""
    local, _, at = seen.sender.partition("@")
    token = local.removeprefix(prefix)
    assert at == domain and local.startswith(prefix) and TOKEN.fullmatch(token), f"<{seen.sender}> is no return path of crmrelay's"
    return token


def relayed(lab, result, to, domain="bounce.example.com"):
    """The message as the recipient's server saw it: accepted, with a return path of crmrelay's and its token as ENVID."""
    assert result.accepted, result
    seen = lab.recipient.wait_for(to)
    assert seen.options.get("ENVID") == token_of(seen, domain), (seen.sender, seen.options)
    return seen


def untouched(lab, result, to, sender, content=None):
    """The message as the recipient's server saw it: accepted, and left as Postfix alone leaves it."""
    assert result.accepted, result
    seen = lab.recipient.wait_for(to)
    assert seen.sender == sender and not {"ENVID", "RET"} & set(seen.options), (seen.sender, seen.options)
    if content is not None:
        same_bytes(seen.content, content)
    return seen


def refused(lab, result, reason, code=550, stage=None):
    """The refusal, with that reason in crmrelay's brackets; the log has it too. `stage`: rcpt or data."""
    refusal = result.refusal
    assert refusal and (refusal.code, refusal.reason) == (code, reason) and not result.accepted, result
    assert stage is None or stage == ("data" if result.data else "rcpt"), result
    assert refusal.text.startswith(f"{code // 100}."), refusal
    lab.events.wait("refused", reason=reason, reply=lambda said: refusal.text.endswith(said.partition(" ")[2].partition(" ")[2]))
    return refusal


def same_bytes(content, sent, added=("received",)):
    """`content` is what was sent, to the last octet, behind header fields that every Postfix adds."""
    sent = sent.encode() if isinstance(sent, str) else sent
    sent = sent.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    assert content.endswith(sent), (content[-len(sent) - 200:], sent)
    head = re.sub(rb"\r\n[ \t]+", b" ", content[:len(content) - len(sent)])
    names = {line.partition(b":")[0].decode().lower() for line in head.split(b"\r\n") if line}
    assert names <= set(added), names
