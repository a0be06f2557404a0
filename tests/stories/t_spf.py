# SPDX-License-Identifier: BSD-2-Clause
"""Networks that follow the CRM: a record that says who may relay, changes, vanishes, fails, passes everyone. The DNS server and its zones are real.

An answer holds for its TTL, a minute at least: what waits for that waits for the event that tells of it.
"""
import threading
import time

from judge import refused, relayed, untouched
from lab import wait_until
from lab.daemons import DOMAIN
from lab.dns import Dns
from lab.postfix import AUTH

TTL = 1             # of all records; crmrelay keeps an answer for a minute at least
HOLDS = 62          # for so long, in seconds
AGED = 90           # by then an answer has been asked for again
LOOK_UP = 5         # crmrelay's deadline of a look-up
OPEN, TURNED, DEAD, GONE, PLACE = (f"_{name}.crm.test" for name in ("open", "turned", "dead", "gone", "place"))

NAMES = {
    "example.com": ["_spf.crm.test", "_each.crm.test"],
    "gone.test": [GONE],
    "dead.test": [DEAD],
    "open.test": [OPEN],
    "turned.test": [TURNED],
}
SECONDS = 125
LAB = dict(
    daemons=False,
    domains={
        **{name: {**DOMAIN, "networks": [f"spf:{spf}" for spf in names], "logins": [f"crm@{name}"]} for name, names in NAMES.items()},
        "place.test": {**DOMAIN, "networks": [f"spf:{PLACE}"], "logins": [], "require": ["network"]},
    },
    logins={"employee@example.com": "password", **{f"crm@{name}": "password" for name in NAMES}},
)
CHANGES = ("127.0.0.20", "127.0.0.21")      # passed at first, and later
GOES, STAYS = "127.0.0.22", "127.0.0.23"    # passed by GONE, by DEAD


def setup(lab):
    """The zones, the daemons, and the first answers about those that are to grow old."""
    lab.dns = lab.enter(Dns())
    lab.daemons.service["resolver"] = [f"{lab.dns.host}:{lab.dns.port}"]
    lab.daemons.write()
    publish(lab, "_spf.crm.test", f"v=spf1 include:_more.crm.test ip4:127.0.0.32/29 ip4:{CHANGES[0]} -all")
    publish(lab, "_more.crm.test", "v=spf1 ip4:127.0.0.17 ~all")
    publish(lab, "_each.crm.test", "v=spf1 exists:%{i}._ok.crm.test -all")
    lab.dns.set("127.0.0.70._ok.crm.test", "A", "127.0.0.2", ttl=TTL)
    publish(lab, GONE, f"v=spf1 ip4:{GOES} -all")
    publish(lab, DEAD, f"v=spf1 ip4:{STAYS} -all")
    publish(lab, PLACE, "v=spf1 ip4:127.0.0.65 -all")
    publish(lab, TURNED, "v=spf1 ip4:127.0.0.66 -all")
    publish(lab, OPEN, "v=spf1 ip4:0.0.0.0/1 ip4:128.0.0.0/1 ip6:::/0 -all")
    lab.postfix.service("strict", lab.ports.free(), {**AUTH, "smtpd_relay_restrictions": lab.postfix.get("smtpd_relay_restrictions").replace("defer_una", "reject_una")})
    lab.postfix.reload()
    lab.daemons.start()
    for address, domain in ((CHANGES[0], "example.com"), (GOES, "gone.test"), (STAYS, "dead.test"), ("127.0.0.66", "turned.test")):
        relayed(lab, mail(lab, address, domain, to := lab.to()), to)
    lab.known_since = lab.probed_since = time.monotonic()


def publish(lab, name, record):
    lab.dns.set(name, "TXT", record, ttl=TTL)


def mail(lab, address, domain, to, **more):
    """A message for that domain by its own login."""
    return lab.crm(address=address, login=f"crm@{domain}", **more).send(to, from_header=f"a@{domain}")


def restart(lab):
    """policyd, which probes every name when it starts."""
    lab.daemons.restart("policyd")
    lab.probed_since = time.monotonic()


def network(lab, domain, name):
    """What status says of a name, as JSON."""
    return next(known for known in lab.daemons.ctl("status", domain, "--json").json[0]["networks"] if known["name"] == name)


def ask_until(lab, address, domain, happened):
    """Mail of that client, again and again until `happened`; the answers."""
    answers = []

    def once_more():
        answers.append(mail(lab, address, domain, lab.to()))
        return happened()
    wait_until(once_more, AGED, lambda: f"the answer to be asked for again; the last one was {answers[-1]}", step=1)
    return answers


