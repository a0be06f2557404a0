# SPDX-License-Identifier: BSD-2-Clause
"""Three failures in a row in one day: what counts, who is told, who is switched off, and how it ends."""
import time
from pathlib import Path

from judge import refused, relayed
from lab import wait_until

OUTSIDE, INSIDE = "127.0.0.40", "127.0.0.18"


def domain(name, admin, **more):
    return {"require": ["network", "login", "tls"], "networks": ["127.0.0.16/28"], "logins": [f"crm@{name}"], "return_path": "{token}@bounce.example.com",
            "admins": [f"{admin}@example.com"], "suspend": {"after": 3}, **more}


PRESETS = Path(__file__).resolve().parents[2] / "conf/crm"
SECONDS = 90
LAB = {"auth": "crmrelay", "service": {"presets": str(PRESETS)}, "domains": {
    "example.com": domain("example.com", "postmaster"),
    "one.test": domain("one.test", "alice", crm="zoho"),
    "two.test": domain("two.test", "bob", logins=["crm@two.test", "crm@shared.test"]),
    "three.test": domain("three.test", "bob", logins=["crm@three.test", "crm@shared.test"], networks=["127.0.0.64/28"], require=[["network", "login", "tls"]]),
    "told.test": domain("told.test", "employee", suspend={"after": 0}),
    "night.test": domain("night.test", "archive", timezone="UTC"),
    "guess.test": domain("guess.test", "bounces"),
}}


def send(lab, name, address=INSIDE, login=None, **more):
    """One message of that domain."""
    return lab.crm(address=address, login=login or f"crm@{name}").send(to := lab.to(), from_header=f"Sales <sales@{name}>", **more), to


def fail(lab, name):
    """A failure that counts: the right password from a wrong address. Waits until it is in the log."""
    before = len(lab.events.find("strike", domain=name))
    result, _ = send(lab, name, OUTSIDE)
    refused(lab, result, "network", stage="rcpt")
    return lab.events.wait("strike", domain=name, count=before + 1)


def status(lab, name):
    return lab.daemons.ctl("status", name, "--json").json[0]


def mail(lab, user, wanted):
    """A notice; bounced looks for what others have written every ten seconds."""
    return lab.maildir(user).wait_for(wanted, 40)


def goes(lab, name, **more):
    result, to = send(lab, name, **more)
    relayed(lab, result, to)


def story_the_third_failure_of_the_day(lab):
    """My CRM has the right password and a wrong address: at the second failure I am warned, at the third the domain is off until midnight, I read why in my
    mail, other domains go on, and when I have mended it I resume it."""
    goes(lab, "one.test")
    fail(lab, "one.test")
    with lab.crm(address=OUTSIDE, login="crm@one.test").session() as session:    # one message with several recipients is one failure
        result = session.send([lab.to(), lab.to(), lab.to()], from_header="Sales <sales@one.test>")
    assert len(result.rcpts) == 3 and not any(reply.ok for reply in result.rcpts.values()), result
    lab.events.wait("strike", domain="one.test", in_a_row="2")
    warned = mail(lab, "alice", lambda mail: "has failed 2 times" in mail["Subject"])
    assert "client 127.0.0.40 is not in this domain's networks" in warned.get_content() and "whitelist" in warned.get_content(), warned
    assert status(lab, "one.test")["strikes"] == {"today": 2, "in_a_row": 2, "after": 3}
    fail(lab, "one.test")
    off = lab.events.wait("suspended", domain="one.test")
    assert off["by"] == "strikes" and off["until"].endswith("T00:00:00Z"), off
    result, _ = send(lab, "one.test")
    refusal = refused(lab, result, "suspended", code=451, stage="rcpt")
    assert f"suspended until {off['until']}" in refusal.text and "3 failures in a row today" in refusal.text, refusal
    notice = mail(lab, "alice", lambda mail: mail["Subject"].startswith("one.test: relaying is suspended until")).get_content()
    assert notice.count("127.0.0.40 is not in") == 3 and "crmrelayctl resume one.test" in notice and "directly from its own servers" in notice, notice
    shown = status(lab, "one.test")
    assert shown["state"].startswith("suspended until 20") and "because" in shown["state"] and shown["suspended"]["by"] == "strikes", shown
    goes(lab, "example.com")
    assert lab.daemons.ctl("resume", "one.test").code == 0
    assert lab.events.wait("resumed", domain="one.test")["by"] == "administrator"
    goes(lab, "one.test")
    assert status(lab, "one.test")["state"] == "active"


