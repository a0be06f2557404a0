# SPDX-License-Identifier: BSD-2-Clause
"""Events told to a receiver over HTTP: signed so that it can be sure, once at least whatever breaks, in order, and with no harm to others when it is away."""
import json
import secrets
import sqlite3
import subprocess
import sys
import time
from base64 import b64encode
from contextlib import closing, contextmanager
from pathlib import Path

from lab.daemons import DOMAIN
from lab.receiver import NotGenuine, Receiver, verify_standard
from lab.util import wait_until
from reports import DEADLINE, bring, home, relay, report, select, settled, to_admins

SECONDS = 45
LAB = dict(domains={"example.com": DOMAIN, "example.org": {**DOMAIN, "return_path": "{token}@bounce.example.org"}}, service={"retry_after": [1, 1, 2], "retry_for": 60})
QUEUED = 10_000


def new_secret():
    return "whsec_" + b64encode(secrets.token_bytes(32)).decode()


@contextmanager
def hooked(lab, receiver, domain="example.com", secret=None, **keys):
    """The domain has this webhook; yields its secret."""
    secret = secret or new_secret()
    path = lab.daemons.secret(lab.daemons.config.parent / f"{lab.unique('webhook')}.secret", secret + "\n")
    webhook = {"url": receiver.url, "secret": str(path), "private_addresses": True, "timeout": 5, **keys}
    if receiver.certificate:
        webhook.setdefault("ca", str(lab.tls.ca))
    configure(lab, domain, {key: value for key, value in webhook.items() if value is not None})
    try:
        yield secret
    finally:
        for row in lab.daemons.ctl("outbox", "--domain", domain, "--limit", "1000", "--json").json["reports"]:
            lab.daemons.ctl("outbox", "drop", str(row["id"]))
        configure(lab, domain, None)


def configure(lab, domain, webhook):
    lab.daemons.domains[domain]["webhook"] = webhook
    lab.daemons.write()
    if lab.daemons.running("bounced"):
        lab.daemons.reload("bounced")


def receiver(lab, tls=False):
    return Receiver(lab.ports.free(), lab.tls.server if tls else None)


def refused(function, *arguments, **more):
    try:
        function(*arguments, **more)
    except NotGenuine:
        return True
    return False


def about(message, type="bounce"):
    return lambda request: request.json.get("type") == type and request.json["data"]["message"]["token"] == message.token


def state_of(lab, message, kind="webhook"):
    return [row[0] for row in select(lab, "SELECT state FROM outgoing WHERE token = ? AND kind = ? ORDER BY id", message.token, kind)]


def story_a_bounce_is_told_and_proved(lab):
    """A failure comes by HTTPS as a Standard Webhook: the receiver's own check accepts it, and refuses a changed byte, an old time and a foreign secret."""
    with receiver(lab, tls=True) as there, hooked(lab, there, headers=["X-SFDC-EntityId"]) as secret:
        message = relay(lab, to := lab.to("nobody"))
        request = there.wait_for(about(message))
        event = verify_standard(secret, request.headers, request.body)
        data = event["data"]
        assert event["type"] == data["type"] == "bounce" and event["timestamp"] == data["time"] and data["id"] == request.id, event
        assert data["domain"] == "example.com" and data["message"]["message_id"] == message.message_id and data["message"]["sender"] == message.sender, event
        assert (data["failure"]["recipient"], data["failure"]["status"], data["failure"]["code"], data["failure"]["reason"]) == (to, "5.1.1", 550, "userunknown"), event
        changed = request.body[:40] + bytes([request.body[40] ^ 1]) + request.body[41:]
        assert refused(verify_standard, secret, request.headers, changed)
        assert refused(verify_standard, secret, request.headers, request.body, now=time.time() + 3600)
        assert refused(verify_standard, new_secret(), request.headers, request.body)
        assert request.headers["content-type"] == "application/json" and request.headers["user-agent"].startswith("crmrelay/")
        delivered = lab.events.wait("webhook", DEADLINE, token=message.token, status="delivered")
        assert delivered["url"] == there.url and delivered["answer"].startswith("200"), delivered
        settled(lab)
        assert state_of(lab, message) == ["delivered"] and len(there.requests) == 1
        assert home(lab, message).report[1]["Status"] == "5.1.1"      # the CRM is told by mail as well
        assert "webhook" in lab.daemons.ctl("trace", message.token).out


