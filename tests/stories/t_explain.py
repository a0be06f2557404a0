# SPDX-License-Identifier: BSD-2-Clause
"""`crmrelayctl explain` says beforehand what a real session is told."""
from lab.daemons import DOMAIN
from lab.postfix import AUTH, MILTER

LAB = dict(domains={
    "example.com": {**DOMAIN, "also": [".mail.example.com"]},
    "example.org": {**DOMAIN, "logins": ["crm@example.org"], "require": [["network", "login", "tls"], ["login", "tls"]]},
    "example.net": {**DOMAIN, "require": ["network"], "networks": ["127.0.0.64/28"], "logins": []},
    "observed.test": {**DOMAIN, "mode": "observe", "networks": ["127.0.0.80/28"], "logins": ["watched@example.com"]},
}, logins={"crm@example.com": "a", "crm@example.org": "b", "employee@example.com": "c", "watched@example.com": "d"})

MINE = dict(address="127.0.0.17", login="crm@example.com")
FIELDS = "From: a@example.com\nFrom: b@example.com\n"
# what a session is like, the From fields, and what becomes of it: relayed, a reason, or None: Postfix alone decides
CASES = (
    (MINE, "a@example.com", "relayed"),
    (MINE, "A <A@NEWS.MAIL.EXAMPLE.COM>", "relayed"),
    ({**MINE, "address": "127.0.0.99"}, "a@example.com", "network"),
    ({**MINE, "login": None}, "a@example.com", "login"),
    ({**MINE, "tls": "none"}, "a@example.com", "tls"),
    ({**MINE, "login": "crm@example.org", "address": "127.0.0.99"}, "a@example.org", "relayed"),
    ({**MINE, "login": "crm@example.org", "address": "127.0.0.99"}, "a@example.com", "login"),
    ({**MINE, "login": "crm@example.org", "tls": "none"}, "a@example.org", "tls"),
    (MINE, "a@example.org", "login"),
    (MINE, "a@elsewhere.test", "from"),
    (MINE, "a@example.com b@elsewhere.test", "from"),
    (MINE, "a@example.com, b@example.org", "from"),
    (MINE, FIELDS, "from"),
    (MINE, "\n", "from"),
    (dict(address="127.0.0.66", login=None, tls="none"), "a@example.net", "relayed"),
    (dict(address="127.0.0.66", login=None), "a@example.com", "login"),
    (dict(address="127.0.0.66", login="crm@example.com"), "a@example.net", "relayed"),
    (dict(address="127.0.0.66", login="crm@example.com"), "a@example.com", "network"),
    (dict(address="127.0.0.99", login="employee@example.com"), "a@example.com", None),
    (dict(address="127.0.0.17", login="employee@example.com"), "a@example.com", None),
    (dict(address="127.0.0.99", login=None), "a@example.com", None),
    (dict(address="127.0.0.81", login="watched@example.com"), "a@observed.test", "relayed"),
    (dict(address="127.0.0.99", login="watched@example.com"), "a@observed.test", None),
    (dict(address="127.0.0.81", login="watched@example.com"), "a@elsewhere.test", None),
)


def setup(lab):
    lab.postfix.service("open", lab.ports.free(), {**AUTH, "smtpd_tls_security_level": "may", "smtpd_tls_auth_only": "no", "smtpd_milters": MILTER})
    lab.postfix.reload()


def message_of(from_fields):
    return (from_fields if "\n" in from_fields else f"From: {from_fields}\n").lstrip("\n") + "Subject: explain\nMessage-ID: <explain@crm.test>\n\nx\n"


def told_by_session(lab, session, from_fields):
    """relayed, a reason, or None."""
    result = lab.crm(service="open", **session).send(to := lab.to(), message=message_of(from_fields))
    if result.accepted:
        return "relayed" if lab.recipient.wait_for(to).sender.endswith("@bounce.example.com") else None
    return result.refusal.reason or None


def explain(lab, session, from_fields, *more):
    options = ["--client", session["address"], *(["--login", session["login"]] if session["login"] else []), *(["--tls"] if session.get("tls") != "none" else [])]
    if "\n" in from_fields:
        path = lab.folder / "explain.eml"
        path.write_text(message_of(from_fields))
        return lab.daemons.ctl("explain", *options, "--message", path, *more)
    return lab.daemons.ctl("explain", *options, "--from", from_fields, *more)


def story_explain_agrees_with_the_session(lab):
    """For every kind of session the answer that explain foretells is the one that the client gets, with the same reason in brackets."""
    for session, from_fields, want in CASES:
        mark = lab.events.now()
        told = told_by_session(lab, session, from_fields)
        assert told == want, (session, from_fields, told, want)
        explained = explain(lab, session, from_fields, "--json")
        said, refusal = explained.json, explained.json.get("refusal")
        foretold = "relayed" if said["relayed"] else refusal["reason"] if refusal and not refusal["observed"] else None
        assert foretold == want and explained.code == (0 if want == "relayed" else 1), (session, from_fields, explained.out)
        if refusal:
            event = lab.events.wait("observed" if refusal["observed"] else "refused", since=mark)
            assert (event["reply"], event["reason"]) == (refusal["reply"], refusal["reason"]), (event, refusal)


def story_explain_in_words(lab):
    """Read by a human it has each piece of evidence on a line of its own, and the very reply."""
    said = explain(lab, {**MINE, "address": "127.0.0.99"}, "a@example.com").out
    lines = {line.partition("  ")[0]: line for line in said.splitlines()}
    assert "client 127.0.0.99 is not in this domain's networks" in lines["network"] and "failed" in lines["network"], said
    assert "held" in lines["login"] and "held" in lines["tls"] and "[crmrelay:network]" in lines["reply"], said
    assert "{token}@bounce.example.com" in explain(lab, MINE, "a@example.com").out
    assert lab.daemons.ctl("explain", "--client", "nonsense", "--from", "a@example.com").code == 2
    assert lab.daemons.ctl("explain", "--client", "127.0.0.1").code == 2
