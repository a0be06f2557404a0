# SPDX-License-Identifier: BSD-2-Clause
"""What I am told as the administrator: in my language, each cause once a day, the rest the next day, and my domain's figures when I asked for them."""
import base64
import re
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

from judge import refused, relayed
from lab.daemons import DOMAIN
from reports import settled

JAPAN = timezone(timedelta(hours=9))
TOMORROW = datetime.now(JAPAN) + timedelta(days=1)    # of when the stories began


def domain(name, admin, **more):
    return {**DOMAIN, "require": [["network", "login", "tls"]], "logins": [f"crm@{name}"], "return_path": "{token}@bounce.example.com", "admins": [f"{admin}@example.com"], **more}


LAB = {"logins": {f"crm@{name}": "secret" for name in ("example.com", "daily.test", "weekly.test", "zz.test")}, "domains": {
    "example.com": domain("example.com", "postmaster", language="ja", timezone="Asia/Tokyo"),
    "daily.test": domain("daily.test", "alice", language="ja", timezone="Asia/Tokyo", digest="daily"),
    "weekly.test": domain("weekly.test", "bob", timezone="Asia/Tokyo", digest="weekly"),
    "zz.test": domain("zz.test", "archive", timezone="Asia/Tokyo"),
}}


@contextmanager
def at(lab, days=0, weekday=None, hour=12):
    """The daemons take it for that hour in Japan, `days` from tomorrow (or on the next such weekday after): no test runs over a midnight, and what they
    wrote before the shift does not lie in their future."""
    now = datetime.now(JAPAN)
    day = TOMORROW + timedelta(days=days)
    while weekday is not None and day.weekday() != weekday:
        day += timedelta(days=1)
    lab.daemons.clock = round((day.replace(hour=hour, minute=0) - now).total_seconds())
    lab.daemons.restart()
    yield (now + timedelta(seconds=lab.daemons.clock)).date()
    lab.daemons.clock = 0
    lab.daemons.restart()


def mails(lab, user, word):
    return [mail for mail in lab.maildir(user).messages() if word in str(mail["Subject"])]


def mail(lab, user, word, deadline=60):
    return lab.maildir(user).wait_for(lambda message: word in str(message["Subject"]), deadline)


def writes_as(lab, name):
    """A colleague writes from a domain that nobody configured."""
    result = lab.crm(address="127.0.0.18", login="crm@example.com").send(lab.to(), from_header=f"Sales <sales@{name}>")
    refused(lab, result, "from", stage="data")
    lab.events.wait("unconfigured", from_domain=name)


def octets_of(lab, user, message):
    """A mail as it lies there, not as Python would write it."""
    files = (path.read_bytes() for path in lab.maildir(user).folder.glob("*/*"))
    return next(octets for octets in files if message["Message-ID"].encode() in octets)


def text_of(message):
    return "".join(message.get_content().split())


def looked_at(lab, name="zz.test"):
    """Waits until bounced has looked at all domains since its start: the last one's digest, which is asked for only now, is there."""
    before = len(lab.maildir("archive").messages())
    lab.daemons.domains[name]["digest"] = "daily"
    lab.daemons.write()
    lab.daemons.reload("bounced")
    lab.maildir("archive").wait_for(lambda _: len(lab.maildir("archive").messages()) > before, 60)
    lab.daemons.domains[name]["digest"] = "none"
    lab.daemons.write()
    lab.daemons.reload("bounced")
    settled(lab)