def story_a_message_that_goes_out_ends_the_row(lab):
    """Two failures, a message that is relayed, two failures: nothing is switched off."""
    for _ in range(2):
        fail(lab, "example.com")
        fail(lab, "example.com")
        goes(lab, "example.com")
    assert status(lab, "example.com")["strikes"] == {"today": 4, "in_a_row": 0, "after": 3}
    assert not lab.events.find("suspended", domain="example.com")


def story_where_the_crm_does_not_fall_back_i_am_only_told(lab):
    """With after = 0 I am told at the second and third failure, and the next good message goes out."""
    for _ in range(4):
        fail(lab, "told.test")
    for times in (2, 3):
        mail(lab, "employee", lambda mail: f"has failed {times} times" in mail["Subject"])
    goes(lab, "told.test")
    assert not lab.events.find("suspended", domain="told.test")


def story_only_the_domain_that_fails_is_concerned(lab):
    """Two domains share a login and one of them has the wrong networks: that one alone is switched off, at the end of its messages."""
    login = "crm@shared.test"
    for number in range(3):
        result, _ = send(lab, "three.test", login=login)
        refused(lab, result, "network", stage="data")
        lab.events.wait("strike", domain="three.test", count=number + 1)
    lab.events.wait("suspended", domain="three.test")
    assert not lab.events.find("strike", domain="two.test")
    goes(lab, "two.test", login=login)
    result, _ = send(lab, "three.test", login=login)
    refused(lab, result, "network", stage="data")
    result, _ = send(lab, "three.test", address="127.0.0.65", login=login)
    refused(lab, result, "suspended", code=451)
    assert lab.daemons.ctl("resume", "three.test").code == 0


def story_suspended_by_hand(lab):
    """I switch a domain off and on by hand, with a reason of my own; it stays off until I say so."""
    assert lab.daemons.ctl("suspend", "two.test", "--why", "the password was stolen").code == 0
    assert lab.events.wait("suspended", domain="two.test")["by"] == "administrator"
    result, _ = send(lab, "two.test")
    refusal = refused(lab, result, "suspended", code=451, stage="rcpt")
    assert "until an administrator resumes it: the password was stolen" in refusal.text, refusal
    lab.daemons.restart("policyd")
    result, _ = send(lab, "two.test")
    refused(lab, result, "suspended", code=451, stage="rcpt")
    assert lab.daemons.ctl("resume", "two.test").code == 0
    lab.events.wait("resumed", domain="two.test")
    goes(lab, "two.test")
    assert lab.daemons.ctl("suspend", "nobody.test").code == 1
    assert lab.daemons.ctl("suspend", "two.test", "--until", "2001-01-01").code == 2


def story_a_wrong_password_warns_once_and_never_counts(lab):
    """My CRM has an old password: I get one mail a day that says so. Anybody in its cloud could cause that, so nothing is switched off."""
    for _ in range(4):
        with lab.crm(address=INSIDE, login="crm@guess.test", password="old").session() as session:
            assert session.auth.code == 535, session.auth
    notice = mail(lab, "bounces", lambda mail: "crm@guess.test is refused" in mail["Subject"]).get_content()
    assert "app password" in notice and INSIDE in notice and "does not count" in notice, notice
    goes(lab, "guess.test")
    assert status(lab, "guess.test")["strikes"]["today"] == 0


def story_strangers_and_neighbours_switch_nothing_off(lab):
    """A hundred tries by strangers, by another customer of the same cloud that knows my login's name, and by a colleague: no failure of mine, no suspension,
    and at most the one mail about wrong passwords."""
    mails = len(lab.maildir("bounces").messages())
    for number in range(25):
        for crm in (lab.crm(address=INSIDE, login=None), lab.crm(address=OUTSIDE, login=None), lab.crm(address=OUTSIDE, login=None, tls="none")):
            result = crm.send(lab.to(), from_header="Sales <sales@guess.test>")
            assert not result.accepted, result
        if number % 5 == 0:
            with lab.crm(address=f"127.0.0.{20 + number // 5}", login="crm@guess.test", password=f"guess{number}").session() as session:
                assert session.auth.code == 535
        result, _ = send(lab, "guess.test", address=OUTSIDE, login="crm@two.test")
        refused(lab, result, "network", stage="rcpt")
        if number % 2:
            goes(lab, "two.test")
    assert not lab.events.find("strike", domain="guess.test") and not lab.events.find("suspended"), lab.events.find("suspended")
    assert status(lab, "guess.test")["strikes"] == {"today": 0, "in_a_row": 0, "after": 3}
    assert len(lab.maildir("bounces").messages()) <= mails + 1
    goes(lab, "guess.test")


