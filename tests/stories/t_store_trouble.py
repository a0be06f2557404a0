# SPDX-License-Identifier: BSD-2-Clause
"""The store is locked, or its disk is full for a while: the CRM is asked to come again, bounces wait in Postfix's queue, and both go on by themselves."""
import os
import pwd
import sqlite3
from contextlib import ExitStack, closing, contextmanager

from lab.util import run, wait_until
from reports import DEADLINE, bring, events_of, home, relay, report, settled, taken

LAB = {}


@contextmanager
def locked(lab):
    """Somebody else holds SQLite's write lock, as a long copy or a check of the store does."""
    with closing(sqlite3.connect(lab.daemons.store, isolation_level=None, timeout=30)) as store:
        store.execute("BEGIN EXCLUSIVE")
        yield
        store.execute("ROLLBACK")


@contextmanager
def small_disk(lab):
    """The store lies on a file system of its own of a few MiB; gives its folder."""
    folder, nobody = lab.daemons.store.parent, pwd.getpwnam("nobody")
    lab.daemons.stop()
    run("mount", "-t", "tmpfs", "-o", f"size=6m,mode=0750,uid={nobody.pw_uid},gid={nobody.pw_gid}", "tmpfs", folder)
    try:
        lab.daemons.start()
        yield folder
    finally:
        lab.daemons.stop()
        run("umount", folder)
        lab.daemons.start()


def fill(folder):
    """Takes all that is left of the disk."""
    with open(folder / "ballast", "wb", buffering=0) as ballast:
        for size in (65536, 4096, 512, 1):
            try:
                while ballast.write(b"x" * size):
                    pass
            except OSError:
                pass


def nothing_is_lost(lab, before, undo):
    """While there is trouble the CRM gets 451 and a bounce stays queued; undo() ends it, and both come through."""
    sender = f"{lab.unique('return')}@crm.test"
    result = lab.crm(timeout=60).send(to := lab.to("nobody"), sender=sender)
    assert result.refusal and (result.refusal.code, result.refusal.reason) == (451, "unavailable"), result
    assert not lab.recipient.found(to)
    queue_id = bring(lab, before.address, report(before.address, before.to))
    assert " 451 " in taken(lab, queue_id, "deferred")
    assert any(mail["queue_id"] == queue_id for mail in lab.postfix.pending()) and not lab.catcher.found(before.sender)
    undo()
    home(lab, before)

    def accepted():
        return lab.crm(timeout=60).send(to, sender=sender).accepted
    wait_until(accepted, DEADLINE, "the CRM to be taken again", step=0.5)
    assert lab.catcher.wait_for(sender, DEADLINE).report[1]["Status"] == "5.1.1"
    settled(lab)
    assert len(events_of(lab, before.token)) == 1 and len(lab.catcher.found(before.sender)) == 1


def story_the_store_is_locked(lab):
    """Another program locks the store for a while."""
    before = relay(lab)
    with ExitStack() as lock:
        lock.enter_context(locked(lab))
        nothing_is_lost(lab, before, lock.close)


def story_the_disk_is_full(lab):
    """The disk that holds the store is full for a while."""
    with small_disk(lab) as folder:
        before = relay(lab)
        for number in range(3):     # the store's log has its length by now, or it grows: both must do no harm
            relay(lab)
        fill(folder)
        tries = []

        def refused():
            tries.append(lab.crm(timeout=60).send(lab.to("ok")))
            return not tries[-1].accepted
        wait_until(refused, DEADLINE, "the store to need more of the disk", step=0)
        nothing_is_lost(lab, before, lambda: os.unlink(folder / "ballast"))
