# SPDX-License-Identifier: BSD-2-Clause
"""Who may send, and how the message leaves: network, login, TLS and From."""
from judge import TOKEN, refused, relayed, same_bytes, token_of
from lab.crm import long_sender
from lab.daemons import DOMAIN
from lab.postfix import AUTH, MILTER
from lab.util import have_ipv6

ADDRESS = "127.0.0.66"      # a network that needs no login
LAB = dict(domains={
    "example.com": {**DOMAIN, "networks": ["127.0.0.16/28", "::1"], "also": ["example.co.jp", ".mail.example.com"], "headers": ["X-Campaign"]},
    "example.org": {**DOMAIN, "logins": ["crm@example.org"]},
    "example.net": {**DOMAIN, "require": ["network", "tls"], "networks": ["127.0.0.64/28"], "logins": []},
})


def setup(lab):
    # a service that takes passwords and mail without TLS: there crmrelay itself asks for it
    lab.postfix.service("plain", lab.ports.free(), {**AUTH, "smtpd_tls_security_level": "may", "smtpd_tls_auth_only": "no", "smtpd_milters": MILTER})
    lab.postfix.reload()


def story_the_crm_is_relayed(lab):
    """My CRM logs in and its message leaves with our own return path, by STARTTLS and by implicit TLS, with PLAIN and LOGIN."""
    for more in ({}, {"tls": "implicit", "mechanism": "LOGIN"}):
        seen = relayed(lab, lab.crm(**more).send(to := lab.to()), to)
        assert seen.options["RET"] == "HDRS", seen


def story_a_wrong_password(lab):
    """With a wrong password nobody relays, not even from the CRM's own address."""
    with lab.crm(password="guessed").session() as session:
        assert session.auth.code == 535, session.auth
        session.auth = None
        refused(lab, session.send(to := lab.to()), "login", stage="rcpt")
    assert not lab.recipient.found(to)


def story_the_right_password_from_an_unlisted_address(lab):
    """A stolen password is of no use from an address that is not the CRM's, and the answer names that address."""
    refusal = refused(lab, lab.crm(address="127.0.0.99").send(to := lab.to()), "network", stage="rcpt")
    assert "example.com: client 127.0.0.99 is not in this domain's networks" in refusal.text, refusal
    assert not lab.recipient.found(to)


def story_a_listed_address_without_login(lab):
    """Another tenant of the CRM's cloud has the same address and no login: it does not relay."""
    refused(lab, lab.crm(login=None).send(to := lab.to()), "login", stage="rcpt")
    assert not lab.recipient.found(to)


def story_no_tls_where_tls_is_required(lab):
    """Without TLS nothing is relayed, although address and password are right; with TLS the same service does it."""
    refused(lab, lab.crm(service="plain", tls="none").send(to := lab.to()), "tls", stage="rcpt")
    assert not lab.recipient.found(to)
    relayed(lab, lab.crm(service="plain").send(to := lab.to()), to)
    assert lab.crm(tls="none", login=None).send(lab.to()).refusal.code == 530


def story_a_network_alone(lab):
    """Where a domain's rule is network and TLS, that is enough for its own From and for nobody else's."""
    with lab.crm(address=ADDRESS, login=None).session() as session:
        relayed(lab, session.send(to := lab.to(), from_header="a@example.net"), to)
        refused(lab, session.send(lab.to(), from_header="a@example.com"), "login", stage="data")
        refused(lab, session.send(lab.to(), from_header="a@elsewhere.test"), "from", stage="data")
        relayed(lab, session.send(to := lab.to(), from_header="a@example.net"), to)
    refused(lab, lab.crm(address=ADDRESS, login=None, service="plain", tls="none").send(lab.to(), from_header="a@example.net"), "tls", stage="rcpt")


