# SPDX-License-Identifier: BSD-2-Clause
"""A package's life on a machine that has nothing but Debian 12 and a stock Postfix: installed and wired word for word as the README says, a CRM's message goes
out and its bounce comes home, each daemon is locked in, an upgrade under traffic loses nothing, a downgrade is refused, removal keeps and purge leaves nothing.

    journey.py --deb A.deb --newer B.deb [--downgrade C.deb] [--pid N]

With --pid it drives the machine whose first process that is, by nsenter(1), and must itself be in that machine's network; the paths are the machine's.
Every step prints a line; the last one counts them."""
import argparse
import re
import ssl
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from lab.crm import Crm                       # noqa: E402
from lab.dns import Dns                       # noqa: E402
from lab.servers import Recipient             # noqa: E402
from lab.util import wait_until               # noqa: E402
from package.readme import chapter            # noqa: E402
from package.sandbox import check_sandboxes   # noqa: E402

README = Path(__file__).resolve().parents[2] / "README.md"
RESOLVER, RELAYHOST, CRM = "10.53.0.53", "127.0.0.1:2525", "10.53.0.17"   # addresses of the machine's loopback, but not localhost's
DAEMONS = ("policyd", "milter", "bounced")
LOGIN = "crm@example.com"


class Failed(Exception):
    pass