def story_the_record_says_who_may_relay(lab):
    """My CRM publishes its addresses: one that the record passes relays, by a list, an include or a record that is asked anew for each address; one that it
    does not pass is refused, and the log tells of each that is passed."""
    for address in ("127.0.0.17", "127.0.0.33", "127.0.0.70"):
        relayed(lab, mail(lab, address, "example.com", to := lab.to()), to)
        lab.events.wait("network", client=address, status="passed", network=lambda name: name in ("spf:_spf.crm.test", "spf:_each.crm.test"))
    for address in ("127.0.0.60", "127.0.0.40"):
        refusal = refused(lab, mail(lab, address, "example.com", lab.to()), "network", stage="rcpt")
        assert f"client {address} is not in this domain's networks" in refusal.text, refusal
    assert lab.dns.asked("127.0.0.60._ok.crm.test") and not lab.events.find("network", client="127.0.0.60")
    relayed(lab, lab.crm(address="127.0.0.65", login=None).send(to := lab.to(), from_header="a@place.test"), to)


def story_ordinary_mail_asks_nothing(lab):
    """Mail to my own users, whoever sends it, and my employees' mail cause no look-up; an attempt to relay does."""
    def asked(address):
        return lab.dns.asked(f"{address}._ok.crm.test")
    for service in ("smtp", "crm"):
        subject = lab.unique("ordinary")
        sender = lab.remote(address="127.0.0.51", service=service, tls="none" if service == "smtp" else "starttls")
        assert sender.send("alice@example.com", headers={"Subject": subject}).accepted
        assert lab.maildir("alice").wait_for(subject)
    for service in ("submission", "crm"):
        to = lab.to()
        untouched(lab, lab.employee(address="127.0.0.52", service=service).send(to, sender="employee@example.com", from_header="e@example.com"), to, "employee@example.com")
    assert not asked("127.0.0.51") and not asked("127.0.0.52"), lab.dns.asked()
    refused(lab, mail(lab, "127.0.0.52", "example.com", lab.to()), "network")
    assert asked("127.0.0.52")


def story_the_dns_server_is_silent(lab):
    """My resolver falls silent. Known clients of the CRM keep relaying; a new one is told to come again; mail of a stranger to my users passes; nobody else waits."""
    lab.dns.mode(DEAD, "silent")
    lab.dns.mode(PLACE, "silent")
    try:
        began, answers = time.monotonic(), {}
        waits = threading.Thread(target=lambda: answers.update(new=mail(lab, "127.0.0.24", "dead.test", lab.to())))
        waits.start()
        wait_until(lambda: lab.dns.asked(DEAD), 10, "the look-up to begin")
        for address, domain in (("127.0.0.17", "example.com"), (STAYS, "dead.test")):
            relayed(lab, mail(lab, address, domain, to := lab.to()), to)
        assert waits.is_alive() and time.monotonic() - began < LOOK_UP, "others waited for the look-up"
        waits.join(60)
        refusal = refused(lab, answers["new"], "unavailable", 451)
        assert "127.0.0.24" in refusal.text and "cannot be looked up now" in refusal.text, refusal

        stranger = lab.remote(address="127.0.0.67", service="strict")
        subject = lab.unique("while DNS is down")
        assert stranger.send("alice@example.com", headers={"Subject": subject}).accepted
        assert lab.maildir("alice").wait_for(subject)
        refusal = stranger.send(lab.to(), from_header="a@place.test").refusal      # would be told 554, were it known that it is none of the CRM's
        assert (refusal.code, refusal.reason) == (450, "unavailable"), refusal
    finally:
        lab.dns.mode(PLACE, None)
        lab.dns.mode(DEAD, None)