def story_the_from_of_somebody_else(lab):
    """The right CRM cannot write in the name of a domain that is not its own: neither a stranger's nor that of another company we serve."""
    refusal = refused(lab, lab.crm().send(to := lab.to(), from_header="Boss <boss@elsewhere.test>"), "from", stage="data")
    assert "elsewhere.test: this From domain is not configured" in refusal.text, refusal
    refused(lab, lab.crm().send(other := lab.to(), from_header="boss@example.org"), "login", stage="data")
    refused(lab, lab.crm().send(below := lab.to(), from_header="x@sub.example.com"), "from", stage="data")
    assert not any(lab.recipient.found(address) for address in (to, other, below))


UNREADABLE = (
    "", "sales", "sales@", "undisclosed-recipients:;", "Team: sales@example.com;", "sales@example.com boss@elsewhere.test",
    "Sales <sales@example.com> <boss@elsewhere.test>", "<sales@example.com>, boss@elsewhere.test", "sales@example.com, boss@example.org",
    '"sales@example.com" <boss@elsewhere.test>', "sales@example.com <boss@elsewhere.test>", "boss@elsewhere.test (sales@example.com)",
    "sales@example.com (boss@elsewhere.test)", "sales@example.com (", '"Sales <sales@example.com>', "sales@[127.0.0.1]", "sales@example.com\\@elsewhere.test",
    "<@elsewhere.test:sales@example.com>", "sales@example.com\x01", "boss@elsewhere.test\n <sales@example.com>", "s\u00e4les@example.com",
)


def story_a_from_that_cannot_be_read(lab):
    """What two readers could read differently is not sent in our name: no From, two, one of two companies, or a broken one."""
    with lab.crm().session() as session:
        for value in (None, *UNREADABLE):
            refused(lab, session.send(to := lab.to(), from_header=value), "from", stage="data")
            assert not lab.recipient.found(to), value
        for twice in ("From", "from", "FROM ", "From\t"):
            for fields in (("From", "sales@example.com", twice, "boss@elsewhere.test"), (twice, "boss@elsewhere.test", "From", "sales@example.com"),
                           ("From", "sales@example.com", twice, "sales@example.com")):
                refused(lab, session.send(to := lab.to(), message="{}: {}\nSubject: x\n{}: {}\n\nx\n".format(*fields)), "from", stage="data")
                assert not lab.recipient.found(to), fields
        refused(lab, session.send(lab.to(), message="Subject: x\nnot a field\nFrom: sales@example.com\n\nx\n"), "from", stage="data")
        refused(lab, session.send(lab.to(), message="\nFrom: sales@example.com\n\nx\n"), "from", stage="data")


def story_ways_to_write_one_from(lab):
    """Capitals, folding, comments, encoded names, several of our own addresses and our alias domains are all ours."""
    with lab.crm().session() as session:
        for value in ("SALES@EXAMPLE.COM", "sales@example.co.jp", "x@eu.mail.Example.COM", "Sales\n <sales@example.com>", "sales@example.com (the team)",
                      '"Sales, \\"north\\"" <sales@example.com>', "=?utf-8?q?S=C3=A4les?= <sales@example.com>", "sales@example.com, news@example.co.jp",
                      '"odd local"@example.com'):
            relayed(lab, session.send(to := lab.to(), from_header=value), to)
    assert {event["domain"] for event in lab.events.find("relayed")} == {"example.com"}


def story_ipv6(lab):
    """A CRM that comes by IPv6 is known by its IPv6 address."""
    if have_ipv6():
        relayed(lab, lab.crm(address="::1").send(to := lab.to()), to)
        assert lab.events.wait("relayed")["client"] == "::1"
        refused(lab, lab.crm(address="::1", login="crm@example.org").send(lab.to(), from_header="a@example.org"), "network", stage="rcpt")


