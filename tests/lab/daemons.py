# SPDX-License-Identifier: BSD-2-Clause
"""crmrelay's daemons and crmrelayctl from a build tree ($CRMRELAY_BUILD, else build/ of this source tree): configuration, start, signals, readiness."""
import copy
import json
import os
import secrets
import shutil
import signal
import socket
import time
from pathlib import Path

from .util import Child, LabError, Timeout, readable, run, tail

PROGRAMS = {"policyd": "policy/crmrelay-policyd", "milter": "milter/crmrelay-milter", "bounced": "report/crmrelay-bounced"}
CONTROL = "ctl/crmrelayctl"
USER = "nobody"

DOMAIN = {
    "require": ["network", "login", "tls"],
    "networks": ["127.0.0.16/28"],
    "logins": ["crm@example.com"],
    "bounces": "crm",
    "return_path": "{token}@bounce.example.com",
    "admins": ["postmaster@example.com"],
}


def build_folder():
    return Path(os.environ.get("CRMRELAY_BUILD") or Path(__file__).resolve().parents[2] / "build")


def translations():
    """The environment in which programs of the build tree find their translations."""
    folder = build_folder() / "po"
    return {"TEXTDOMAINDIR": str(folder)} if folder.exists() else {}


def toml(document):
    """A dict of tables as TOML; a table's own dicts become inline tables, but for "domain", whose members are tables of their own."""
    def value(thing):
        if isinstance(thing, dict):
            return "{ " + ", ".join(f"{quoted(key)} = {value(item)}" for key, item in thing.items()) + " }"
        if isinstance(thing, (list, tuple)):
            return "[" + ", ".join(value(item) for item in thing) + "]"
        return json.dumps(thing, ensure_ascii=False)        # texts, numbers, true and false are written alike

    def quoted(key):
        return key if key.replace("_", "").replace("-", "").isalnum() and key.isascii() else json.dumps(key)

    tables = [(name, table) for name, table in document.items() if name != "domain"]
    tables += [(f"domain.{json.dumps(name)}", table) for name, table in document.get("domain", {}).items()]
    return "\n".join(f"[{name}]\n" + "".join(f"{quoted(key)} = {value(item)}\n" for key, item in table.items()) for name, table in tables)


class Control:
    """What crmrelayctl said: exit status `code`, `out`, `err`."""

    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

    @property
    def json(self):
        """Its output as JSON: the document, or a list where it is a document a line."""
        try:
            return json.loads(self.out)
        except ValueError:
            return [json.loads(line) for line in self.out.splitlines() if line.strip()]

    def __str__(self):
        return f"exit status {self.code}\n{self.out}{self.err}"


