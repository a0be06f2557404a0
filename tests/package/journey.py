# SPDX-License-Identifier: BSD-2-Clause
"""A package's life on a machine that has nothing but Debian 12 and a stock Postfix: installed and wired word for word as the README says, a CRM's message goes
out and its bounce comes home, each daemon is locked in, an upgrade under traffic loses nothing, a downgrade is refused, removal keeps and purge leaves nothing.

    journey.py --deb A.deb [--pid N]

With --pid it drives the machine whose first process that is, by nsenter(1), and must itself be in that machine's network; the paths are the machine's.
The newer package of its upgrade is this one, packed anew with a higher version; upgrade.py comes from the version before. Every step prints a line; the last one
counts them."""
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from lab.crm import Crm                                                     # noqa: E402
from lab.util import wait_until                                             # noqa: E402
from package.judges import check_journal, check_metrics, check_units        # noqa: E402
from package.life import CRM, DAEMONS, Failed, Life, Machine, words         # noqa: E402
from package.sandbox import check_sandboxes                                 # noqa: E402

README = Path(__file__).resolve().parents[2] / "README.md"
NEWER = "/newer/crmrelay.deb"


class Journey(Life):
    def __init__(self, machine, deb):
        super().__init__(machine, README.read_text())
        self.deb = deb

    def tells_what_is_next(self):
        said = self.installed()
        for text in ("crmrelay runs, and relays nothing yet", "crmrelayctl postfix --apply", "crmrelayctl check"):
            if text not in said:
                raise Failed(f"the installation does not say {text!r}:\n{said}")
        if "crmrelay" in self.machine.run("postconf -n"):
            raise Failed("the installation has touched main.cf")

    def strangers_are_refused(self):
        result = Crm(25, address=CRM, tls="none").send("good@dest.test", from_header="x@example.com")
        if result.accepted or "250" in str(result.rcpts.get("good@dest.test")):
            raise Failed(f"a session without the login relays: {result}")

    def watched(self):
        """With a limit of four seconds the watchdog leaves a daemon that serves alone, and ends one that hangs."""
        for name in DAEMONS:
            self.machine.run(f"mkdir -p /run/systemd/system/crmrelay-{name}.service.d && printf '[Service]\\nWatchdogSec=4s\\n' > /run/systemd/system/crmrelay-{name}.service.d/test.conf")
        self.machine.run("systemctl daemon-reload && systemctl restart crmrelay.target")
        self.serving()
        time.sleep(9)       # two limits: a daemon that did not ping would be gone
        restarts = [self.machine.run(f"systemctl show -P NRestarts crmrelay-{name}").strip() for name in DAEMONS]
        if restarts != ["0"] * 3:
            raise Failed(f"the watchdog has ended daemons that serve: restarts {restarts}")
        for name in DAEMONS:
            self.machine.run(f"systemctl kill -s STOP crmrelay-{name}")
        for name in DAEMONS:
            wait_until(lambda name=name: self.machine.run(f"systemctl show -P NRestarts crmrelay-{name}").strip() != "0", 40, f"a hanging crmrelay-{name} restarted")
        for name in DAEMONS:
            self.machine.run(f"rm -r /run/systemd/system/crmrelay-{name}.service.d/test.conf")
        self.machine.run("systemctl daemon-reload && systemctl restart crmrelay.target")
        self.serving()

    def reloaded(self):
        self.machine.run("systemctl reload crmrelay.target")
        self.machine.run("echo '[defaults' > /etc/crmrelay/domains.d/broken.toml && systemctl reload crmrelay.target")
        wait_until(lambda: "broken.toml:1" in self.machine.run("journalctl --no-pager -t crmrelay-policyd"), 15, "the broken file in the log")
        self.machine.run("rm /etc/crmrelay/domains.d/broken.toml && systemctl reload crmrelay.target")
        self.mail_goes_out_and_home()

    def upgraded_under_traffic(self):
        key = self.key()
        self.machine.run(f"mkdir -p /newer && dpkg-deb -R ./{self.deb} /newer/tree && sed -i 's/^Version: .*/&+upgrade/' /newer/tree/DEBIAN/control && dpkg-deb -b /newer/tree {NEWER} && rm -r /newer/tree")
        count = self.under_traffic(lambda: self.machine.run(f"apt-get install -y {NEWER} 2>&1", 600))
        self.kept(key)
        print(f"   ({count} messages)")

    def downgrade_is_refused(self):
        """As from a version whose store is newer."""
        self.machine.run("cp /usr/share/crmrelay/store-schema /root/schema && echo 999 > /usr/share/crmrelay/store-schema")
        done = self.machine.try_run(f"dpkg -i ./{self.deb}")
        if done.returncode == 0 or "keeps a store of schema 999" not in done.stderr:
            raise Failed(f"a downgrade is not refused with its reason: {done.stdout}{done.stderr}")
        self.machine.run("mv /root/schema /usr/share/crmrelay/store-schema; dpkg --configure -a")
        self.serving()
        self.mail_goes_out_and_home()

    def removed_and_back(self):
        key = self.key()
        self.removed()
        self.machine.run(f"apt-get install -y {NEWER}", 600)
        self.serving()
        self.kept(key)
        self.mail_goes_out_and_home()

    def travel(self):
        self.step("the machine's Postfix is as an administrator has it", self.around)
        with self.surrounded():
            self.step("apt-get install says the next three steps, and leaves main.cf alone", self.tells_what_is_next)
            self.step("all daemons serve, without a domain", self.serving)
            self.step("the README, word for word", self.configured)
            self.step("the CRM's message goes out, and its bounce comes home", self.mail_goes_out_and_home)
            self.step("who lacks the evidence is refused", self.strangers_are_refused)
            self.step("units are fine, and expose no more than 1.5", lambda: check_units(self.machine))
            self.step("each daemon is locked in", lambda: check_sandboxes(self.machine, Failed))
            self.step("the routine of the journal is what logcheck ignores", lambda: check_journal(self.machine))
            self.step("each daemon tells Prometheus what it has done, as promtool wants it", lambda: check_metrics(self.machine, self.mail_goes_out_and_home))
            self.step("the watchdog ends who hangs, and only them", self.watched)
            self.step("a reload takes a new configuration, and keeps the former where it is broken", self.reloaded)
            self.step("an upgrade under traffic loses nothing", self.upgraded_under_traffic)
            self.step("a downgrade below the store's schema is refused", self.downgrade_is_refused)
            self.step("removal keeps data and key", self.removed_and_back)
            self.step("crmrelayctl postfix --revert gives Postfix back", self.reverted)
            self.step("purge leaves nothing behind", self.purged)
        return self.finish()


def main():
    said = words("deb")
    return Journey(Machine(said.pid), said.deb).travel()


if __name__ == "__main__":
    sys.exit(main())