def story_another_domain_on_the_same_connection(lab):
    """One connection brings message after message; each is judged by its own From, and a refused one leaves nothing behind."""
    with lab.crm().session() as session:
        one = relayed(lab, session.send(to := lab.to(), mail_options="ENVID=first RET=FULL", headers={"X-Campaign": "1"}), to)
        refused(lab, session.send(lab.to(), from_header="a@example.org"), "login", stage="data")
        refused(lab, session.send(lab.to(), headers=[("From", "b@example.com"), ("From", "c@example.com")]), "from", stage="data")
        two = relayed(lab, session.send(to := lab.to(), headers={"X-Campaign": "2"}), to)
        refused(lab, session.send(lab.to(), from_header=None), "from", stage="data")
        three = relayed(lab, session.send(to := lab.to()), to)
    assert [seen.options["RET"] for seen in (one, two, three)] == ["FULL", "HDRS", "HDRS"]
    assert len({token_of(seen) for seen in (one, two, three)}) == 3
    details = [lab.daemons.ctl("trace", "--json", token_of(seen)).json[0]["steps"][0]["details"] for seen in (one, two, three)]
    assert [found.get("X-Campaign") for found in details] == ["1", "2", None] and [found.get("CRM's_ENVID") for found in details] == ["first", None, None], details


def story_rset_in_the_middle(lab):
    """After RSET nothing of the message before counts: not its recipients, not its envelope, not that it was granted."""
    with lab.crm(address=ADDRESS, login=None).session() as session:
        gone = lab.to()
        assert session.envelope(gone, mail_options="ENVID=gone RET=FULL").refusal is None and session.rset().ok
        local = lab.unique("after rset")
        assert session.send("alice@example.com", sender="x@crm.test", from_header="a@elsewhere.test", headers={"Subject": local}).accepted
        assert lab.maildir("alice").wait_for(local)["Return-Path"] == "<x@crm.test>"
        assert session.envelope(gone).refusal is None and session.rset().ok
        seen = relayed(lab, session.send(to := lab.to(), from_header="a@example.net"), to)
    assert seen.recipients == [to] and seen.options["RET"] == "HDRS" and not lab.recipient.found(gone)


def story_a_vanished_client(lab):
    """A CRM that goes away in the middle, at any step, leaves nothing half done and disturbs nobody."""
    gone = [lab.to() for _ in range(3)]
    for step, to in enumerate(gone):
        session = lab.crm().session()
        session.envelope(to)
        if step > 0:
            assert session.command("DATA").code == 354
        if step > 1:
            session.smtp.send(b"From: sales@example.com\r\nSubject: half\r\n\r\nhalf a mess")
        session.vanish()
    relayed(lab, lab.crm().send(to := lab.to()), to)
    lab.postfix.wait_empty()
    assert not any(lab.recipient.found(to) for to in gone) and len(lab.events.find("relayed")) == 1


def story_a_null_sender(lab):
    """An automatic answer of the CRM (sender <>) is relayed and stays without a sender: nothing may bounce to it."""
    result = lab.crm().send(to := lab.to(), sender="")
    assert result.accepted and lab.recipient.wait_for(to).sender == ""
    assert lab.events.wait("relayed", id=result.queue_id)["return_path"] == "<>"


def story_a_sender_that_is_ours_already(lab):
    """A message that already has a return path of ours keeps it; an invented address of our bounce domain is refused."""
    ours = relayed(lab, lab.crm().send(to := lab.to()), to).sender
    result = lab.crm().send(to := lab.to(), sender=ours)
    assert result.accepted and lab.recipient.wait_for(to).sender == ours
    forged = ("b" if ours[0] == "a" else "a") + ours[1:]
    refused(lab, lab.crm().send(lab.to(), sender=forged), "bounce-address", stage="data")