class Daemons:
    """`folder` gets etc/crmrelay.toml, etc/domains.d, etc/return-path.keys, lib/ (the store), run/ and the daemons' standard error; `sockets` is
    QUEUE_DIRECTORY/crmrelay. `domains` and `service` are merged into a minimal configuration (None as a value takes a key out); `text` replaces all of it,
    with @LAB@, @SOCKETS@ and @SUBMIT@ filled in."""

    def __init__(self, folder, sockets, submit, syslog, domains=None, service=None, text=None):
        self.folder, self.sockets = Path(folder), Path(sockets)
        self.config = self.folder / "etc/crmrelay.toml"
        self.store, self.keys = self.folder / "lib/crmrelay.db", self.folder / "etc/return-path.keys"
        self.logins = self.folder / "etc/logins"     # crmrelayctl login makes it
        self.domains = copy.deepcopy({"example.com": DOMAIN} if domains is None else domains)
        self.service = {
            "user": USER,
            **{name: f"unix:{self.sockets}/{name}.sock" for name in ("milter", "policy", "bounce", "auth")},
            "admission": f"unix:{self.folder}/run/admission.sock",
            "store": f"sqlite://{self.store}",
            "keys": str(self.keys),
            "logins": str(self.logins),
            "submit": f"smtp://{submit}",
            "syslog": f"unix:{syslog}",
            "retain_days": 30,
            **(service or {}),
        }
        self._submit, self._children, self._notify = submit, {}, {}
        self.clock = 0              # seconds by which the clock of all that is started from now on is off
        self.unclean = []           # daemons that ended by themselves or badly, as texts
        self._folders()
        self.write(text)

    def _folders(self):
        here, root = self.folder, ("root", "root", 0o755)
        for path, (owner, group, mode) in {here: root, here / "etc": root, here / "etc/domains.d": root, here / "lib": (USER, "nogroup", 0o750),
                                           here / "run": (USER, "nogroup", 0o755), self.sockets: (USER, "postfix", 0o750)}.items():
            path.mkdir(parents=True, exist_ok=True)
            shutil.chown(path, owner, group)
            path.chmod(mode)
        self.secret(self.keys, secrets.token_hex(32) + "\n")

    def secret(self, path, text):
        """Writes a file that the daemons alone can read."""
        path = Path(path)
        path.touch(mode=0o600)
        path.write_text(text)
        shutil.chown(path, USER, "nogroup")
        return path

    # configuration

    def write(self, text=None):
        """Writes crmrelay.toml from self.service and self.domains, or `text`. reload() makes the daemons read it."""
        if text is None:
            tables = {"service": self.service, "domain": self.domains}
            text = toml(_without_none(tables))
        for name, value in (("@LAB@", self.folder), ("@SOCKETS@", self.sockets), ("@SUBMIT@", self._submit)):
            text = text.replace(name, str(value))
        self.config.write_text(text)

    def domain_file(self, name, text):
        """Writes etc/domains.d/NAME.toml."""
        path = self.config.parent / "domains.d" / f"{name}.toml"
        path.write_text(text)
        return path

    # life

    def start(self, *names):
        """Starts the named daemons (all where none is named) and waits until each says that it is ready."""
        for name in names or PROGRAMS:
            if not self.running(name):
                self.stop(name)         # notes one that ended by itself
                self._launch(name)
        return self

    def _launch(self, name, deadline=30.0):
        program = build_folder() / PROGRAMS[name]
        if not program.exists():
            raise LabError(f"{program} is not there: build it first (./configure && make), or point CRMRELAY_BUILD to a build tree")
        path = self.folder / f"run/notify-{name}.sock"
        path.unlink(missing_ok=True)
        if name in self._notify:
            self._notify[name].close()
        notify = self._notify[name] = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify.bind(str(path))
        path.chmod(0o666)
        child = Child(name, [program, "-f", "-c", self.config], self.folder / f"{name}.stderr", {"NOTIFY_SOCKET": str(path), **self._environment()})
        self._children[name] = child
        self._await(name, "READY=1", deadline)

    def _await(self, name, wanted, deadline):
        """The text of the next notification that holds `wanted`."""
        child, notify, end = self._children[name], self._notify[name], time.monotonic() + deadline
        while child.running and (ready := readable([notify, child.fd], end - time.monotonic())):
            if notify in ready:
                said = notify.recv(4096).decode("utf-8", "replace")
                if wanted in said:
                    return said
        if not child.running:
            raise LabError(f"{name} ended with status {child.wait()} instead of saying {wanted}:\n{child.tail()}")
        raise Timeout(f"waited {deadline:g} s for {name} to say {wanted}:\n{child.tail()}")

    def running(self, name):
        return name in self._children and self._children[name].running

    def pid(self, name):
        return self._children[name].pid

    def send_signal(self, name, number):
        self._children[name].signal(number)

    def kill(self, name, number=signal.SIGKILL, deadline=20.0):
        """Sends the signal and returns when the daemon has ended: its exit status."""
        self._children[name].signal(number)
        return self._children.pop(name).wait(deadline)

    def stop(self, *names):
        """SIGTERM, in the order in which a host stops them. One that is no longer there, or does not end with 0, is noted in `unclean`."""
        for name in names or ("bounced", "milter", "policyd"):
            if child := self._children.pop(name, None):
                running, status = child.running, child.stop()
                if status or not running:
                    self.unclean.append(f"{name} ended with status {status}{'' if running else ' by itself'}:\n{child.tail()}")

    def restart(self, *names):
        self.stop(*names)
        self.start(*names)

    def reload(self, *names, deadline=15.0):
        """SIGUSR1; returns what each says when it is done, as {name: "READY=1\\nSTATUS=…"}."""
        said = {}
        for name in names or PROGRAMS:
            while readable([self._notify[name]], 0):
                self._notify[name].recv(4096)
            self.send_signal(name, signal.SIGUSR1)
            said[name] = self._await(name, "READY=1", deadline)
        return said

    def test(self, name):
        """`-t` of a daemon: a Control with its exit status and words."""
        return Control(run(build_folder() / PROGRAMS[name], "-t", "-c", self.config, check=False))

    def ctl(self, *args, input=None):
        return Control(run(build_folder() / CONTROL, "-c", self.config, *args, check=False, input=input, env=self._environment()))

    def _environment(self):
        return {**translations(), **({"CRMRELAY_CLOCK_OFFSET": str(self.clock)} if self.clock else {})}

    def stderr(self, lines=40):
        return {name: text for name in PROGRAMS if (text := tail(self.folder / f"{name}.stderr", lines))}

    def close(self):
        self.stop()
        for notify in self._notify.values():
            notify.close()


def _without_none(table):
    return {key: _without_none(value) if isinstance(value, dict) else value for key, value in table.items() if value is not None}
