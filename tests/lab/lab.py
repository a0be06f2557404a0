# SPDX-License-Identifier: BSD-2-Clause
"""The whole lab in one `with`: Postfix, its SASL server, the recipients' server, the CRM's bounce server, crmrelay's daemons and the stand-in CRM."""
import atexit
import email
import email.policy
import itertools
import os
import pwd
import shutil
import signal
import sys
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path

from .crm import Crm
from .daemons import DOMAIN, PROGRAMS, Daemons
from .events import Events
from .postfix import AUTH, Postfix
from .sasl import Dovecot
from .servers import Catcher, Recipient
from .tls import Authority
from .util import LabError, Ports, leave_on_signals, run, wait_until

NEEDED = {"postfix": "postfix", "dovecot": "dovecot-core", "openssl": "openssl"}


_NUMBERS = itertools.count(1)


class Maildir:
    """A local user's mail, as Postfix delivered it."""

    def __init__(self, folder):
        self.folder = Path(folder)

    def messages(self):
        files = sorted((path for part in ("new", "cur") for path in (self.folder / part).glob("*")), key=lambda path: path.stat().st_mtime_ns)
        return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in files]

    def wait_for(self, wanted, deadline=15.0):
        """The first message whose Subject is `wanted`, or for which the predicate `wanted` holds."""
        fits = wanted if callable(wanted) else lambda message: message["Subject"] == wanted

        def what():
            return f"mail ({wanted}) in {self.folder}; it holds {[str(message['Subject']) for message in self.messages()]}"
        return wait_until(lambda: next((message for message in self.messages() if fits(message)), None), deadline, what)


