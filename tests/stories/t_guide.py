# SPDX-License-Identifier: BSD-2-Clause
"""The troubleshooting guide, crmrelay-troubleshooting(7), sentence by sentence: what goes wrong, what explain says of it, and that its advice mends it."""
import json
import re
import ssl
import time
from datetime import datetime, timedelta
from pathlib import Path

from judge import refused, relayed
from lab import wait_until
from lab.crm import Crm
from lab.daemons import build_folder

OUTSIDE, INSIDE = "127.0.0.40", "127.0.0.18"
PRESETS = Path(__file__).resolve().parents[2] / "conf/crm"


def domain(name, admin, **more):
    return {"require": ["network", "login", "tls"], "networks": ["127.0.0.16/28"], "logins": [f"crm@{name}"], "return_path": "{token}@bounce.example.com",
            "admins": [f"{admin}@example.com"], "suspend": {"after": 3}, **more}


SECONDS = 120
LAB = {"auth": "crmrelay", "service": {"presets": str(PRESETS), "retry_after": [1, 2]}, "domains": {
    "example.com": domain("example.com", "postmaster"),
    "password.test": domain("password.test", "alice"),
    "network.test": domain("network.test", "bob", crm="zoho"),
    "berlin.test": domain("berlin.test", "archive", timezone="Europe/Berlin"),
    "york.test": domain("york.test", "archive", timezone="America/New_York"),
    "night.test": domain("night.test", "employee", crm="zoho", timezone="Asia/Tokyo"),
    "back.test": domain("back.test", "bounces", bounces="address:nobody-reads@crm.test"),
}}


def send(lab, name, address=INSIDE, login=None, to=None, **more):
    """One message of that domain."""
    to = to or lab.to()
    return lab.crm(address=address, login=login or f"crm@{name}").send(to, from_header=f"Sales <sales@{name}>", **more), to


def fail(lab, name):
    """A failure that counts: the right password from a wrong address. Waits until it is in the log."""
    before = len(lab.events.find("strike", domain=name))
    refused(lab, send(lab, name, OUTSIDE)[0], "network", stage="rcpt")
    return lab.events.wait("strike", domain=name, count=before + 1)


def goes(lab, name, **more):
    result, to = send(lab, name, **more)
    return relayed(lab, result, to)


def ctl(lab):
    """How advice names crmrelayctl here."""
    return f"crmrelayctl -c {lab.daemons.config}"


def explain(lab, *asked):
    said = lab.daemons.ctl("explain", *asked)
    assert said.code == 0, said
    return said.out


def change(lab, name, **keys):
    """The administrator edits the domain's settings and reloads."""
    lab.daemons.domains.setdefault(name, {}).update(keys)
    lab.daemons.write()
    lab.daemons.reload()


def at(lab, moment):
    """The daemons' clock goes on from this moment."""
    lab.daemons.clock = int(datetime.fromisoformat(moment).timestamp() - time.time())
    lab.daemons.restart("policyd", "milter", "bounced")


def real_time(lab):
    lab.daemons.clock = 0
    lab.daemons.restart("policyd", "milter", "bounced")


def line_of(lab, pattern):
    """The last line of Postfix's log that fits."""
    def found():
        return next((line for line in reversed(lab.postfix.log().splitlines()) if re.search(pattern, line)), None)
    return wait_until(found, 15, f"a line {pattern} in Postfix's log")


def mail(lab, user, wanted):
    return lab.maildir(user).wait_for(wanted, 40)


def story_authentication_error_check_the_password(lab):
    """The CRM shows an authentication error. The log says wrong-password; explain says: check the password; verify says that it is the old one, and
    a new app password mends it."""
    with lab.crm(address=INSIDE, login="crm@password.test", password="the old one").session() as session:
        assert session.auth.code == 535, session.auth
    failed = lab.events.wait("auth-failed", login="crm@password.test")
    said = explain(lab, failed.text)
    assert "check the password" in said and "app password" in said and f"{ctl(lab)} login verify crm@password.test" in said, said
    assert lab.daemons.ctl("login", "verify", "crm@password.test", input="the old one\n").code == 1
    former = lab.passwords["crm@password.test"]
    fresh = lab.add_login("crm@password.test")
    assert lab.daemons.ctl("login", "verify", "crm@password.test", input=fresh + "\n").code == 0
    goes(lab, "password.test")
    lab.passwords["crm@password.test"] = former     # the CRM changes over without a lost message
    goes(lab, "password.test")


def story_a_certificate_that_the_crm_does_not_trust(lab):
    """The CRM gives up in the TLS handshake. crmrelay's log says so, and explain what to look at."""
    try:
        Crm(lab.port("crm"), ssl.create_default_context(), "127.0.0.24", tls="starttls").session()
        raise AssertionError("a certificate of the lab's own is trusted")
    except ssl.SSLError:
        pass
    ended = lab.events.wait("ended-early", client="127.0.0.24")
    assert (ended["probable"], ended["greetings"], ended.get("tls")) == ("tls", "1", ""), ended
    said = explain(lab, ended.text)
    assert "does not accept this server's certificate" in said and "openssl s_client -starttls smtp" in said, said


