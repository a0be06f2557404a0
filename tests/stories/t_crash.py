# SPDX-License-Identifier: BSD-2-Clause
"""Each daemon is killed in the middle of traffic, and comes back: what the CRM was told is accepted is on record, and no bounce is lost."""
import queue
import smtplib
import threading
import time

from reports import DEADLINE, bring, home, relay, report, select, settled
from lab.util import wait_until

LAB = {}
MESSAGES, CONNECTIONS = 150, 5
PATIENCE = 120


class Traffic:
    """A CRM that sends its messages over several connections, half of them to an address that is refused, and tries each until it is accepted.
    `accepted`: {queue id: the CRM's return path}, one entry for each 250 after the content; `failed`: answers and broken connections in between."""

    def __init__(self, lab):
        self.lab, self.jobs, self.accepted, self.failed = lab, queue.Queue(), {}, []
        self.bad = set()
        for number in range(MESSAGES):
            sender, to = f"{lab.unique('return')}@crm.test", lab.to("nobody" if number % 2 else "ok")
            self.jobs.put((sender, to))
            if number % 2:
                self.bad.add(sender)
        self._end = time.monotonic() + PATIENCE
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(CONNECTIONS)]
        for thread in self._threads:
            thread.start()

    def _run(self):
        job = None
        while time.monotonic() < self._end:
            try:
                with self.lab.crm(timeout=DEADLINE).session() as session:
                    while time.monotonic() < self._end:
                        job = job or self.jobs.get_nowait()
                        result = session.send(job[1], sender=job[0])
                        if not result.accepted:
                            self.failed.append(str(result))
                            refusal = result.refusal
                            assert refusal and 400 <= refusal.code < 500, f"a message was refused for good: {result}"
                            time.sleep(0.1)     # a CRM that comes again, as every sender does
                            break
                        self.accepted[result.queue_id] = job[0]
                        job = None
            except queue.Empty:
                return
            except (smtplib.SMTPException, OSError) as broken:
                self.failed.append(repr(broken))
                time.sleep(0.1)

    def reach(self, count):
        """Waits until that many messages are accepted."""
        wait_until(lambda: len(self.accepted) >= count, PATIENCE, lambda: f"{count} accepted messages; {self}")

    def fail(self, count=3):
        """Waits until that many more attempts came to nothing."""
        before = len(self.failed)
        wait_until(lambda: len(self.failed) >= before + count, PATIENCE, lambda: f"{count} attempts that fail; {self}")

    def finish(self):
        for thread in self._threads:
            thread.join(max(0.1, self._end - time.monotonic()))
        assert len(set(self.accepted.values())) == MESSAGES, f"not every message was accepted: {self}"

    def __str__(self):
        return f"accepted {len(self.accepted)} of {MESSAGES}, failed attempts: {len(self.failed)} {self.failed[-3:]}"


def all_is_well(lab, traffic):
    """Every acceptance has its record, with the return path that the CRM gave; every failure reached it once or more."""
    traffic.finish()
    records = dict(select(lab, "SELECT queue_id, sender FROM messages"))
    lost = {queue_id: sender for queue_id, sender in traffic.accepted.items() if records.get(queue_id) != sender}
    assert not lost, f"accepted, and not on record: {lost}"

    def missing():
        return traffic.bad - {message.recipients[0] for message in list(lab.catcher.messages)}
    wait_until(lambda: not missing(), PATIENCE, lambda: f"{len(missing())} of {len(traffic.bad)} failures to come home: {sorted(missing())[:5]}", step=0.2)
    settled(lab)
    told = [row[0] for row in select(lab, "SELECT m.sender FROM events e JOIN messages m ON m.token = e.token WHERE e.type = 'bounce'")]
    assert traffic.bad <= set(told), traffic.bad - set(told)
    # a message that was accepted twice, since its first answer was lost, may fail twice; no failure makes two events
    twice = [row for row in select(lab, "SELECT token, count(*) FROM events GROUP BY token") if row[1] > 1]
    assert not twice, twice


def story_policyd_is_killed(lab):
    """policyd is killed twice under traffic: meanwhile the CRM is asked to come again, and everything it was told is accepted is on record."""
    traffic = Traffic(lab)
    traffic.reach(30)
    lab.daemons.kill("policyd")
    lab.daemons.start("policyd")
    traffic.reach(70)
    lab.daemons.kill("policyd")
    traffic.fail()
    lab.daemons.start("policyd")
    all_is_well(lab, traffic)


def story_the_milter_is_killed(lab):
    """The milter is killed twice under traffic: no message leaves without its return path, and all that was accepted is on record."""
    traffic = Traffic(lab)
    traffic.reach(30)
    lab.daemons.kill("milter")
    lab.daemons.start("milter")
    traffic.reach(70)
    lab.daemons.kill("milter")
    traffic.fail()
    lab.daemons.start("milter")
    all_is_well(lab, traffic)
    ours = [message for message in lab.recipient.attempts if message.sender.endswith("@crm.test")]
    assert not ours, f"left without a return path of ours: {[(message.sender, message.recipients) for message in ours][:5]}"


def story_bounced_is_killed(lab):
    """bounced is killed three times under traffic: the bounces wait in Postfix's queue or in the store, and each is handed back."""
    traffic = Traffic(lab)
    for count in (30, 60):
        traffic.reach(count)
        wait_until(lambda: len(lab.catcher.messages) > 0, PATIENCE, "a first hand-back")
        lab.daemons.kill("bounced")
        lab.daemons.start("bounced")
    traffic.reach(90)
    lab.daemons.kill("bounced")
    lab.postfix.log_wait(r"postfix/lmtp\[.* status=deferred", PATIENCE)
    lab.daemons.start("bounced")
    all_is_well(lab, traffic)


def story_all_are_killed_at_once(lab):
    """All three die at once, as when the machine loses power, and nothing that was promised is lost."""
    traffic = Traffic(lab)
    traffic.reach(60)
    for name in ("policyd", "bounced", "milter"):
        lab.daemons.kill(name)
    traffic.fail()
    lab.daemons.start()
    all_is_well(lab, traffic)


def story_a_hand_back_survives_a_crash(lab):
    """bounced dies after it took a bounce and before Postfix took the hand-back: the CRM is told when bounced runs again."""
    message = relay(lab)
    with lab.postfix.changed(smtpd_client_restrictions="check_client_access inline:{127.0.0.1={450 4.7.0 the hand-back has to wait}}"):
        bring(lab, message.address, report(message.address, message.to))
        lab.events.wait("handed-back", DEADLINE, token=message.token, status="postponed")
        lab.daemons.kill("bounced")
        assert select(lab, "SELECT state FROM outgoing WHERE token = ?", message.token) == [("pending",)]
    lab.daemons.start("bounced")
    back = home(lab, message)
    assert back.report[1]["Status"] == "5.1.1" and len(select(lab, "SELECT id FROM events WHERE token = ?", message.token)) == 1