class Lab:
    """domains, service, config: crmrelay's configuration (see Daemons). daemons: True, False, or the names of those to start. wire: True (the CRM's own
    services), "shared", or False (no crmrelay in Postfix; the CRM's service is there all the same). milter=False: smtpd_milters is forgotten.
    auth: who keeps the logins of the CRM's own services: "dovecot", or "crmrelay" (those of the domains, each with a password in `passwords`).
    postfix: main.cf parameters on top. logins: the SASL server's. folder: where the lab's own folder is made. keep: it stays. say: is told each step."""

    def __init__(self, domains=None, service=None, config=None, daemons=True, wire=True, milter=True, auth="dovecot", postfix=None, logins=None, folder=None, keep=False,
                 say=None):
        self._domains, self._service, self._config, self._daemons = domains, service, config, daemons
        self._wire, self._milter, self._postfix, self._logins = wire, milter, postfix, logins
        self._auth, self.passwords = auth, {}
        self._base, self.keep, self._say = folder, keep, say or (lambda text: None)
        self._stack = ExitStack()
        self.folder = self.problems = None

    # life

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        if kind and issubclass(kind, Exception):
            print(self.tails(), file=sys.stderr)
        self.close()

    def start(self):
        _check_host()
        leave_on_signals()
        atexit.register(self.close)
        try:
            self._build()
        except BaseException:
            self.close()
            raise
        return self

    def _build(self):
        enter, callback = self._stack.enter_context, self._stack.callback
        self.folder = Path(tempfile.mkdtemp(prefix="crmlab.", dir=self._base or "/var/tmp"))
        if not self.keep:
            callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.folder.chmod(0o755)
        self.ports = Ports()
        callback(self.ports.close)
        self.tls = Authority(self.folder / "tls")
        self.events = Events(self.folder / "syslog.sock")
        callback(self.events.close)

        self._say("the recipients' server and the CRM's own")
        self.recipient = enter(Recipient(self.ports.free()))
        self.catcher = enter(Catcher(self.ports.free()))

        nobody = pwd.getpwnam("nobody")
        self.postfix = Postfix(self.folder / "postfix", self.tls.server, nobody.pw_uid, nobody.pw_gid)
        self._configure_postfix()
        self.daemons = Daemons(self.folder / "crmrelay", self.postfix.queue / "crmrelay", f"127.0.0.1:{self.port('smtp')}", self.events.path,
                               self._domains, self._service, self._config)
        self._say("a private Postfix")
        enter(self.postfix)
        self.sasl = enter(Dovecot(self.folder / "sasl", self.postfix.queue / "private/auth", self._logins))
        callback(self.daemons.close)
        if self._auth == "crmrelay":
            for login in {login: True for domain in self.daemons.domains.values() for login in domain.get("logins", ())}:
                self.add_login(login)
        if self._daemons:
            names = PROGRAMS if self._daemons is True else self._daemons
            self._say("crmrelay: " + ", ".join(names))
            self.daemons.start(*names)

    def _configure_postfix(self):
        postfix = self.postfix
        self.route({"dest.test": self.recipient, "crm.test": self.catcher, "bounces.crm.test": self.catcher})
        postfix.service("smtp", self.ports.free())
        postfix.service("submission", self.ports.free(), {"smtpd_tls_security_level": "encrypt", **AUTH})
        ports = {"port": self.ports.free(), "implicit_port": self.ports.free()}
        if self._wire:
            domains = {"example.com": DOMAIN} if self._domains is None else self._domains
            paths = [domain["return_path"] for domain in domains.values() if domain.get("return_path")]
            postfix.wire(**ports, return_paths=paths, shared=self._wire == "shared", milter=self._milter,
                         options={"smtpd_sasl_path": "crmrelay/auth.sock"} if self._auth == "crmrelay" else None)
        else:
            own = {"smtpd_tls_security_level": "encrypt", **AUTH}
            postfix.service("crm", ports["port"], own)
            postfix.service("crms", ports["implicit_port"], {**own, "smtpd_tls_wrappermode": "yes"})
        if self._postfix:
            postfix.main(self._postfix)

    def close(self):
        """Stops and removes everything; may be called twice. `problems` then lists what ended badly."""
        atexit.unregister(self.close)
        if threading.current_thread() is threading.main_thread():
            former = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
        else:
            former = {}
        try:
            self._stack.close()
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)
        if self.problems is None:
            self.problems = self.daemons.unclean if hasattr(self, "daemons") else []

    def enter(self, context):
        """Another part that is to end with the lab: what `context` gives."""
        return self._stack.enter_context(context)

    def hold(self):
        """Waits for Ctrl-C or SIGTERM, which end the lab."""
        while True:
            signal.pause()

    # what stories use

    def port(self, service):
        """A Postfix service's port: smtp (as port 25), submission (587), crm (10587) and crms (implicit TLS) unless the lab is shared."""
        return self.postfix.services[service]

    def crm(self, address="127.0.0.17", login="crm@example.com", password=None, port=None, tls="starttls", service=None, certificate=None, **more):
        """The CRM at `address` ("::1" too); the right password unless another is given; login None: no AUTH. `service` is one of port()'s."""
        service = service or ("crms" if tls == "implicit" else "crm" if "crm" in self.postfix.services else "submission")
        if password is None:
            ours = self._auth == "crmrelay" and service in ("crm", "crms")
            password = (self.passwords if ours else self.sasl.logins).get(login, "")
        return Crm(port or self.port(service), self.tls.client_context(certificate), address, login=login, password=password, tls=tls, **more)

    def add_login(self, login):
        """One more password by crmrelayctl: returned, and crm() uses it from now on."""
        added = self.daemons.ctl("login", "add", login)
        if added.code:
            raise LabError(f"crmrelayctl login add {login}: {added}")
        self.passwords[login] = added.out.strip()
        return self.passwords[login]

    def employee(self, **more):
        """A colleague with a login of their own on the submission service, whose address is in no CRM's network."""
        return self.crm(**{"address": "127.0.0.40", "login": "employee@example.com", "service": "submission", "helo": "desk.example.com", **more})

    def remote(self, **more):
        """Any other mail server: no login, on the smtp service."""
        return self.crm(**{"address": "127.0.0.50", "login": None, "service": "smtp", "tls": "none", "helo": "mx.dest.test", **more})

    def maildir(self, user):
        """alice, bob, employee, archive, bounces, postmaster of example.com; "alice@example.org" for the other domain."""
        return Maildir(self.postfix.delivered_to(user))

    def unique(self, word="ok"):
        return f"{word}-{os.getpid()}-{next(_NUMBERS)}"

    def to(self, word="ok", domain="dest.test"):
        """A recipient that no other story uses; the word says what its server does (servers.RULES)."""
        return f"{self.unique(word)}@{domain}"

    def route(self, servers):
        """Adds domains to the transport table: {"other.test": a server}. A running Postfix needs reload()."""
        self._routes = {**getattr(self, "_routes", {}), **servers}
        self.postfix.table("transport", {domain: f"smtp:[{server.address}]:{server.port}" for domain, server in self._routes.items()})

    # between stories

    def begin(self):
        """A story begins: waits and logs look at what comes from here on."""
        self.postfix.mark = self.postfix.offset()
        self.events.mark = self.events.now()

    def mend(self):
        """After a story: the queue is empty, the servers give their usual answers, and what a story stopped runs again."""
        for server in (self.recipient, self.catcher):
            server.reset()
            if not server.running:
                server.start()
        if not self.postfix.running:
            self.postfix.restart()
        if self.postfix.pending():
            self.postfix.purge()
        if self._daemons:
            self.daemons.start(*(PROGRAMS if self._daemons is True else self._daemons))

    def tails(self, lines=50):
        """The ends of all logs, since the story began."""
        parts = {}
        if hasattr(self, "postfix"):
            parts["mail log"] = "\n".join(self.postfix.log().splitlines()[-lines:])
            parts["recipient"], parts["catcher"] = self.recipient.summary(), self.catcher.summary()
        if hasattr(self, "events"):
            parts["crmrelay's events"] = "\n".join(str(event) for event in self.events.since()[-lines:])
        if hasattr(self, "daemons"):
            parts.update({f"{name}'s standard error": text for name, text in self.daemons.stderr(lines).items()})
        return "".join(f"---- {name}\n{text}\n" for name, text in parts.items() if text)


def _check_host():
    if os.geteuid() != 0:
        raise LabError("the lab needs root: it starts a private Postfix")
    missing = [package for program, package in NEEDED.items() if run("sh", "-c", f"command -v {program}", check=False).returncode]
    if missing:
        raise LabError(f"missing packages: apt-get install {' '.join(missing)}")