def story_two_factor_needs_an_app_password(lab):
    """A mailbox's own password (alice's, who has two-factor authentication) is none of the CRM's: only an app password works."""
    with lab.crm(address=INSIDE, login="employee@example.com", password=lab.sasl.logins["employee@example.com"]).session() as session:
        assert session.auth.code == 535, session.auth
    said = explain(lab, "535")
    assert "Two-factor" in said and "app password" in said, said
    change(lab, "password.test", logins=["crm@password.test", "employee@example.com"])
    lab.add_login("employee@example.com")
    goes(lab, "password.test", login="employee@example.com")


def story_whitelist_the_addresses(lab):
    """The CRM sends from a new address. explain reads the line of Postfix's log and names what to list; listed and reloaded, it goes."""
    refused(lab, send(lab, "network.test", "127.0.0.90")[0], "network", stage="rcpt")
    line = line_of(lab, r"NOQUEUE: reject: RCPT from \S*\[127\.0\.0\.90\].*\[crmrelay:network\]")
    said = explain(lab, line)
    for want in ("client", "127.0.0.90", "whitelist the CRM's addresses", f"{ctl(lab)} crm zoho", "`networks` of network.test", "--login crm@network.test"):
        assert want in said, (want, said)
    foretold = lab.daemons.ctl("explain", "--client", "127.0.0.90", "--login", "crm@network.test", "--tls", "--from", "sales@network.test")
    assert foretold.code == 1 and f"{ctl(lab)} explain network" in foretold.out, foretold
    change(lab, "network.test", networks=["127.0.0.16/28", "127.0.0.90"])
    goes(lab, "network.test", address="127.0.0.90")


def story_every_domain_needs_its_own_settings(lab):
    """A colleague writes as another of our domains: refused by its queue id's record, told "add this domain", and with its own settings it goes."""
    result = lab.crm(address=INSIDE, login="crm@example.com").send(lab.to(), from_header="Sales <sales@second.test>")
    refused(lab, result, "from", stage="data")
    line = line_of(lab, r"milter-reject: END-OF-MESSAGE.*\[crmrelay:from\]")
    queue_id = re.search(r" ([0-9A-Za-z]{6,}): milter-reject", line)[1]

    def on_record():
        said = lab.daemons.ctl("explain", queue_id)
        return said.out if said.code == 0 else None
    said = wait_until(on_record, 15, f"the record of {queue_id}")
    for want in ("sales@second.test", "login crm@example.com", "every domain needs its own", "Add the domain"):
        assert want in " ".join(said.split()), (want, said)
    known = lab.daemons.ctl("explain", "--json", queue_id).json
    assert [(r["reason"], r["client"], r["queue_id"]) for r in known["refusals"]] == [("from", INSIDE, queue_id)], known
    assert known["advice"][0]["steps"][0]["command"] == "systemctl reload crmrelay.target", known
    assert "add this domain" in mail(lab, "postmaster", lambda m: "second.test, which is not configured" in m["Subject"]).get_content()
    change(lab, "second.test", **domain("second.test", "postmaster", networks=["127.0.0.64/28"]))
    lab.add_login("crm@second.test")
    refused(lab, send(lab, "second.test", INSIDE)[0], "network")          # the first domain's networks are not its own
    goes(lab, "second.test", address="127.0.0.66")
    del lab.daemons.domains["second.test"]
    change(lab, "example.com")


def story_three_failures_then_the_crm_sends_by_itself_until_the_next_day(lab):
    """In real time: the third failure suspends; the CRM's own servers deliver meanwhile, past crmrelay; the reason explains itself; the next day it
    goes through us again."""
    for _ in range(3):
        fail(lab, "night.test")
    off = lab.events.wait("suspended", domain="night.test")
    refusal = refused(lab, send(lab, "night.test")[0], "suspended", code=451, stage="rcpt")
    said = explain(lab, str(refusal))
    assert "until the next day" in said and "from its own servers" in said and f"{ctl(lab)} resume night.test" in said, said
    notice = mail(lab, "employee", lambda m: m["Subject"].startswith("night.test: relaying is suspended")).get_content()
    notice = " ".join(notice.split())
    assert "directly from its own servers" in notice and notice.count(f"client {OUTSIDE} is not in") == 3, notice
    seen = len(lab.events.since())
    direct = lab.crm(address=INSIDE, login=None, host=lab.recipient.address, port=lab.recipient.port, tls="none").send(to := lab.to("direct"), from_header="Sales <sales@night.test>")
    assert direct.accepted and lab.recipient.wait_for(to).sender == "return@crm.test", direct
    assert not [event for event in lab.events.since()[seen:] if to in event.text]
    try:
        at(lab, off["until"])
        assert lab.events.wait("resumed", domain="night.test")["by"] == "midnight"
        goes(lab, "night.test")
    finally:
        real_time(lab)


