# SPDX-License-Identifier: BSD-2-Clause
"""bounced dies by SIGKILL whatever a webhook's receiver is doing: nothing is lost, and what comes twice has one id."""
from lab.receiver import Receiver, verify_standard
from reports import DEADLINE, relay, settled
from t_webhook import LAB as THE_SAME
from t_webhook import about, hooked, receiver, state_of

SECONDS = 60
LAB = THE_SAME


def story_bounced_is_killed_whatever_the_receiver_does(lab):
    """bounced dies while the receiver is slow, hangs, or just after it has broken off, redirected, refused, asked for patience or failed: the event is kept, and taken
    after the restart with the same id."""
    for answer, headers in (("slow", {}), ("hang", {}), ("reset", {}), (301, {"Location": "http://127.0.0.1:1/"}), (400, {}), (429, {"Retry_After": 2}), (500, {}), (503, {})):
        with receiver(lab) as there, hooked(lab, there) as secret:
            there.answer(answer, **headers)
            message = relay(lab, lab.to("nobody"))
            there.wait_for(about(message))
            if answer not in ("slow", "hang"):
                lab.events.wait("webhook", DEADLINE, token=message.token, status="postponed")
            lab.daemons.kill("bounced")
            assert state_of(lab, message) == ["pending"], answer
            there.answer(200)
            since = lab.events.now()
            lab.daemons.start("bounced")
            lab.events.wait("webhook", DEADLINE, token=message.token, status="delivered", since=since)
            settled(lab)
            requests = [request for request in there.requests if about(message)(request)]
            assert len({request.id for request in requests}) == 1 and [request.answer for request in requests][-1] == "200", (answer, requests)
            assert verify_standard(secret, requests[-1].headers, requests[-1].body)["data"]["id"] == requests[0].id and state_of(lab, message) == ["delivered"], answer


def story_bounced_is_killed_when_told_to_go_away(lab):
    """bounced dies right after 410, and while a certificate is wrong: the webhook stays disabled, respectively the event waits; both are sent once that is mended."""
    with receiver(lab) as there, hooked(lab, there):
        there.answer(410)
        message = relay(lab, lab.to("nobody"))
        lab.events.wait("webhook", DEADLINE, token=message.token, status="failed")
        lab.daemons.kill("bounced")
        lab.daemons.start("bounced")
        second = relay(lab, lab.to("nobody"))
        lab.events.wait("webhook", DEADLINE, token=second.token, status="failed")
        assert len(there.requests) == 1 and state_of(lab, message) == state_of(lab, second) == ["failed"]
        there.answer(200)
        assert lab.daemons.ctl("webhook", "enable", "example.com").code == 0 and lab.daemons.ctl("outbox", "retry", "--all", "--domain", "example.com").code == 0
        for each in (message, second):
            there.wait_for(lambda request, each=each: about(each)(request) and request.answer == "200")
        settled(lab)
    good, bad = lab.tls.server, lab.tls.issue("127.0.0.1.killed", "subjectAltName=IP:127.0.0.1", self_signed=True)
    there = Receiver(lab.ports.free(), bad)
    with hooked(lab, there):
        with there:
            message = relay(lab, lab.to("nobody"))
            lab.events.wait("webhook", DEADLINE, token=message.token, status="postponed")
            lab.daemons.kill("bounced")
            assert state_of(lab, message) == ["pending"] and not there.requests
        there.certificate = good
        with there:
            lab.daemons.start("bounced")
            there.wait_for(about(message))
            settled(lab)


def story_through_a_proxy(lab):
    """A webhook that has a proxy is reached through it alone: the proxy is given the whole URL, and no connection goes to the receiver itself."""
    with receiver(lab) as there, receiver(lab) as proxy:
        with hooked(lab, there, proxy=f"http://127.0.0.1:{proxy.port}") as secret:
            message = relay(lab, lab.to("nobody"))
            request = proxy.wait_for(about(message))
            assert request.path == there.url and there.connections == 0, (request.path, there.connections)
            verify_standard(secret, request.headers, request.body)
            settled(lab)
            assert state_of(lab, message) == ["delivered"]