class Machine:
    def __init__(self, pid=None):
        self._enter = ["nsenter", "-t", str(pid), "-m", "-u", "-i", "-p", "-n", "-r", "-w"] if pid else []
        self.transcript = []

    def try_run(self, command, deadline=300):
        done = subprocess.run(self._enter + ["/bin/sh", "-c", command], capture_output=True, text=True, timeout=deadline,
                              env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "HOME": "/root", "LC_ALL": "C.UTF-8"})
        self.transcript.append(f"# {command}\n{done.stdout}{done.stderr}")
        return done

    def run(self, command, deadline=300):
        """Its standard output."""
        done = self.try_run(command, deadline)
        if done.returncode != 0:
            raise Failed(f"{command}\nended with status {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def write(self, path, text):
        subprocess.run(self._enter + ["/bin/sh", "-c", f"cat > {path}"], input=text, text=True, check=True, timeout=30)


class Journey:
    def __init__(self, machine, words):
        self.machine, self.words, self.passed, self.failed = machine, words, 0, 0
        self.password, self.count = None, 0

    def step(self, name, work):
        before = len(self.machine.transcript)
        try:
            work()
            self.passed += 1
            print(f"ok {name}", flush=True)
        except Exception as error:      # pylint: disable=broad-except
            self.failed += 1
            print(f"FAIL {name}: {error if isinstance(error, Failed) else traceback.format_exc()}", flush=True)
            print("".join(self.machine.transcript[before:])[-4000:], flush=True)
            print(self.machine.try_run("journalctl -n 40 --no-pager -o short; systemctl --no-pager status 'crmrelay-*' | head -60").stdout, flush=True)
            raise SystemExit(self.finish()) from error

    def finish(self):
        print(f"journey: {self.passed} passed, {self.failed} failed", flush=True)
        return 1 if self.failed or not self.passed else 0

    # what stands around it

    def around(self):
        """The company's Postfix as it is before: mail goes out through a relay host; the world's DNS; the CRM's addresses."""
        for address in (RESOLVER, CRM):
            self.machine.try_run(f"ip address add {address}/32 dev lo")
        self.machine.run(f"echo nameserver {RESOLVER} > /etc/resolv.conf")
        self.machine.run(f"postconf -e 'relayhost = [{RELAYHOST.replace(':', ']:')}' 'myhostname = mail.example.com' && systemctl restart postfix")

    def installed(self):
        command = next(text for _, _, text in chapter(README.read_text(), "Install", "On Debian 12") if text.startswith("apt-get install"))
        said = self.machine.run(command.replace("install", "install -y") + " 2>&1", 600)      # nobody is there to answer
        for words in ("crmrelay runs, and relays nothing yet", "crmrelayctl postfix --apply", "crmrelayctl check"):
            if words not in said:
                raise Failed(f"the installation does not say {words!r}:\n{said}")
        if "crmrelay" in self.machine.run("postconf -n"):
            raise Failed("the installation has touched main.cf")

    def serving(self):
        def all_active():
            return all(self.machine.try_run(f"systemctl is-active crmrelay-{name}").stdout.strip() == "active" for name in DAEMONS)
        wait_until(all_active, 30, "all three daemons active")

    def configured(self):
        """The README's chapter, its files and commands as they stand."""
        for kind, what, text in chapter(README.read_text(), "Install", "On Debian 12"):
            if kind == "file":
                self.machine.write(what, text)
            elif not text.startswith("apt-get install"):      # done before
                said = self.machine.run(text)
                if text.startswith("crmrelayctl login add"):
                    self.password = said.strip()
        if not re.fullmatch(r"\S{20,}", self.password or ""):
            raise Failed(f"the README's chapter has made no app password: {self.password!r}")

    # mail

    def crm(self):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return Crm(10587, context, address=CRM, login=LOGIN, password=self.password)

    def mail_goes_out_and_home(self):
        self.count += 1
        good, bad, sender = f"good{self.count}@dest.test", f"nobody{self.count}@dest.test", f"return{self.count}@bounces.crm.test"
        result = self.crm().send([good, bad], sender=sender)
        if not result.accepted:
            raise Failed(f"the CRM's message was not accepted: {result}")
        sent = self.world.wait_for(good, 30)
        if not re.fullmatch(r"[a-z2-7]{40}@bounce\.example\.com", sent.sender):
            raise Failed(f"it left with the return path {sent.sender!r}")
        home = self.world.wait_for(sender, 60)
        if home.sender != "" or bad not in home.report[1]["Final-Recipient"]:
            raise Failed(f"what came to {sender} is no bounce about {bad}")
        life = self.machine.run(f"crmrelayctl trace {sent.sender.partition('@')[0]}")
        if bad not in life:
            raise Failed(f"crmrelayctl trace does not know of it:\n{life}")

    def strangers_are_refused(self):
        result = Crm(25, address=CRM, tls="none").send("good@dest.test", from_header="x@example.com")
        if result.accepted or "250" in str(result.rcpts.get("good@dest.test")):
            raise Failed(f"a session without the login relays: {result}")

    # life

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

    def key(self):
        return self.machine.run("stat -c '%U:%G %a' /etc/crmrelay/return-path.keys && sha256sum /etc/crmrelay/return-path.keys")

    def upgraded_under_traffic(self):
        """A CRM that tries again what is deferred sends all the while: every message that was accepted arrives with a return path of ours, and is on record."""
        key, stop, accepted, wrong = self.key(), threading.Event(), [], []

        def send():
            number = 0
            while not stop.is_set():
                number += 1
                to = f"traffic{number}@dest.test"
                while True:
                    try:
                        result = self.crm().send(to, sender="return@bounces.crm.test")
                    except OSError:
                        time.sleep(0.2)
                        continue
                    refusal = result.refusal
                    if result.accepted:
                        accepted.append(to)
                    elif refusal.code < 500:
                        time.sleep(0.2)
                        continue
                    else:
                        wrong.append(str(result))
                    break

        thread = threading.Thread(target=send)
        thread.start()
        try:
            wait_until(lambda: len(accepted) >= 10, 60, "traffic before the upgrade")
            self.machine.run(f"apt-get install -y ./{self.words.newer} 2>&1", 600)
            self.serving()
            before = len(accepted)
            wait_until(lambda: len(accepted) >= before + 10, 60, "traffic behind the upgrade")
        finally:
            stop.set()
            thread.join()
        if wrong:
            raise Failed(f"refused for good during the upgrade: {wrong[:3]}")
        for to in accepted:
            token = self.world.wait_for(to, 60).sender.partition("@")[0]
            if "relayed" not in self.machine.run(f"crmrelayctl trace {token}"):
                raise Failed(f"{to} left with {token}, which is not on record")
        if self.key() != key:
            raise Failed("the upgrade has changed the return-path key")
        if "Domain" in self.machine.run("cat /etc/crmrelay/crmrelay.toml") or "zoho" not in self.machine.run("cat /etc/crmrelay/domains.d/example.com.toml"):
            raise Failed("the upgrade has changed the configuration")
        print(f"   ({len(accepted)} messages)")

    def downgrade_is_refused(self):
        """As from a version whose store is newer."""
        self.machine.run("cp /usr/share/crmrelay/store-schema /root/schema && echo 999 > /usr/share/crmrelay/store-schema")
        done = self.machine.try_run(f"dpkg -i ./{self.words.deb}")
        if done.returncode == 0 or "keeps a store of schema 999" not in done.stderr:
            raise Failed(f"a downgrade is not refused with its reason: {done.stdout}{done.stderr}")
        self.machine.run("mv /root/schema /usr/share/crmrelay/store-schema; dpkg --configure -a")
        self.serving()
        self.mail_goes_out_and_home()

    def removed_and_back(self):
        key = self.key()
        done = self.machine.try_run("apt-get remove -y crmrelay")
        if done.returncode != 0 or "crmrelayctl postfix --revert" not in done.stdout + done.stderr:
            raise Failed(f"removing does not say that Postfix is still wired: {done.stdout}{done.stderr}")
        if self.machine.run("pgrep -c crmrelay- || true").strip() != "0":
            raise Failed("daemons run on after the removal")
        self.machine.run("test -s /var/lib/crmrelay/crmrelay.db && test -s /etc/crmrelay/logins")
        self.machine.run(f"apt-get install -y ./{self.words.newer}", 600)
        self.serving()
        if self.key() != key:
            raise Failed("there is another return-path key after the removal")
        self.mail_goes_out_and_home()

    def reverted(self):
        self.machine.run("crmrelayctl postfix --revert && postfix reload")
        left = self.machine.run("postconf -n; postconf -M")
        if "crmrelay" in left:
            raise Failed(f"Postfix still names crmrelay:\n{left}")

    def purged(self):
        self.machine.run("apt-get purge -y crmrelay")
        left = self.machine.run("find / -xdev \\( -path /proc -o -path /sys -o -path /root -o -path /var/log -o -path /var/cache -o -path /var/lib/apt \\) -prune -o -iname '*crmrelay*' -not -name '*.deb' -print; "
                                "find /run -iname '*crmrelay*' -not -path '/run/systemd/*'").split()
        if left:
            raise Failed(f"the purge has left {left}")
        users = self.machine.run("getent passwd | grep -c ^crmrelay- || true").strip()
        if users != "3":
            raise Failed(f"{users} system users are there after the purge; Debian's practice is to keep them")

    def travel(self):
        self.step("the machine's Postfix is as an administrator has it", self.around)
        with Dns(RESOLVER, 53) as dns, Recipient(int(RELAYHOST.partition(":")[2]), "127.0.0.1") as self.world:
            dns.set("zcsend.net", "TXT", f"v=spf1 ip4:{CRM} -all")
            dns.set("transmail.net", "TXT", "v=spf1 -all")
            dns.set("bounce.example.com", "MX", (10, "mail.example.com"))
            self.step("apt-get install says the next three steps, and leaves main.cf alone", self.installed)
            self.step("all daemons serve, without a domain", self.serving)
            self.step("the README, word for word", self.configured)
            self.step("the CRM's message goes out, and its bounce comes home", self.mail_goes_out_and_home)
            self.step("who lacks the evidence is refused", self.strangers_are_refused)
            self.step("units are fine, and expose no more than 1.5", lambda: check_units(self.machine))
            self.step("each daemon is locked in", lambda: check_sandboxes(self.machine, Failed))
            self.step("the routine of the journal is what logcheck ignores", lambda: check_journal(self.machine))
            self.step("the watchdog ends who hangs, and only them", self.watched)
            self.step("a reload takes a new configuration, and keeps the former where it is broken", self.reloaded)
            self.step("an upgrade under traffic loses nothing", self.upgraded_under_traffic)
            self.step("a downgrade below the store's schema is refused", self.downgrade_is_refused)
            self.step("removal keeps data and key", self.removed_and_back)
            self.step("crmrelayctl postfix --revert gives Postfix back", self.reverted)
            self.step("purge leaves nothing behind", self.purged)
        return self.finish()


def check_units(machine):
    units = [f"crmrelay-{name}.service" for name in (*DAEMONS, "resolvers")]
    said = machine.try_run(f"systemd-analyze verify --man=no {' '.join(units)} crmrelay.target crmrelay-resolvers.path 2>&1")
    ours = [line for line in said.stdout.splitlines() if "crmrelay" in line]
    if said.returncode != 0 or ours:
        raise Failed(f"systemd-analyze verify: {said.stdout}")
    for unit in units:
        said = machine.run(f"systemd-analyze security --offline=yes /lib/systemd/system/{unit} --no-pager")
        exposure = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", said)[1])
        if exposure > 1.5:
            raise Failed(f"{unit}: exposure {exposure}:\n{said}")


def check_journal(machine):
    """Every line of the daemons so far is routine, but for the refusals that this journey has asked for; and the rules leave those."""
    done = machine.try_run("journalctl --no-pager -o short -t crmrelay-policyd -t crmrelay-milter -t crmrelay-bounced > /tmp/lines; grep -Evf /etc/logcheck/ignore.d.server/crmrelay /tmp/lines; wc -l < /tmp/lines")
    *left, count = done.stdout.splitlines()
    strange = [line for line in left if not re.search(r"\]: (\S+: )?(refused|auth) ", line) and not line.startswith("--")]
    if strange or int(count) < 8:
        raise Failed(f"of {count} lines logcheck would mail:\n" + "\n".join(strange))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--deb", required=True)
    parser.add_argument("--newer", required=True)
    parser.add_argument("--pid")
    words = parser.parse_args()
    machine = Machine(words.pid)
    machine.run("cd /root")
    return Journey(machine, words).travel()


if __name__ == "__main__":
    sys.exit(main())
