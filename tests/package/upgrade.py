# SPDX-License-Identifier: BSD-2-Clause
"""From the version before to this one, on a machine that has nothing but Debian 12 and a stock Postfix: the former is set up as its own README says, and is upgraded
under traffic. Nothing that was accepted is lost, a message that the former relayed has its bounce handed back by the new one, the store is migrated; a downgrade is
refused, and the way back that it names is one.

    upgrade.py --deb NEW.deb --previous OLD.deb --readme OLD-README [--pid N]

The paths of packages are the machine's; the rest is as for journey.py."""
import re
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from package.life import Failed, Life, Machine, words     # noqa: E402

LATE, LATE_SENDER = "late@dest.test", "waiting@bounces.crm.test"     # answers go by how a local part begins


class Upgrade(Life):
    def __init__(self, machine, said):
        super().__init__(machine, Path(said.readme).read_text())
        self.deb, self.previous = said.deb, said.previous
        self.store = Path(f"/proc/{said.pid}/root" if said.pid else "/") / "var/lib/crmrelay/crmrelay.db"
        self.schema, self.token = None, None

    def former_is_set_up(self):
        folder = next(re.search(r"\./(\S*/)?crmrelay_\*\.deb", text)[1] or "" for _, _, text in self.steps if text.startswith("apt-get install"))
        self.machine.run(f"mkdir -p /{folder} && cp ./{self.previous} /{folder}")
        self.installed()
        self.serving()
        self.configured()
        self.mail_goes_out_and_home()
        self.schema = self.schema_is_the_package_s()

    def schema_is_the_package_s(self):
        """The store's schema version, which is what the installed package says."""
        with closing(sqlite3.connect(f"file:{self.store}?mode=ro", uri=True, timeout=30)) as store:
            version = store.execute("SELECT version FROM schema_version").fetchone()[0]
        if version != int(self.machine.run("cat /usr/share/crmrelay/store-schema")):
            raise Failed(f"the store has schema {version}, and the package says {self.machine.run('cat /usr/share/crmrelay/store-schema')}")
        return version

    def one_is_on_its_way(self):
        """Its recipient's server has no time for it yet."""
        self.world.rule("late", "rcpt", "451 4.3.2 Come again later")
        result = self.crm().send(LATE, sender=LATE_SENDER)
        if not result.accepted:
            raise Failed(f"the CRM's message was not accepted: {result}")
        self.token = self.world.wait_for_attempt(LATE, 30).sender.partition("@")[0]

    def copied(self):
        """The whole folder, while nobody writes."""
        self.machine.run("systemctl stop crmrelay.target && cp -a /var/lib/crmrelay /root/before && systemctl start crmrelay.target")
        self.serving()

    def upgraded(self):
        key = self.key()
        count = self.under_traffic(lambda: self.machine.run(f"apt-get install -y ./{self.deb} 2>&1", 600))
        self.kept(key)
        print(f"   ({count} messages)")

    def migrated(self):
        schema = self.schema_is_the_package_s()
        print(f"   (schema {self.schema} to {schema})")
        if schema < self.schema:
            raise Failed("the store's schema went down")
        self.machine.run("crmrelayctl check")
        self.mail_goes_out_and_home()

    def late_one_comes_home(self):
        self.world.rule("late", "rcpt", "550 5.1.1 No such user here")
        self.come_home({LATE_SENDER: LATE})
        life = self.machine.run(f"crmrelayctl trace {self.token}")
        if LATE not in life or "relayed" not in life or "5.1.1" not in life:
            raise Failed(f"crmrelayctl trace does not tell its life:\n{life}")

    def downgrade_is_refused(self):
        status = "dpkg-query -W -f '${db:Status-Status} ${Version}' crmrelay"
        package = self.machine.run(status)
        done = self.machine.try_run(f"apt-get install -y --allow-downgrades ./{self.previous}", 600)
        said = " ".join((done.stdout + done.stderr).split())
        if done.returncode == 0 or f"reads schema {self.schema} at most" not in said or "put back a copy of /var/lib/crmrelay" not in said:
            raise Failed(f"a downgrade is not refused with its reason, and the way back: {done.stdout}{done.stderr}")
        if self.machine.run(status) != package or not package.startswith("installed "):
            raise Failed(f"after the refused downgrade {package} is {self.machine.run(status)}")
        self.serving()
        self.mail_goes_out_and_home()

    def way_back(self):
        """The words of the refused downgrade; then forward again."""
        self.removed()
        self.machine.run("mv /var/lib/crmrelay /root/newer && cp -a /root/before /var/lib/crmrelay")
        self.machine.run(f"apt-get install -y ./{self.previous}", 600)
        self.serving()
        if self.schema_is_the_package_s() != self.schema:
            raise Failed("the copy has another schema")
        self.mail_goes_out_and_home()
        self.machine.run(f"apt-get install -y ./{self.deb}", 600)
        self.serving()
        self.schema_is_the_package_s()
        self.mail_goes_out_and_home()

    def travel(self):
        self.step("the machine's Postfix is as an administrator has it", self.around)
        with self.surrounded():
            self.step("the version before, set up as its README says, relays and hands back", self.former_is_set_up)
            self.step("a message of its is still on its way", self.one_is_on_its_way)
            self.step("a copy of its store is made", self.copied)
            self.step("an upgrade from it under traffic loses nothing", self.upgraded)
            self.step("its store is migrated, and all is well", self.migrated)
            self.step("the bounce of what it has relayed comes home", self.late_one_comes_home)
            if self.schema_is_the_package_s() > self.schema:
                self.step("a downgrade to it is refused, and the new one serves on", self.downgrade_is_refused)
            else:
                print("   (both have the same schema: a downgrade has nothing to refuse)")
            self.step("the way back is as the refusal says", self.way_back)
            self.step("crmrelayctl postfix --revert gives back what it has set", self.reverted)
            self.step("purge leaves nothing behind", self.purged)
        return self.finish()


def main():
    said = words("deb", "previous", "readme")
    return Upgrade(Machine(said.pid), said).travel()


if __name__ == "__main__":
    sys.exit(main())