def story_two_secrets(lab):
    """While the receiver goes from one secret to the next, both verify what is sent."""
    old, new = new_secret(), new_secret()
    with receiver(lab) as there, hooked(lab, there, secret=f"{new}  # 2026\n{old}"):
        request = there.wait_for(about(relay(lab, lab.to("nobody"))))
        assert verify_standard(old, request.headers, request.body) == verify_standard(new, request.headers, request.body)
        assert refused(verify_standard, new_secret(), request.headers, request.body)


def story_answers(lab):
    """Whatever the receiver does instead of taking an event (refuse, fail, redirect, break off, hang), it gets the same event again until it has taken it."""
    for answers, headers in (((301,), {"Location": "http://127.0.0.1:1/"}), ((400,), {}), ((500, 502), {}), (("reset",), {}), (("hang",), {}), ((404,), {})):
        with receiver(lab) as there, hooked(lab, there, timeout=1, connect_timeout=1) as secret:
            there.answer(*answers, 200, **headers)
            message = relay(lab, lab.to("nobody"))
            requests = there.wait_for(about(message), count=len(answers) + 1)
            assert len({request.id for request in requests}) == 1 and [request.answer for request in requests] == [*map(str, answers), "200"], requests
            for request in requests:
                verify_standard(secret, request.headers, request.body)
            postponed = lab.events.wait("webhook", DEADLINE, token=message.token, status="postponed")
            if isinstance(answers[0], int):
                assert postponed["error"].startswith(str(answers[0])), postponed
            lab.events.wait("webhook", DEADLINE, token=message.token, status="delivered")
            settled(lab)
            assert state_of(lab, message) == ["delivered"]


def story_a_slow_receiver(lab):
    """A receiver that takes two seconds is waited for, and asked once."""
    with receiver(lab) as there, hooked(lab, there):
        there.answer("slow")
        message = relay(lab, lab.to("nobody"))
        lab.events.wait("webhook", DEADLINE, token=message.token, status="delivered")
        assert len(there.requests) == 1


def story_too_many_requests(lab):
    """429 with Retry-After: nothing goes there before that time, neither this event nor another."""
    with receiver(lab) as there, hooked(lab, there):
        there.answer(429, 200, Retry_After=6)
        first = relay(lab, lab.to("nobody"))
        asked = there.wait_for(about(first)).at
        second = relay(lab, lab.to("nobody"))
        home(lab, second)
        again = there.wait_for(count=3)[1:]
        assert all(request.at >= asked + 5 for request in again), [request.at - asked for request in again]
        settled(lab)
        assert state_of(lab, first) == state_of(lab, second) == ["delivered"]


def story_gone(lab):
    """410 disables the webhook: the administrators are told, events are kept, and all are sent once it is enabled again."""
    with receiver(lab) as there, hooked(lab, there) as secret:
        there.answer(410)
        first = relay(lab, lab.to("nobody"))
        lab.events.wait("webhook", DEADLINE, token=first.token, status="failed")
        assert "crmrelayctl webhook enable example.com" in " ".join(to_admins(lab, "answered 410 Gone").get_content().split())
        second = relay(lab, lab.to("nobody"))
        assert "disabled" in lab.events.wait("webhook", DEADLINE, token=second.token, status="failed")["error"]
        home(lab, second)                                               # bounces go home as before
        assert len(there.requests) == 1
        listed = lab.daemons.ctl("outbox", "--json").json
        assert listed["dead"] == 2 and [target["target"] for target in listed["targets"]] == ["webhook:example.com"], listed
        lab.daemons.restart("bounced")                                  # it is remembered
        third = relay(lab, lab.to("nobody"))
        lab.events.wait("webhook", DEADLINE, token=third.token, status="failed")
        assert len(there.requests) == 1
        there.answer(200)
        assert lab.daemons.ctl("webhook", "enable", "example.com").code == 0
        assert lab.daemons.ctl("outbox", "retry", "--all", "--domain", "example.com").out.startswith("3 "), lab.daemons.ctl("outbox")
        for message in (first, second, third):
            verify_standard(secret, (request := there.wait_for(lambda request: about(message)(request) and request.answer == "200")).headers, request.body)
        settled(lab)


