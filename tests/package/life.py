# SPDX-License-Identifier: BSD-2-Clause
"""What the journeys of the package share: the machine that they drive, its Postfix and the world around it, the README's chapter, mail that goes out and home, and a
CRM that goes on sending while something is done."""
import argparse
import contextlib
import re
import ssl
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from lab.crm import Crm               # noqa: E402
from lab.dns import Dns               # noqa: E402
from lab.servers import Recipient     # noqa: E402
from lab.util import wait_until       # noqa: E402
from package.readme import chapter    # noqa: E402

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


class Life:
    """`readme`: the text whose chapter "Install" is worked off."""

    def __init__(self, machine, readme):
        self.machine, self.steps, self.passed, self.failed = machine, chapter(readme, "Install", "On Debian 12"), 0, 0
        self.password, self.count, self.world = None, 0, None

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

    @contextlib.contextmanager
    def surrounded(self):
        """The world outside: DNS, and the server behind the relay host, which takes most."""
        with Dns(RESOLVER, 53) as dns, Recipient(int(RELAYHOST.partition(":")[2]), "127.0.0.1") as self.world:
            dns.set("zcsend.net", "TXT", f"v=spf1 ip4:{CRM} -all")
            dns.set("transmail.net", "TXT", "v=spf1 -all")
            dns.set("bounce.example.com", "MX", (10, "mail.example.com"))
            yield

    # the README's chapter

    def installed(self):
        """What apt-get says."""
        command = next(text for _, _, text in self.steps if text.startswith("apt-get install"))
        return self.machine.run(command.replace("install", "install -y") + " 2>&1", 600)      # nobody is there to answer

    def serving(self):
        def all_active():
            return all(self.machine.try_run(f"systemctl is-active crmrelay-{name}").stdout.strip() == "active" for name in DAEMONS)
        wait_until(all_active, 30, "all three daemons active")

    def configured(self):
        """The README's chapter, its files and commands as they stand."""
        for kind, what, text in self.steps:
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

    def under_traffic(self, work):
        """A CRM sends before, during and after `work`, and comes again where it is deferred or cut off. Whatever was accepted arrives with a return path of ours and is
        on record, and every bounce comes home to the CRM. The count of messages."""
        stop, accepted, wrong = threading.Event(), [], []

        def send():
            number = 0
            while not stop.is_set():
                number += 1
                name = f"{self.count}.{number}"
                try:
                    result = self.crm().send([f"traffic{name}@dest.test", f"nobody{name}@dest.test"], sender=f"traffic{name}@bounces.crm.test")
                except OSError:
                    time.sleep(0.2)
                    continue
                if result.accepted:
                    accepted.append((name, [address for address, reply in result.rcpts.items() if reply.ok]))
                elif result.refusal.code >= 500:
                    wrong.append(str(result))
                else:
                    time.sleep(0.2)

        self.count += 1
        thread = threading.Thread(target=send)
        thread.start()
        try:
            wait_until(lambda: len(accepted) >= 10, 60, "traffic before")
            work()
            self.serving()
            before = len(accepted)
            wait_until(lambda: len(accepted) >= before + 10, 60, "traffic afterwards")
        finally:
            stop.set()
            thread.join()
        if wrong:
            raise Failed(f"refused for good meanwhile: {wrong[:3]}")
        for name, taken in accepted:
            if (to := f"traffic{name}@dest.test") in taken:
                token = self.world.wait_for(to, 60).sender.partition("@")[0]
                if "relayed" not in self.machine.run(f"crmrelayctl trace {token}"):
                    raise Failed(f"{to} left with {token}, which is not on record")
        self.come_home({f"traffic{name}@bounces.crm.test": f"nobody{name}@dest.test" for name, taken in accepted if f"nobody{name}@dest.test" in taken})
        return len(accepted)

    def come_home(self, failed):
        """{the CRM's return path: who failed}: each gets its bounce; what Postfix has deferred meanwhile is tried again."""
        def missing():
            return [sender for sender in failed if not self.world.found(sender)]

        def all_there():
            self.machine.run("postqueue -f")
            return not missing()
        wait_until(all_there, 120, lambda: f"the bounces to {missing()[:5]}", 1)
        for sender, address in failed.items():
            home = self.world.found(sender)[0]
            if home.sender != "" or address not in home.report[1]["Final-Recipient"]:
                raise Failed(f"what came to {sender} is no bounce about {address}")

    # what stays

    def key(self):
        return self.machine.run("stat -c '%U:%G %a' /etc/crmrelay/return-path.keys && sha256sum /etc/crmrelay/return-path.keys")

    def kept(self, before):
        """The return-path key, as key() said, and the configuration."""
        if self.key() != before:
            raise Failed("there is another return-path key")
        if "zoho" in self.machine.run("cat /etc/crmrelay/crmrelay.toml") or "zoho" not in self.machine.run("cat /etc/crmrelay/domains.d/example.com.toml"):
            raise Failed("the configuration has changed")

    def removed(self):
        done = self.machine.try_run("apt-get remove -y crmrelay")
        if done.returncode != 0 or "crmrelayctl postfix --revert" not in done.stdout + done.stderr:
            raise Failed(f"removing does not say that Postfix is still wired: {done.stdout}{done.stderr}")
        if self.machine.run("pgrep -c crmrelay- || true").strip() != "0":
            raise Failed("daemons run on after the removal")
        self.machine.run("test -s /var/lib/crmrelay/crmrelay.db && test -s /etc/crmrelay/logins")

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


def words(*more):
    """The arguments of a journey: --pid, and `more`, which must be there."""
    parser = argparse.ArgumentParser()
    for name in more:
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--pid")
    return parser.parse_args()