def story_last_good_answers_serve(lab):
    """DNS fails for longer than an answer holds: the CRM's known clients keep relaying, also after a restart of crmrelay, the log says that the look-ups fail and status
    how old the answers are."""
    lab.dns.mode(DEAD, "servfail")
    try:
        relayed(lab, mail(lab, STAYS, "dead.test", to := lab.to()), to)
        wait_until(lambda: time.monotonic() > lab.known_since + HOLDS, AGED, "the answer to be old")
        asked = len(lab.dns.asked(DEAD))
        answers = ask_until(lab, STAYS, "dead.test", lambda: len(lab.dns.asked(DEAD)) > asked)
        assert all(answer.accepted for answer in answers), [str(answer) for answer in answers if not answer.accepted]
        assert any(event["network"] == f"spf:{DEAD}" and event["problem"] and event["last_good"] != "never"
                   for event in lab.events.find("network", since=0, status="failing"))
        refused(lab, mail(lab, "127.0.0.25", "dead.test", lab.to()), "unavailable", 451)

        asked = len(lab.dns.asked(DEAD))
        restart(lab)
        wait_until(lambda: len(lab.dns.asked(DEAD)) > asked, 10, "crmrelay to ask again")
        relayed(lab, mail(lab, STAYS, "dead.test", to := lab.to()), to)
        refused(lab, mail(lab, "127.0.0.26", "dead.test", lab.to()), "unavailable", 451)
        known = network(lab, "dead.test", DEAD)
        assert known["failing_since"] and known["answered_at"] and known["clients"] == 1 and DEAD in known["last_error"], known
        said = lab.daemons.ctl("status").out
        line = next(line for line in said.splitlines() if line.startswith(f"spf:{DEAD}: fails since"))
        assert "the last good answer is " in line and " old" in line, line
    finally:
        lab.dns.mode(DEAD, None)


def story_the_record_changes(lab):
    """The CRM takes an address out of its record and adds another: when the former answers have run out crmrelay follows, and the log names both."""
    former, new = CHANGES
    refused(lab, mail(lab, new, "example.com", lab.to()), "network")
    publish(lab, "_spf.crm.test", f"v=spf1 include:_more.crm.test ip4:127.0.0.32/29 ip4:{new} -all")
    ask_until(lab, former, "example.com", lambda: lab.events.find("network", client=former, status="no longer passed"))
    ask_until(lab, new, "example.com", lambda: lab.events.find("network", client=new, status="passed"))
    gone = lab.events.wait("network", client=former, status="no longer passed")
    assert gone["network"] == "spf:_spf.crm.test" and gone["passed_until"], gone
    refused(lab, mail(lab, former, "example.com", lab.to()), "network")
    relayed(lab, mail(lab, new, "example.com", to := lab.to()), to)
    relayed(lab, mail(lab, "127.0.0.17", "example.com", to := lab.to()), to)


def story_the_record_vanishes(lab):
    """The CRM's record is gone, and DNS says so: nobody is in that network any more, and log and status say why."""
    lab.dns.remove(GONE)
    ask_until(lab, GOES, "gone.test", lambda: lab.events.find("network", client=GOES, status="no longer passed"))
    failing = lab.events.wait("network", network=f"spf:{GONE}", status="failing")
    assert GONE in failing["problem"], failing
    refused(lab, mail(lab, GOES, "gone.test", lab.to()), "network")
    known = wait_until(lambda: (known := network(lab, "gone.test", GONE))["failing_since"] and known, 20, "status to know of it")
    assert known["clients"] == 0 and GONE in known["last_error"], known


def story_a_record_that_begins_to_pass_everyone(lab):
    """A record that was fine passes the whole Internet one day: the first new client that it would let in gives it away, and is refused; the known ones are, too."""
    wait_until(lambda: time.monotonic() > lab.probed_since + HOLDS, AGED, "the last probes to be a minute old")
    publish(lab, TURNED, "v=spf1 +all")
    refused(lab, mail(lab, "127.0.0.99", "turned.test", lab.to()), "network")
    assert lab.events.wait("config", network=f"spf:{TURNED}", problem=lambda text: "belong to nobody" in text).severity == 3
    refused(lab, mail(lab, "127.0.0.66", "turned.test", lab.to()), "network")


def story_a_record_that_passes_everyone(lab):
    """A record passes the whole Internet: an error in the log says so and nobody is let in by it, until it is mended."""
    problem = lab.events.wait("config", since=0, network=f"spf:{OPEN}", problem=lambda text: "belong to nobody" in text)
    assert problem.severity == 3 and "192.0.2.1" in problem["problem"], problem
    refused(lab, mail(lab, "127.0.0.17", "open.test", lab.to()), "network")
    wait_until(lambda: network(lab, "open.test", OPEN)["refused"], 20, "status to know of it")
    assert f"spf:{OPEN}: passes everyone: it is not used" in lab.daemons.ctl("status").out

    publish(lab, OPEN, "v=spf1 ip4:127.0.0.17 -all")
    restart(lab)
    lab.events.wait("config", network=f"spf:{OPEN}", status=lambda text: "no longer passes everyone" in text)
    relayed(lab, mail(lab, "127.0.0.17", "open.test", to := lab.to()), to)