def story_a_wrong_certificate(lab):
    """A receiver with a certificate of nobody's is told nothing, and everything once it shows the right one."""
    good, bad = lab.tls.server, lab.tls.issue("127.0.0.1.wrong", "subjectAltName=IP:127.0.0.1", self_signed=True)
    there = Receiver(lab.ports.free(), bad)
    with hooked(lab, there):
        with there:
            message = relay(lab, lab.to("nobody"))
            assert "certificate" in lab.events.wait("webhook", DEADLINE, token=message.token, status="postponed")["error"].lower()
            assert not there.requests
        there.certificate = good
        with there:
            there.wait_for(about(message))
            settled(lab)


def story_a_private_address(lab):
    """A URL that leads to our own network is not connected to unless its key says so, by address and by name."""
    there = receiver(lab, tls=True)
    with there:
        for host in ("127.0.0.1", "localhost"):
            with hooked(lab, there, private_addresses=None, url=there.url.replace("127.0.0.1", host)):
                message = relay(lab, lab.to("nobody"))
                assert "is not a public one" in lab.events.wait("webhook", DEADLINE, token=message.token, status="postponed")["error"]
        assert there.connections == 0 and not there.requests


def story_order(lab):
    """A delay is told before the bounce that follows it, also where the receiver did not take the delay at once; the CRM's mail does not wait for that."""
    with receiver(lab) as there, hooked(lab, there):
        there.answer(500, 500, 200)
        message = relay(lab)
        bring(lab, message.address, report(message.address, message.to, action="delayed", status="4.4.1", diagnostic="451 4.4.1 try later"))
        there.wait_for(about(message, "delay"))
        bring(lab, message.address, report(message.address, message.to))
        home(lab, message, 2)
        there.wait_for(about(message, "bounce"))
        settled(lab)
        assert [request.json["type"] for request in there.requests] == ["delay"] * 3 + ["bounce"], there.requests


def story_bounced_is_killed(lab):
    """bounced dies while the receiver works on an event, while an event waits, and after it was taken: the receiver gets each, with one id an event."""
    with receiver(lab) as there, hooked(lab, there):
        there.answer("hang")
        working = relay(lab, lab.to("nobody"))
        there.wait_for(about(working))
        lab.daemons.kill("bounced")
        assert state_of(lab, working) == ["pending"]
        there.answer(500)
        lab.daemons.start("bounced")
        lab.events.wait("webhook", DEADLINE, token=working.token, status="postponed")
        lab.daemons.kill("bounced")
        assert state_of(lab, working) == ["pending"]
        there.answer(200)
        lab.daemons.start("bounced")
        lab.events.wait("webhook", DEADLINE, token=working.token, status="delivered")
        lab.daemons.kill("bounced")
        count = len(there.requests)
        lab.daemons.start("bounced")
        other = relay(lab, lab.to("nobody"))
        there.wait_for(about(other))
        settled(lab)
        assert len({request.id for request in there.requests if about(working)(request)}) == 1
        assert len(there.requests) == count + 1, "what was taken was sent again"


def story_the_receiver_is_restarted(lab):
    """The receiver is down for a while: everything reaches it when it is back, and mails to the CRM do not wait for it."""
    there = receiver(lab)
    with hooked(lab, there):
        messages = [relay(lab, lab.to("nobody")) for _ in range(5)]
        for message in messages:
            home(lab, message)
        lab.events.wait("webhook", DEADLINE, status="postponed")
        with there:
            for message in messages:
                there.wait_for(about(message))
            settled(lab)