def story_in_japanese_once_a_day_and_the_rest_tomorrow(lab):
    """The first notice of a cause comes at once, in Japanese and in seven bits; two further ones do not, and are told together the next day."""
    with at(lab) as today:
        writes_as(lab, "first.test")
        notice = mail(lab, "postmaster", "first.test")
        raw = octets_of(lab, "postmaster", notice)
        assert notice["Subject"] == "example.com: CRM の利用者が、未設定のドメイン first.test を差出人に使っています", notice["Subject"]
        assert notice["Auto-Submitted"] == "auto-generated" and notice["Return-Path"] == "<>" and notice.get_content_charset() == "utf-8", raw
        assert all(octet < 128 for octet in raw) and notice["Content-Transfer-Encoding"] == "base64", raw
        header = raw.partition(b"\n\n")[0]
        words = re.findall(rb"=\?UTF-8\?B\?[^?]*\?=", header)
        assert len(words) > 1 and all(len(word) <= 75 for word in words), header
        for word in words:
            base64.b64decode(word[10:-2]).decode()      # no character is split
        text = text_of(notice)
        assert "差出人(From)のドメインがfirst.testのメールが送られました" in text and "127.0.0.18" in text and f"{today}" in text and "(Asia/Tokyo)" in text, text
        for name in ("second.test", "third.test"):
            writes_as(lab, name)
        settled(lab)
        assert not mails(lab, "postmaster", "second.test") and not mails(lab, "postmaster", "third.test")
    with at(lab, days=1):
        rest = mail(lab, "postmaster", "のまとめ")
        assert rest["Subject"] == "example.com: その後のお知らせ 2 件のまとめ", rest["Subject"]
        text = text_of(rest)
        assert f"{today}:原因unconfiguredがさらに2件" in text and "second.test" in text and "third.test" in text and "first.test" not in text, text
        lab.daemons.restart("bounced")
        looked_at(lab)
        assert len(mails(lab, "postmaster", "のまとめ")) == 1
        writes_as(lab, "fourth.test")     # another day, another notice
        mail(lab, "postmaster", "fourth.test")


def story_the_daily_digest(lab):
    """The day after, my domain's figures come once, whatever is restarted; a day without mail has its line too."""
    with at(lab, days=3) as today:
        mail(lab, "alice", f"{today - timedelta(days=1)} の日次集計")          # switched on: the day before, at once
        relayed(lab, lab.crm(address="127.0.0.18", login="crm@daily.test").send(to := lab.to(), from_header="Sales <sales@daily.test>"), to)
        refused(lab, lab.crm(address="127.0.0.40", login="crm@daily.test").send(lab.to(), from_header="Sales <sales@daily.test>"), "network", stage="rcpt")
        bad = lab.to("nobody")
        assert lab.crm(address="127.0.0.18", login="crm@daily.test").send(bad, from_header="Sales <sales@daily.test>").accepted
        lab.events.wait("bounce", 60, domain="daily.test")
        settled(lab)
        lab.daemons.restart()           # refusals are counted lazily
    with at(lab, days=4):
        text = text_of(mail(lab, "alice", f"daily.test: {today} の日次集計"))
        for wanted in ("リレー:2", "拒否:1", "不達:1", "1network", "1dest.test", f"1{bad}", "現在の送信待ち:0件"):
            assert wanted in text, (wanted, text)
        lab.daemons.restart("bounced")
        looked_at(lab)
        assert len(mails(lab, "alice", f"daily.test: {today} の日次集計")) == 1
    with at(lab, days=5) as quiet:
        assert "この期間にリレー・拒否・不達はなく" in text_of(mail(lab, "alice", f"{quiet - timedelta(days=1)} の日次集計"))


def story_the_weekly_digest(lab):
    """On Monday the week's figures come, once, in English."""
    with at(lab, days=7, weekday=2) as wednesday:
        monday = wednesday - timedelta(days=2)
        relayed(lab, lab.crm(address="127.0.0.18", login="crm@weekly.test").send(to := lab.to(), from_header="Sales <sales@weekly.test>"), to)
        settled(lab)
        assert not mails(lab, "bob", f"the week from {monday} to")
    with at(lab, days=12, weekday=0) as next_monday:
        subject = f"weekly.test: the week from {next_monday - timedelta(days=7)} to {next_monday - timedelta(days=1)}"
        text = mail(lab, "bob", subject).get_content()
        assert next_monday - monday == timedelta(days=7) and re.search(r"Relayed: +1\n", text), text
    with at(lab, days=13, weekday=1):
        looked_at(lab)
        assert len(mails(lab, "bob", subject)) == 1


def story_an_end_of_a_suspension_is_told(lab):
    """I resume a domain by hand: the other administrators read it."""
    assert lab.daemons.ctl("suspend", "zz.test", "--why", "maintenance").code == 0
    lab.events.wait("suspended", domain="zz.test")
    assert lab.daemons.ctl("resume", "zz.test").code == 0
    text = mail(lab, "archive", "zz.test: relaying has resumed").get_content()
    assert "An administrator has ended the suspension of zz.test" in text and "maintenance" in text, text