def story_a_leap_into_the_next_day_between_two_and_three(lab):
    """Two failures shortly before midnight in Tokyo, the third after it: no suspension; the row has begun anew."""
    try:
        at(lab, "2035-01-15T12:00:00+09:00")
        for _ in range(2):
            fail(lab, "night.test")
        at(lab, "2035-01-16T00:00:01+09:00")
        fail(lab, "night.test")
        assert lab.events.find("strike", domain="night.test")[-1]["in_a_row"] == "1"
        assert not lab.events.find("suspended", domain="night.test")
        goes(lab, "night.test")
    finally:
        real_time(lab)


def summer_and_winter(lab, name, begin, nearly, until):
    """Suspended just after `begin`, still so at `nearly`, and free again at `until`, without traffic."""
    try:
        at(lab, begin)
        for _ in range(3):
            fail(lab, name)
        assert lab.events.wait("suspended", domain=name)["until"] == until, lab.events.find("suspended", domain=name)
        at(lab, nearly)
        assert until in refused(lab, send(lab, name)[0], "suspended", code=451).text
        place = lab.events.now()
        at(lab, (datetime.fromisoformat(until) - timedelta(seconds=6)).isoformat())
        assert lab.events.wait("resumed", deadline=60, since=place, domain=name)["by"] == "midnight"
        goes(lab, name)
    finally:
        real_time(lab)


def story_the_day_of_23_hours(lab):
    """In Berlin the clock goes forward: suspended at one in the morning, the domain is free 22 hours later, at midnight."""
    summer_and_winter(lab, "berlin.test", "2035-03-25T01:00:00+01:00", "2035-03-25T23:58:00+02:00", "2035-03-26T00:00:00+02:00")


def story_the_day_of_25_hours(lab):
    """In New York it goes back: 24 hours after midnight the day is not over yet."""
    summer_and_winter(lab, "york.test", "2035-11-04T00:00:05-04:00", "2035-11-04T23:10:00-05:00", "2035-11-05T00:00:00-05:00")


def story_bounces_go_missing(lab):
    """Bounces do not come to the CRM: its return address is wrong. The administrators are told, trace shows it; with the right address they come. A CRM
    that asks for no bounces (NOTIFY=NEVER) gets none: bounce management must be on."""
    lab.catcher.rule("nobody-reads", "rcpt", "550 5.1.1 no such mailbox")
    result, to = send(lab, "back.test", to=lab.to("nobody"))
    assert result.accepted, result
    lab.events.wait("bounce", type="handback-failed", deadline=40)
    mail(lab, "bounces", lambda m: "to nobody-reads@crm.test was not delivered" in m["Subject"])
    said = explain(lab, "bounce-address")
    assert "bounce management" in said and "return address" in said and f"{ctl(lab)} trace ID" in said, said
    assert "nobody-reads@crm.test" in lab.daemons.ctl("trace", result.queue_id).out
    change(lab, "back.test", bounces="address:returns@crm.test")
    result, to = send(lab, "back.test", to=lab.to("nobody"))
    handed = lab.catcher.wait_for("returns@crm.test", 40)
    assert to in handed.content.decode(), handed.content
    result, to = send(lab, "back.test", to=lab.to("nobody"), rcpt_options="NOTIFY=NEVER")
    assert result.accepted, result
    lab.recipient.wait_for_attempt(lambda attempt: any(rcpt.address == to for rcpt in attempt.refused))
    wait_until(lambda: not lab.postfix.pending(), 20, "an empty queue")
    assert "NOTIFY=NEVER" in lab.daemons.ctl("trace", result.queue_id).out
    assert not lab.events.find("bounce", recipient=lambda said: to in said)


def story_a_relayed_message_was_not_refused(lab):
    """Asked about a message that was relayed, explain says so, and what its recipient's server answered."""
    result, to = send(lab, "example.com", to=lab.to("nobody"))
    assert result.accepted, result
    lab.events.wait("bounce", type="bounce", recipient=lambda said: to in said)
    said = explain(lab, result.queue_id)
    assert "It was not refused" in said and "No such user here" in said and f"{ctl(lab)} trace {result.queue_id}" in said, said


def story_every_reason_in_english_and_japanese(lab):
    """Each reason in brackets has its words in both languages, by name and in a line."""
    reasons = "network login tls certificate tenant dkim from limit suspended bounce-address unavailable password".split()
    for reason in reasons:
        english, japanese = explain(lab, "--language", "en", reason), explain(lab, "--language", "ja", reason)
        assert "What to do" in english and "対処" in japanese and reason in japanese, japanese
        assert not re.search(r"(?m)^  (- |\d+\. )[ -~]*$", japanese), japanese     # no line of prose is left in English
        known = json.loads(explain(lab, "--json", "--reason", reason))
        assert known["advice"][0]["reason"] == reason and known["advice"][0]["title"] in english, known
    assert (build_folder() / "po").exists()
