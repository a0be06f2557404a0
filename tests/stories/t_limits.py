# SPDX-License-Identifier: BSD-2-Clause
"""Limits of messages an hour and a day and of recipients a message: a stolen password does not flood through us, and the administrators hear of it in time."""
from judge import refused, relayed
from lab.daemons import DOMAIN
from reports import DEADLINE, select, settled

LOGINS = [f"{name}@example.com" for name in ("crm", "second", "dayly", "heavy")]
LIMITED = {**DOMAIN, "logins": LOGINS, "limits": {"per_hour": 5, "per_day": 8, "recipients": 3}}
LAB = {
    "auth": "crmrelay",
    "domains": {
        "example.com": LIMITED,
        "example.org": {**DOMAIN, "logins": ["crm@example.org"], "return_path": "{token}@bounce.example.org", "limits": {"per_day": 5}},
    },
}


def send(lab, login, from_header="Sales <sales@example.com>"):
    result = lab.crm(login=login).send(to := lab.to(), from_header=from_header)
    if result.accepted:
        relayed(lab, result, to, "bounce." + from_header.strip(">").rpartition("@")[2])
    return result


def fill(lab, login, count, **more):
    for _ in range(count):
        assert (result := send(lab, login, **more)).accepted, result


def limited(lab, login, window, **more):
    """The next message of this login is put off, with the words that say why."""
    refusal = refused(lab, send(lab, login, **more), "limit", code=451, stage="data")
    assert refusal.text.startswith("4.7.1 ") and login in refusal.text and f"within one {window}" in refusal.text and "room again at" in refusal.text, refusal
    return refusal


def notices(lab, login, percent):
    words = "80 % of the limit" if percent == 80 else "is reached"
    return [mail for mail in lab.maildir("postmaster").messages() if words in mail["Subject"] and mail["Subject"].endswith(f", login {login}")]


def used(lab, login, domain="example.com"):
    """(within the last hour, within the last day) as crmrelayctl status says."""
    limits = next(row for row in lab.daemons.ctl("status", "--json").json if row["domain"] == domain)["limits"]
    return next((row["last_hour"], row["last_day"]) for row in limits["used"] if row["login"] == login)


def story_one_logins_limit_is_reached(lab):
    """Five messages an hour: the sixth of that login is put off, every other login and domain goes on, and mail that is not the CRM's is not counted."""
    login = "crm@example.com"
    fill(lab, login, 5)
    limited(lab, login, "hour")
    limited(lab, login, "hour")
    fill(lab, "second@example.com", 1)
    fill(lab, "crm@example.org", 1, from_header="shop@example.org")
    assert lab.employee().send(to := lab.to()).accepted
    lab.recipient.wait_for(to)
    assert used(lab, login) == (5, 5) and used(lab, "second@example.com") == (1, 1)
    shown = lab.daemons.ctl("status", "example.com").out
    assert f"5 of 5 messages within the last hour, login {login}" in shown and f"5 of 8 messages within the last day, login {login}" in shown, shown


def story_the_administrators_are_told_once(lab):
    """At 80 % and when the limit is reached the administrators get a mail each, and only one however often the CRM tries on."""
    login = "second@example.com"
    assert not notices(lab, login, 80)
    fill(lab, login, 4 - used(lab, login)[0])
    lab.maildir("postmaster").wait_for(lambda _: notices(lab, login, 80), DEADLINE)
    assert not notices(lab, login, 100)
    fill(lab, login, 1)
    for _ in range(3):
        limited(lab, login, "hour")
    lab.maildir("postmaster").wait_for(lambda _: notices(lab, login, 100), DEADLINE)
    settled(lab)
    warned, reached = notices(lab, login, 80), notices(lab, login, 100)
    assert (len(warned), len(reached)) == (1, 1), [str(mail["Subject"]) for mail in warned + reached]
    assert warned[0]["Subject"] == f"example.com: 80 % of the limit of 5 messages within one hour, login {login}"
    text = " ".join(reached[0].get_content().split())
    assert f"The login {login} of example.com has had 5 messages relayed within one hour" in text and "per_hour = 5" in text and "crmrelayctl login add" in text, text
    assert reached[0]["To"].strip("<>") == "postmaster@example.com"
    kinds = select(lab, "SELECT action, count(*) FROM events WHERE type = 'limit' AND diagnostic LIKE ? GROUP BY action ORDER BY action", f"%login {login}")
    assert kinds == [("reached", 1), ("warned", 1)], kinds


def story_a_restart_forgets_nothing(lab):
    """What was relayed before policyd is restarted, or killed, still counts afterwards."""
    login = "dayly@example.com"
    fill(lab, login, 3)
    lab.daemons.restart("policyd")
    fill(lab, login, 1)
    lab.daemons.kill("policyd")
    lab.daemons.start("policyd")
    fill(lab, login, 1)
    limited(lab, login, "hour")
    assert used(lab, login) == (5, 5)


def story_a_day_has_a_limit_of_its_own(lab):
    """The day's limit counts alone where no hour's is set, and one that I raise counts at once, without what was relayed being forgotten."""
    shop = dict(from_header="shop@example.org")
    fill(lab, "crm@example.org", 5 - used(lab, "crm@example.org", "example.org")[1], **shop)
    limited(lab, "crm@example.org", "day", **shop)
    lab.daemons.domains["example.org"]["limits"] = {"per_day": 6}
    lab.daemons.write()
    lab.daemons.reload("policyd")
    fill(lab, "crm@example.org", 1, **shop)
    limited(lab, "crm@example.org", "day", **shop)


def story_too_many_recipients(lab):
    """A message with more recipients than the domain allows is put off as a whole, does not count, and one with as many as are allowed goes."""
    login = "heavy@example.com"
    result = lab.crm(login=login).send([lab.to() for _ in range(4)])
    refusal = refused(lab, result, "limit", code=451, stage="data")
    assert "has 4 recipients" in refusal.text and "limit is 3" in refusal.text, refusal
    assert used(lab, login) == (0, 0)
    several = [lab.to() for _ in range(3)]
    result = lab.crm(login=login).send(several)
    assert result.accepted, result
    for to in several:
        lab.recipient.wait_for(to)
    assert used(lab, login) == (1, 1)