def story_delivery_options_of_the_crm(lab):
    """The CRM's NOTIFY, ORCPT and RET reach the remote as they were given; ENVID is our token, and the record keeps the CRM's own."""
    one, two = lab.to(), lab.to()
    options = {one: "NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;some+2Bone@list.test", two: "NOTIFY=NEVER"}
    seen = relayed(lab, lab.crm().send([one, two], mail_options="ENVID=Camp+2B7+3Dx RET=FULL", rcpt_options=options), one)
    assert seen.options["RET"] == "FULL" and TOKEN.fullmatch(seen.options["ENVID"]), seen
    given = {rcpt.address: rcpt.options for rcpt in seen.rcpts}
    assert given == {one: {"NOTIFY": "SUCCESS,FAILURE", "ORCPT": "rfc822;some+2Bone@list.test"}, two: {"NOTIFY": "NEVER", "ORCPT": f"rfc822;{two}"}}, given
    relay = lab.daemons.ctl("trace", "--json", token_of(seen)).json[0]["steps"][0]["details"]
    assert relay["CRM's_RET"] == "FULL" and relay["CRM's_ENVID"] == "Camp+2B7+3Dx", relay


def story_a_return_path_of_138_octets(lab):
    """A return path as long as CRMs make them is kept whole, and its bounce finds the way back to it."""
    sender = long_sender(138)
    assert lab.crm().send(to := lab.to("nobody"), sender=sender).accepted
    token_of(lab.recipient.wait_for_attempt(to))
    home = lab.catcher.wait_for(sender)
    assert home.header("To") == sender and to in home.report[1]["Final-Recipient"], home


def story_content_is_not_touched(lab):
    """Every octet that the CRM sends behind its envelope reaches the recipient: headers, dots, 8-bit text, long lines."""
    content = ("From: Sales <sales@example.com>\nTo: you\nsubject:no space\nX-Odd:  two  \n\tfolded \nDate: Mon, 23 Nov 2026 20:00:00 +0900\n"
               "Message-ID: <same@crm.test>\n\n.dot\n..dots\n\u65e5\u672c\u8a9e\n" + "long " * 150 + "\n\nFrom: body@elsewhere.test\n")
    seen = relayed(lab, lab.crm().send(to := lab.to(), message=content, mail_options="BODY=8BITMIME"), to)
    same_bytes(seen.content, content)


def story_nothing_is_injected(lab):
    """Whatever a client puts into its envelope or its fields, it adds no line to an answer, to the log, to a report or to the envelope."""
    evil = ('"a\\" return_path=<x@y> \\"b" <sales@example.com>', "Sales %s%n %{x} <sales@example.com>",
            "=?utf-8?q?x=0D=0ABcc=3A_v=40dest=2Etest?= <sales@example.com>")
    with lab.crm().session() as session:
        for value in evil:
            seen = relayed(lab, session.send(to := lab.to(), from_header=value), to)
            assert seen.recipients == [to]
        for value in ("Sales\rBcc: v@dest.test\r <sales@example.com>", "Sales <sales@example.com>\rBcc: v@dest.test", "b@elsewhere.test\x1b[2J\x85%s",
                      "x@" + "a" * 300 + ".test", "x" * 2000 + "@elsewhere.test"):
            refusal = refused(lab, session.send(lab.to(), message=f"From: {value}\nSubject: x\n\nx\n".encode("utf-8").replace(b"\n", b"\r\n")), "from", stage="data")
            assert "\n" not in refusal.text.strip() and len(refusal.text) < 500, refusal
        bad = lab.to("nobody")
        sent = session.send(bad, sender=(sender := f"{lab.unique('return')}@crm.test"), mail_options="ENVID=x+0D+0AX-Injected:+20yes",
                            headers={"Message-ID": '<a"b return_path=<z>@crm.test>'})
        assert not sent.accepted or "X-Injected: yes" not in lab.catcher.wait_for(sender).content.decode().replace("\r\nOriginal-Envelope-Id: ", "")
    for event in lab.events.since():
        assert event.text.isprintable() and not (event.program == "crmrelay-policyd" and not event.name), event.text
    assert all(event["return_path"].endswith("@bounce.example.com>") for event in lab.events.find("relayed"))
