# SPDX-License-Identifier: BSD-2-Clause
"""What a daemon's unit lets it reach, tried in its own mount namespace, as its user with its groups, without privileges: exactly as the running process would."""
import re

SECRETS = {
    "the DKIM keys": "/etc/crmrelay/dkim/example.com.pem",
    "the logins": "/etc/crmrelay/logins",
    "the return-path keys": "/etc/crmrelay/return-path.keys",
    "the webhook's secret": "/etc/crmrelay/webhook.secret",
    "the store": "/var/lib/crmrelay/crmrelay.db",
}
MAY_READ = {
    "policyd": {"the logins", "the return-path keys", "the store"},
    "milter": {"the DKIM keys"},
    "bounced": {"the webhook's secret", "the store"},
}
MAY_WRITE = {"policyd": {"/var/lib/crmrelay", "/run/crmrelay", "/var/spool/postfix/crmrelay"}, "milter": {"/var/spool/postfix/crmrelay"},
             "bounced": {"/var/lib/crmrelay", "/var/spool/postfix/crmrelay"}}
PLACES = ("/var/lib/crmrelay", "/run/crmrelay", "/var/spool/postfix/crmrelay", "/etc/crmrelay", "/etc/postfix", "/usr/sbin", "/var/log")


def _as_daemon(machine, name, command):
    """Runs `command` where the daemon runs, as it runs; the exit status."""
    pid = machine.run(f"systemctl show -P MainPID crmrelay-{name}").strip()
    status = machine.run(f"cat /proc/{pid}/status")
    uid, gid = (re.search(rf"^{key}:\s+(\d+)", status, re.M)[1] for key in ("Uid", "Gid"))
    groups = ",".join(re.search(r"^Groups:(.*)$", status, re.M)[1].split()) or gid
    if uid == "0" or re.search(r"^Cap(Eff|Prm|Bnd|Amb):\s+(?!0+$)", status, re.M) or not re.search(r"^NoNewPrivs:\s+1$", status, re.M) or not re.search(r"^Seccomp:\s+2$", status, re.M):
        raise AssertionError(f"crmrelay-{name} runs with privileges or without a filter:\n{status}")
    return machine.try_run(f"nsenter -t {pid} -m -r -- setpriv --reuid {uid} --regid {gid} --groups {groups} --no-new-privs --inh-caps=-all --bounding-set=-all -- sh -c '{command}'").returncode


def check_sandboxes(machine, failed):
    machine.run("install -m 0640 -g crmrelay-milter /dev/null /etc/crmrelay/dkim/example.com.pem && echo key > /etc/crmrelay/dkim/example.com.pem")
    machine.run("install -m 0640 -g crmrelay-bounced /dev/null /etc/crmrelay/webhook.secret && echo secret > /etc/crmrelay/webhook.secret")
    for name, may in MAY_READ.items():
        for what, path in SECRETS.items():
            reads = _as_daemon(machine, name, f"head -c 1 {path} | grep -q .") == 0
            if reads != (what in may):
                raise failed(f"crmrelay-{name} {'can' if reads else 'cannot'} read {what} ({path})")
        for place in PLACES:
            writes = _as_daemon(machine, name, f"touch {place}/probe && rm {place}/probe") == 0
            if writes != (place in MAY_WRITE[name]):
                raise failed(f"crmrelay-{name} {'can' if writes else 'cannot'} write in {place}")
    # Without the units, too, by permissions alone.
    for name, may in MAY_READ.items():
        for what, path in SECRETS.items():
            reads = machine.try_run(f"setpriv --reuid crmrelay-{name} --regid crmrelay-{name} --init-groups -- head -c 1 {path}").returncode == 0
            if reads != (what in may):
                raise failed(f"user crmrelay-{name} {'can' if reads else 'cannot'} read {what} ({path}) by permissions")
    sockets = machine.run("stat -c '%a %U:%G %n' /var/spool/postfix/crmrelay/*.sock /run/crmrelay/*.sock")
    for want in ("660 crmrelay-policyd:postfix /var/spool/postfix/crmrelay/policy.sock", "660 crmrelay-policyd:postfix /var/spool/postfix/crmrelay/auth.sock",
                 "660 crmrelay-milter:postfix /var/spool/postfix/crmrelay/milter.sock", "660 crmrelay-bounced:postfix /var/spool/postfix/crmrelay/bounce.sock",
                 "660 crmrelay-policyd:crmrelay-milter /run/crmrelay/admission.sock"):
        if want not in sockets:
            raise failed(f"no socket {want}:\n{sockets}")
    machine.run("rm /etc/crmrelay/dkim/example.com.pem /etc/crmrelay/webhook.secret")
