# SPDX-License-Identifier: BSD-2-Clause
"""One recipient wants to be forgotten: crmrelayctl forget, while everything runs."""
from lab.daemons import DOMAIN
from lab.util import wait_until
from reports import DEADLINE, bring, events_of, relay, report, select, settled

LAB = dict(domains={"example.com": DOMAIN})


def files(lab):
    return b"".join(path.read_bytes() for path in (lab.daemons.store, lab.daemons.store.with_name(lab.daemons.store.name + "-wal")) if path.exists()).lower()


def story_forget_removes_one_recipient(lab):
    """Someone asks me to delete their data: their records, events and reports go, everybody else's stay, and their address stands in the store's files no more."""
    gone, stays = lab.to("nobody"), lab.to()
    alone, both = relay(lab, gone), relay(lab, [stays, gone])
    for sent in (alone, both):
        lab.catcher.wait_for(sent.sender, deadline=DEADLINE)
    other = relay(lab, stays)
    bring(lab, other.address, report(other.address, stays))
    lab.catcher.wait_for(other.sender, deadline=DEADLINE)
    settled(lab)
    assert gone.encode() in files(lab)

    told = lab.daemons.ctl("forget", gone.upper(), "--json")
    assert told.code == 0, told
    found = told.json[0] if isinstance(told.json, list) else told.json
    assert (found["messages"], found["recipients"], found["events"], found["purged"]) == (1, 1, 2, True), found
    assert len(found["reports"]) == 2 and {each["state"] for each in found["reports"]} == {"queued"}, found

    assert gone.encode() not in files(lab)
    assert lab.daemons.ctl("trace", alone.token).code == 1
    assert gone not in lab.daemons.ctl("trace", both.token).out and stays in lab.daemons.ctl("trace", both.token).out
    assert [event[1] for event in events_of(lab, other.token)] == [stays]
    assert select(lab, "SELECT count(*) FROM messages WHERE token = ?", alone.token) == [(0,)]

    again = lab.daemons.ctl("forget", gone)
    assert again.code == 0 and f"nothing is kept of {gone}" in again.out, again
    relay(lab)      # the daemons go on


def story_forget_tells_what_was_never_told(lab):
    """A hand-back that still waits for a forgotten recipient is dropped, and I read which one."""
    former = lab.daemons.service["submit"]
    lab.daemons.service["submit"] = f"smtp://127.0.0.1:{lab.ports.free()}"
    lab.daemons.write()
    lab.daemons.restart("bounced")
    gone = lab.to()
    try:
        sent = relay(lab, gone)
        bring(lab, sent.address, report(sent.address, gone))
        waiting = wait_until(lambda: lab.daemons.ctl("outbox", "--json").json["reports"], DEADLINE, "the hand-back in the outbox", 0.1)
        assert [row["state"] for row in waiting] == ["pending"], waiting
        told = lab.daemons.ctl("forget", gone)
        assert told.code == 0 and f"never told: handback {waiting[0]['id']} to {sent.sender}" in told.out, told
        assert lab.daemons.ctl("outbox", "--json").json["reports"] == []
    finally:
        lab.daemons.service["submit"] = former
        lab.daemons.write()
        lab.daemons.restart("bounced")


def story_forget_refuses_what_is_no_mailbox(lab):
    """A typing error removes nothing."""
    for word in ("", "nobody", "@dest.test", "nobody@", "no body@dest.test"):
        told = lab.daemons.ctl("forget", word)
        assert told.code == 2, (word, told)