def fill(lab, domain, url, count):
    """So many events of a domain in the outbox, as if bounced had just written them; it does not run."""
    now = int(time.time())
    rows = []
    for number in range(count):
        event = {"type": "bounce", "id": f"evt_{domain}_{number}", "time": "2026-11-23T12:35:58Z", "domain": domain, "failure": {"recipient": f"r{number}@dest.test"}}
        rows.append((domain, f"webhook:{domain}", url, now, now, now, json.dumps(event)))
    with closing(sqlite3.connect(lab.daemons.store, timeout=30)) as store, store:
        store.executemany("INSERT INTO outgoing (kind, state, domain, token, event_ids, target, recipient, created_at, since, next_at, attempts, queue_id, queued_at, last_error,"
                          " mail) VALUES ('webhook', 'pending', ?, '', '', ?, ?, ?, ?, ?, 0, '', 0, '', ?)", rows)


def story_a_dead_receiver_harms_nobody_else(lab):
    """Ten thousand events wait for a receiver that hangs, and ten thousand for one that works: the latter gets its own at full speed, and mails go out at once."""
    with receiver(lab) as dead, receiver(lab) as works, hooked(lab, dead), hooked(lab, works, "example.org"):
        dead.answer("hang")
        lab.daemons.stop("bounced")
        fill(lab, "example.com", dead.url, QUEUED)
        fill(lab, "example.org", works.url, QUEUED)
        lab.daemons.start("bounced")
        began = time.monotonic()
        message = relay(lab, lab.to("nobody"))
        home(lab, message)
        works.wait_for(count=QUEUED, deadline=120)
        took = time.monotonic() - began
        wait_until(lambda: not select(lab, "SELECT id FROM outgoing WHERE state = 'pending' AND domain = 'example.org'"), DEADLINE, "a drained outbox")
        assert len({request.id for request in works.requests}) == len(works.requests) == QUEUED
        assert select(lab, "SELECT count(*) FROM outgoing WHERE state = 'pending' AND domain = 'example.com'")[0][0] >= QUEUED
        assert took < 60, f"{QUEUED} events took {took:.0f} s, of a receiver written in Python"
        assert len(dead.requests) < 200
        lab.daemons.stop("bounced")
        with closing(sqlite3.connect(lab.daemons.store, timeout=30)) as store, store:
            store.execute("DELETE FROM outgoing WHERE state = 'pending'")
        lab.daemons.start("bounced")


def story_a_dead_letter(lab):
    """What could not be told for as long as retry_for says stays visible, is told to the administrators, and is sent or dropped by hand."""
    with receiver(lab) as there, hooked(lab, there):
        there.answer(500)
        message = relay(lab, lab.to("nobody"))
        lab.events.wait("webhook", DEADLINE, token=message.token, status="postponed")
        lab.daemons.stop("bounced")
        with closing(sqlite3.connect(lab.daemons.store, timeout=30)) as store, store:
            store.execute("UPDATE outgoing SET since = since - 60 WHERE token = ? AND kind = 'webhook'", [message.token])
        lab.daemons.start("bounced")
        lab.events.wait("webhook", DEADLINE, token=message.token, status="failed")
        assert "crmrelayctl outbox retry --all --domain example.com" in " ".join(to_admins(lab, "could not be told to the webhook").get_content().split())
        (row,) = lab.daemons.ctl("outbox", "list", "--state", "failed", "--domain", "example.com", "--json").json["reports"]
        assert (row["kind"], row["to"], row["token"]) == ("webhook", there.url, message.token) and row["last_error"].startswith("500"), row
        shown = lab.daemons.ctl("outbox", "show", str(row["id"]))
        assert "dead letters" in lab.daemons.ctl("outbox").out and message.token in shown.out and '"type":"bounce"' in shown.out, shown
        lab.daemons.restart("bounced")
        assert state_of(lab, message) == ["failed"]
        assert lab.daemons.ctl("outbox", "retry", str(row["id"])).code == 0
        lab.events.wait("webhook", DEADLINE, token=message.token, status="postponed", since=lab.events.now())    # it has its days again
        there.answer(200)
        lab.events.wait("webhook", DEADLINE, token=message.token, status="delivered")
        settled(lab)
        assert lab.daemons.ctl("outbox", "retry", str(row["id"])).code == 1 and lab.daemons.ctl("outbox", "drop", str(row["id"])).code == 1
        there.answer(500)
        other = relay(lab, lab.to("nobody"))
        lab.events.wait("webhook", DEADLINE, token=other.token, status="postponed")
        waiting = lab.daemons.ctl("outbox", "--json").json["reports"][0]["id"]
        assert lab.daemons.ctl("outbox", "drop", str(waiting)).code == 0
        settled(lab)
        assert state_of(lab, other) == ["dropped"]
        assert lab.daemons.ctl("outbox", "show", "999999").code == 1 and lab.daemons.ctl("outbox", "retry").code == 2