def story_a_from_domain_that_nobody_configured(lab):
    """A colleague writes from a domain that I forgot: refused, never counted, and I get a mail that says "add this domain"."""
    result = lab.crm(address=INSIDE, login="crm@example.com").send(lab.to(), from_header="Sales <sales@forgotten.test>")
    refused(lab, result, "from", stage="data")
    assert lab.events.wait("unconfigured")["from_domain"] == "forgotten.test"
    notice = mail(lab, "postmaster", lambda mail: "forgotten.test, which is not configured" in mail["Subject"]).get_content()
    assert "add this domain" in notice, notice
    assert not lab.events.find("strike")


def story_a_session_that_ends_before_mail(lab):
    """The CRM shows "authentication error" and there is nothing in the log of Postfix: crmrelay's log says that its session ended, and what was seen."""
    with lab.crm(address="127.0.0.26", login=None, tls="none").session():
        pass
    ended = lab.events.wait("ended-early", client="127.0.0.26")
    assert ended["probable"] == "tls" and ended["greetings"] == "1", ended
    with lab.crm(address="127.0.0.27", login="crm@two.test", password="wrong").session() as session:
        assert session.auth.code == 535
    ended = lab.events.wait("ended-early", client="127.0.0.27")
    assert (ended["probable"], ended["login"], ended["reason"]) == ("authentication", "crm@two.test", "wrong-password") and ended["tls"].startswith("TLSv1"), ended
    with lab.crm(address="127.0.0.28", login=None).session():
        pass
    assert lab.events.wait("ended-early", client="127.0.0.28")["probable"] == "authentication"
    with lab.crm(address=OUTSIDE, login=None).session():     # no network of mine
        pass
    with lab.crm(address="127.0.0.29", login="crm@two.test").session() as session:   # a test of the connection
        assert session.auth.code == 235
    with lab.crm(address="127.0.0.30", login=None, tls="none").session():
        pass
    lab.events.wait("ended-early", client="127.0.0.30")
    assert {event["client"] for event in lab.events.find("ended-early")} == {f"127.0.0.{n}" for n in (26, 27, 28, 30)}


def story_midnight_and_a_restart(lab):
    """Shortly before midnight the domain is switched off; a restart of policyd keeps that, and at midnight it resumes by itself, without any traffic.
    Two failures of yesterday and one of today are no row."""
    try:
        lab.daemons.clock = -int(time.time()) % 86400 - 45
        lab.daemons.restart("policyd", "milter", "bounced")
        for _ in range(3):
            fail(lab, "night.test")
        off = lab.events.wait("suspended", domain="night.test")
        lab.daemons.restart("policyd")
        result, _ = send(lab, "night.test")
        assert off["until"] in refused(lab, result, "suspended", code=451, stage="rcpt").text
        place = lab.events.now()
        assert lab.events.wait("resumed", deadline=60, since=place, domain="night.test")["by"] == "midnight"
        events = lab.daemons.ctl("status", "night.test", "--json").json[0]
        assert events["state"] == "active" and events["strikes"]["today"] in (0, 3), events
        goes(lab, "night.test")

        lab.daemons.clock = -int(time.time()) % 86400 - 20
        lab.daemons.restart("policyd", "milter", "bounced")
        midnight = time.time() + 20
        fail(lab, "example.com")
        fail(lab, "example.com")
        assert time.time() < midnight, "this machine is too slow for this story"
        wait_until(lambda: time.time() > midnight + 1, 40, "midnight")
        fail(lab, "example.com")
        assert lab.events.find("strike", domain="example.com")[-1]["in_a_row"] == "1"
        goes(lab, "example.com")
    finally:
        lab.daemons.clock = 0
        lab.daemons.restart("policyd", "milter", "bounced")
