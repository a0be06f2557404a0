# SPDX-License-Identifier: BSD-2-Clause
"""A private Postfix instance: own configuration, queue, data and log, services on loopback ports only, no DNS, nothing shared with /etc/postfix.

Times are those of a test: what is deferred is tried again after a second, errors are not slowed down, a dead destination is not left alone.
"""
import json
import os
import re
import shutil
import signal
from contextlib import contextmanager
from pathlib import Path

from .util import Child, LabError, Timeout, have_ipv6, readable, run, tail, wait_until

USERS = ("postmaster", "alice", "bob", "employee", "archive", "bounces")

_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
mail_owner = postfix
maillog_file = {folder}/maillog
maillog_file_prefixes = {folder}
myhostname = mail.example.com
mydomain = example.com
myorigin = example.com
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
inet_interfaces = loopback-only
inet_protocols = {protocols}
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
smtp_host_lookup = native
smtp_tls_security_level = none
# this host only: the CRM's addresses are others of the loopback network
mynetworks = 127.0.0.1/32
smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination
# local users
virtual_mailbox_domains = example.com, example.org
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = texthash:{folder}/etc/mailboxes
virtual_alias_maps = texthash:{folder}/etc/aliases
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
# everybody else
transport_maps = texthash:{folder}/etc/transport
default_transport = error:5.4.4 the lab has no server for this domain
# TLS
smtpd_tls_chain_files = {certificate}
smtpd_tls_security_level = may
smtpd_tls_loglevel = 1
smtpd_tls_received_header = yes
smtpd_tls_fingerprint_digest = sha256
# a test's times
queue_run_delay = 1s
minimal_backoff_time = 2s
maximal_backoff_time = 2s
default_destination_concurrency_failed_cohort_limit = 0
smtp_connect_timeout = 5s
smtpd_error_sleep_time = 0
smtpd_soft_error_limit = 1000
smtpd_hard_error_limit = 1000
smtpd_client_connection_count_limit = 0
in_flow_delay = 0
transport_retry_time = 1s
"""

# as Debian's master.cf: what is chrooted there is chrooted here
_MASTER = """\
pickup    unix  n - y 60    1   pickup
cleanup   unix  n - y -     0   cleanup
qmgr      unix  n - n 300   1   qmgr
tlsmgr    unix  - - y 1000? 1   tlsmgr
rewrite   unix  - - y -     -   trivial-rewrite
bounce    unix  - - y -     0   bounce
defer     unix  - - y -     0   bounce
trace     unix  - - y -     0   bounce
verify    unix  - - y -     1   verify
flush     unix  n - y 1000? 0   flush
proxymap  unix  - - n -     -   proxymap
proxywrite unix - - n -     1   proxymap
smtp      unix  - - y -     -   smtp
relay     unix  - - y -     -   smtp
showq     unix  n - y -     -   showq
error     unix  - - y -     -   error
retry     unix  - - y -     -   error
discard   unix  - - y -     -   discard
local     unix  - n n -     -   local
virtual   unix  - n n -     -   virtual
lmtp      unix  - - y -     -   lmtp
anvil     unix  - - y -     1   anvil
scache    unix  - - y -     1   scache
postlog   unix-dgram n - n - 1  postlogd
"""

MILTER = "{ unix:crmrelay/milter.sock, default_action=tempfail, connect_timeout=5s, command_timeout=30s }"
POLICY_RECIPIENT = "check_policy_service { unix:crmrelay/policy.sock, policy_context=recipient, timeout=10s, default_action=DUNNO }"
POLICY_RELAY = ("check_policy_service { unix:crmrelay/policy.sock, policy_context=relay, timeout=10s, "
                "{ default_action = DEFER_IF_REJECT 4.3.0 [crmrelay:unavailable] } }")
AUTH = {"smtpd_sasl_auth_enable": "yes", "smtpd_sasl_type": "dovecot", "smtpd_sasl_path": "private/auth", "smtpd_tls_auth_only": "yes"}


class Postfix:
    def __init__(self, folder, certificate, uid, gid):
        self.folder, self.certificate, self._ids = Path(folder), certificate, (uid, gid)
        self.config, self.queue, self.maillog = self.folder / "etc", self.folder / "queue", self.folder / "maillog"
        self.services = {}          # name: port
        self.mark = 0               # where in the log a story began
        self._pid = self._fd = None
        self._write()

    def _write(self):
        for part in (self.folder, self.config, self.queue, self.folder / "mail"):
            part.mkdir(mode=0o755, exist_ok=True)
        uid, gid = self._ids
        os.chown(self.folder / "mail", uid, gid)
        (self.folder / "data").mkdir(mode=0o700)
        shutil.chown(self.folder / "data", "postfix")
        (self.config / "main.cf").write_text(_MAIN.format(folder=self.folder, certificate=self.certificate, uid=uid, gid=gid,
                                                          protocols="all" if have_ipv6() else "ipv4"))
        (self.config / "master.cf").write_text(_MASTER)
        self.table("mailboxes", {f"{user}@{domain}": f"{domain}/{user}/" for domain in ("example.com", "example.org") for user in USERS})
        for name in ("aliases", "transport"):
            self.table(name, {})

    def _settle(self):
        """Postfix's programs wait until a file they read is two seconds old, lest it is still being written: ours are complete, and are made to look old."""
        for path in self.config.iterdir():
            os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 10))

    # configuration; what a running Postfix must notice needs reload() (changed() does it by itself)

    def table(self, name, rows):
        """Writes etc/NAME, a texthash table: mailboxes, aliases, transport."""
        (self.config / name).write_text("".join(f"{key} {value}\n" for key, value in rows.items()))
        self._settle()

    def get(self, parameter):
        return run("postconf", "-c", self.config, "-h", parameter).stdout.strip()

    def main(self, settings=None, **more):
        """Sets main.cf parameters; None takes one out. Names that start with a digit come in the dict."""
        settings = {**(settings or {}), **more}
        gone = [name for name, value in settings.items() if value is None]
        if gone:
            run("postconf", "-c", self.config, "-X", *gone)
        if len(settings) > len(gone):
            run("postconf", "-c", self.config, "-e", *(f"{name}={value}" for name, value in settings.items() if value is not None))
        self._settle()

    @contextmanager
    def changed(self, settings=None, **more):
        """main() and a reload for the time of a `with`; then everything is as it was."""
        before = (self.config / "main.cf").read_text()
        self.main(settings, **more)
        self.reload()
        try:
            yield self
        finally:
            (self.config / "main.cf").write_text(before)
            self.reload()

    def service(self, name, port, options=None, chroot="y", maxproc="-"):
        """An smtpd on 127.0.0.1:port, and on [::1]:port where there is IPv6; replaces one of that port. `options`: -o overrides."""
        self.services[name] = port
        options = {"syslog_name": f"postfix/{name}", **(options or {})}
        overrides = "".join(f" -o {{ {key} = {value} }}" for key, value in options.items())
        for host in ("127.0.0.1", "[::1]") if have_ipv6() else ("127.0.0.1",):
            run("postconf", "-c", self.config, "-Me", f"{host}:{port}/inet={host}:{port} inet n - {chroot} - {maxproc} smtpd{overrides}")
            self._settle()

    def wire(self, port=None, return_paths=("{token}@bounce.example.com",), shared=False, milter=True, options=None, implicit_port=None):
        """crmrelay's lines, as crmrelayctl postfix prints them. Without `shared` the CRM gets the services "crm" (STARTTLS, on `port`) and
        "crms" (implicit TLS, on `implicit_port`), which alone have the milter; with it every smtpd has it. `milter=False` forgets smtpd_milters.
        `return_paths` are the domains' settings of that name; `options` are more -o overrides of the CRM's service."""
        restrictions = f"{POLICY_RECIPIENT}, permit_auth_destination, {POLICY_RELAY}, {self.get('smtpd_relay_restrictions')}"
        settings = {"smtpd_relay_restrictions": restrictions, "notify_classes": f"{self.get('notify_classes')}, 2bounce"}
        if shared and milter:
            settings["smtpd_milters"] = MILTER
        settings.update(self._bounce_settings(return_paths))
        self.main(settings)
        if port and not shared:
            own = {"smtpd_tls_security_level": "encrypt", "smtpd_tls_ask_ccert": "yes", **AUTH, **({"smtpd_milters": MILTER} if milter else {})}
            own.update(options or {})
            self.service("crm", port, own)
            if implicit_port:
                self.service("crms", implicit_port, {**own, "smtpd_tls_wrappermode": "yes"})

    def _bounce_settings(self, return_paths):
        """The bounce addresses' way to crmrelay-bounced: a domain of their own as a whole, single addresses of a domain with mailboxes."""
        mailbox_domains = self.get("virtual_mailbox_domains").replace(",", " ").split()
        domains, addresses, delimiters = {}, {}, {}
        for path in return_paths:
            local, _, domain = path.partition("@")
            prefix = local.removesuffix("{token}")
            if domain in mailbox_domains:
                addresses.update({f"{prefix[:-1]}@{domain}": domain, f"2bounce@{domain}": domain})
                delimiters[prefix[-1]] = True
            else:
                domains[domain] = True
        if not domains and not addresses:
            return {}
        transports = ", ".join(f"{{{key} = lmtp:unix:crmrelay/bounce.sock}}" for key in (*domains, *addresses))
        settings = {"transport_maps": f"{self.get('transport_maps')}, inline:{{{transports}}}",
                    "2bounce_notice_recipient": f"2bounce@{next(iter(domains), None) or next(iter(addresses.values()))}"}
        if domains:
            settings["relay_domains"] = ", ".join([self.get("relay_domains"), *domains]).strip(", ")
        if addresses:
            rows = ", ".join(f"{{{address} = x}}" for address in addresses)
            settings |= {"recipient_delimiter": "".join(delimiters), "virtual_mailbox_maps": f"{self.get('virtual_mailbox_maps')}, inline:{{{rows}}}"}
        return settings

    # life

    def start(self):
        # by a file: the master keeps what it is given open, and a pipe would never end
        self._settle()
        log = self.folder / "start.log"
        if status := Child("postfix start", ["postfix", "-c", self.config, "start"], log).wait(60):
            raise LabError(f"postfix start: exit status {status}\n{tail(log)}\n{self.log()[-4000:]}")
        self._pid = int((self.queue / "pid/master.pid").read_text())
        self._fd = os.pidfd_open(self._pid)
        return self

    @property
    def running(self):
        return self._fd is not None and not readable([self._fd], 0)

    def stop(self, deadline=10.0):
        """SIGTERM to its master, which ends all its children; SIGKILL to what is left of its process group after the deadline."""
        if self._fd is None:
            return
        try:
            if self.running:
                signal.pidfd_send_signal(self._fd, signal.SIGTERM)
            readable([self._fd], deadline)
            try:
                wait_until(lambda: not self._children(parent=False), 5)     # one that was being started misses its master's SIGTERM
            except Timeout:
                os.killpg(self._pid, signal.SIGKILL)
        finally:
            os.close(self._fd)
            self._pid = self._fd = None

    def restart(self):
        self.stop()
        (self.queue / "quick-start").touch()
        self.start()

    def reload(self):
        """Returns when the master has read its files again, and the processes of before are gone but for those in a session.
        For edits of others too (crmrelayctl postfix --apply)."""
        self._settle()
        former, mark = self._children(), self.offset()
        run("postfix", "-c", self.config, "reload")
        self.log_wait(r"master\[\d+\]: reload -- version", since=mark)
        try:
            wait_until(lambda: not former & self._children(), 2)
        except Timeout:
            pass        # a session is open: its smtpd keeps the former configuration until it ends

    def _children(self, parent=True):
        """The master's children as {(pid, start time)}; with parent=False all that is left of its process group."""
        found = set()
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                name, _, rest = path.read_text().rpartition(")")
            except OSError:
                continue
            state, ppid, group, *fields = rest.split()
            if state != "Z" and self._pid == int(ppid if parent else group) and not (parent and name.endswith("(postlogd")):
                found.add((path.parent.name, fields[16]))
        return found

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    # the queue

    def pending(self):
        """`postqueue -j`: a list of {queue_name, queue_id, sender, recipients: [{address, delay_reason}], …}."""
        return [json.loads(line) for line in run("postqueue", "-c", self.config, "-j").stdout.splitlines()]

    def flush(self, queue_id=None):
        """Tries what is deferred now: everything, or one message."""
        run("postqueue", "-c", self.config, *(("-i", queue_id) if queue_id else ("-f",)))

    def purge(self):
        """Throws away everything that is queued."""
        run("postsuper", "-c", self.config, "-d", "ALL")

    def wait_empty(self, deadline=15.0):
        wait_until(lambda: not self.pending(), deadline, lambda: f"an empty queue; it holds {self.pending()}", step=0.1)

    def sendmail(self, rcpts, message, sender="alice@example.com", options=()):
        """A message by the sendmail command, as local programs send."""
        rcpts = [rcpts] if isinstance(rcpts, str) else rcpts
        run("sendmail", "-C", self.config, "-i", "-f", sender, *options, "--", *rcpts, input=message)

    # the log

    def log(self, since=None):
        """The log's text since an offset (self.offset()); since the story began where none is given."""
        try:
            with open(self.maillog, "rb") as file:
                file.seek(self.mark if since is None else since)
                return file.read().decode("utf-8", "replace")
        except FileNotFoundError:
            return ""

    def offset(self):
        return self.maillog.stat().st_size if self.maillog.exists() else 0

    def log_wait(self, pattern, deadline=15.0, since=None):
        """The match of a regular expression in the log (multi-line), once it is there."""
        return wait_until(lambda: re.search(pattern, self.log(since), re.M), deadline,
                          lambda: f"/{pattern}/ in the mail log, which ends:\n" + "\n".join(self.log(since).splitlines()[-25:]))

    def status_wait(self, recipient, status="sent", deadline=15.0, since=None):
        """The log line of a delivery to `recipient` with that status (sent, bounced, deferred)."""
        return self.log_wait(rf"^.*: (\w+): to=<{re.escape(recipient)}>.* status={status} .*$", deadline, since)[0]

    def delivered_to(self, address):
        """The Maildir folder of a local user."""
        user, _, domain = address.partition("@")
        return self.folder / "mail" / (domain or "example.com") / user
