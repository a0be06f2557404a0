# SPDX-License-Identifier: BSD-2-Clause
"""Reload while mail flows: what is new takes effect, what is broken changes nothing, and no message suffers from either."""
import re
import threading
from contextlib import contextmanager

from judge import refused, relayed, token_of
from lab.daemons import DOMAIN
from lab.util import wait_until

LAB = dict(domains={"example.com": {**DOMAIN, "networks": ["127.0.0.16/28", "127.0.0.96/28"]}})


@contextmanager
def traffic(lab, connections=3):
    """CRMs that send one message after the other until the `with` ends; then each must have been relayed."""
    over, sent, troubles = threading.Event(), [], []

    def send(number):
        try:
            while not over.is_set():
                with lab.crm(address=f"127.0.0.{17 + number}").session() as session:
                    for _ in range(5):
                        result = session.send(to := lab.to("traffic"))
                        sent.append((to, result))
        except Exception as trouble:    # told below, in the story's own thread
            troubles.append(trouble)

    threads = [threading.Thread(target=send, args=(number,), daemon=True) for number in range(connections)]
    for thread in threads:
        thread.start()
    try:
        yield sent
    finally:
        over.set()
        for thread in threads:
            thread.join(30)
    assert not troubles and len(sent) >= connections * 5, troubles
    for to, result in sent:
        relayed(lab, result, to)


def story_a_network_comes_and_goes(lab):
    """A network that I add may send from then on, one that I take out may not, and the CRMs that are sending do not notice."""
    new, old = lab.crm(address="127.0.0.50"), lab.crm(address="127.0.0.98")
    with traffic(lab):
        refused(lab, new.send(lab.to()), "network")
        relayed(lab, old.send(to := lab.to()), to)
        lab.daemons.domains["example.com"]["networks"] = ["127.0.0.16/28", "127.0.0.48/28"]
        lab.daemons.write()
        lab.daemons.reload()
        relayed(lab, new.send(to := lab.to()), to)
        refused(lab, old.send(lab.to()), "network")
    for program in ("policyd", "milter", "bounced"):
        assert lab.events.find("config", program=f"crmrelay-{program}"), program


def story_a_domain_and_a_login_are_added(lab):
    """A new company in domains.d, with a login of its own, is served after a reload; the milter knows its login while policyd is away."""
    crm = lab.crm(login="crm@example.org")
    with traffic(lab, 1):
        refused(lab, lab.crm().send(lab.to(), from_header="a@example.org"), "from")
        lab.daemons.domain_file("org", '[domain."example.org"]\nrequire = ["network", "login"]\nnetworks = ["127.0.0.16/28"]\n'
                                'logins = ["crm@example.org"]\nbounces = "crm"\n'
                                'return_path = "{token}@bounce.example.com"\nadmins = ["postmaster@example.org"]\n')
        lab.daemons.reload()
        relayed(lab, crm.send(to := lab.to(), from_header="a@example.org"), to)
    lab.daemons.stop("policyd")
    assert crm.send(lab.to(), from_header="a@example.org").refusal.reason == "unavailable"


BROKEN = {      # what is appended, and where it is wrong: the line after the good part's last, the column
    "[[[\n": (1, 3),
    "[domain.\"broken.test\"]\nnetwork = [\"192.0.2.0/24\"]\n": (2, 1),
    "[domain.\"broken.test\"]\nnetworks = [\"192.0.2.0/33\"]\n": (2, 13),
    "[domain.\"broken.test\"]\nnetworks = 5\n": (2, 12),
}


def story_a_broken_file_changes_nothing(lab):
    """A mistake in the file is named with line and column by every daemon; all of them go on with what they had, and the next good file is taken."""
    lab.daemons.write()
    good = lab.daemons.config.read_text()
    lines = len(good.splitlines())
    with traffic(lab):
        for broken, (line, column) in BROKEN.items():
            mark = lab.events.now()
            lab.daemons.config.write_text(good.replace("127.0.0.16/28", "127.0.0.240/28") + broken)
            said = lab.daemons.reload()
            relayed(lab, lab.crm().send(to := lab.to()), to)
            for program in ("policyd", "milter", "bounced"):
                place = rf"{re.escape(str(lab.daemons.config))}:{lines + line}:(\d+): "

                def columns():
                    said_so = [event.text for event in lab.events.since(mark) if event.program == f"crmrelay-{program}"]
                    return [int(match[1]) for text in said_so if (match := re.search(place, text))]
                wait_until(lambda: column in columns(), 15, lambda: f"{program} to name column {column} of {broken!r}; it named {columns()}, and said {said}")
                assert lab.daemons.test(program).code == 1
    lab.daemons.config.write_text(good)
    lab.daemons.reload()
    assert all(lab.daemons.test(program).code == 0 for program in ("policyd", "milter", "bounced"))
    relayed(lab, lab.crm().send(to := lab.to()), to)


def story_a_key_is_rotated(lab):
    """After `crmrelayctl key rotate` and a reload new messages get tokens of the new key, and bounces of the former ones still come home."""
    lab.recipient.rule("late", "data", "451 4.3.0 Not now")
    first = lab.to("late")
    assert lab.crm().send(first, sender=(sender := f"{lab.unique('return')}@crm.test")).accepted
    old = token_of(lab.recipient.wait_for_attempt(first))
    rotated = lab.daemons.ctl("key", "rotate")
    assert rotated.code == 0, rotated
    lab.daemons.reload()
    new = token_of(relayed(lab, lab.crm().send(to := lab.to()), to))
    assert old[:2] != new[:2], (old, new)       # the first octet is the key's
    assert lab.remote().send(f"{old}@bounce.example.com", sender="").accepted
    lab.catcher.wait_for(sender)