def story_mailgun(lab):
    """Software for Mailgun's webhooks takes ours unchanged: django-anymail accepts the signature and knows a bounce from a delay; with another key it refuses."""
    key = "key-" + secrets.token_hex(16)
    with receiver(lab) as there, hooked(lab, there, secret=key, format="mailgun"):
        there.answer(500, 200)
        message = relay(lab, to := lab.to())
        bring(lab, message.address, report(message.address, message.to, action="delayed", status="4.4.1", diagnostic="451 4.4.1 try later"))
        there.wait_for(count=2)
        bring(lab, message.address, report(message.address, message.to))
        requests = there.wait_for(count=3)
        settled(lab)
    tokens = [request.json["signature"]["token"] for request in requests]
    assert tokens[0] == tokens[1] != tokens[2] and requests[0].id == requests[1].id, tokens
    read = [json.loads(anymail(key, request.body)) for request in requests]
    assert [event["type"] for event in read] == ["deferred", "deferred", "bounced"], read
    for event in read:
        assert (event["recipient"], event["message_id"]) == (to, message.message_id), event
    assert read[2]["reject_reason"] == "bounced" and "User unknown" in read[2]["mta_response"] and read[2]["event_id"] == tokens[2], read
    assert anymail("key-of-another-sender", requests[0].body) == "refused"


def anymail(key, body):
    """What django-anymail makes of one request: JSON, or "refused"."""
    done = subprocess.run([sys.executable, str(Path(__file__).resolve().parents[1] / "lab/anymail_reader.py"), key], input=body, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


def story_a_test_by_hand(lab):
    """crmrelayctl webhook test sends a signed sample and shows the answer; check reads the secret as bounced does."""
    with receiver(lab, tls=True) as there, hooked(lab, there) as secret:
        said = lab.daemons.ctl("webhook", "test", "example.com")
        assert said.code == 0 and "200 from 127.0.0.1: taken" in said.out, said
        request = there.wait_for()
        assert verify_standard(secret, request.headers, request.body)["data"]["test"] is True
        there.answer(403)
        said = lab.daemons.ctl("webhook", "test", "example.com", "--json")
        assert said.code == 1 and said.json["status"] == 403 and said.json["answer"] == "not now" and secret not in said.out, said
        assert "webhook of example.com: 1 secret" in lab.daemons.ctl("check").out
        Path(lab.daemons.domains["example.com"]["webhook"]["secret"]).chmod(0o644)
        broken = lab.daemons.ctl("check")
        assert "chmod 0640" in broken.out and lab.daemons.test("bounced").code == 1, broken
        Path(lab.daemons.domains["example.com"]["webhook"]["secret"]).chmod(0o600)
    assert lab.daemons.ctl("webhook", "test", "example.com").code == 1
