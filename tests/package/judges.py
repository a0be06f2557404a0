# SPDX-License-Identifier: BSD-2-Clause
"""What other programs say of an installed package: systemd-analyze of its units, logcheck's rules of its journal, promtool of its metrics."""
import http.client
import re
import shutil
import subprocess
from contextlib import closing

from lab.util import wait_until
from package.life import DAEMONS, Failed

METRICS = dict(zip(DAEMONS, (9127, 9128, 9129)))      # as the sample has them
EXPOSURE = 15                                         # systemd-analyze's tenths: 1.5


def check_units(machine):
    """Every unit that the package brings is well formed, and no service exposes more than 1.5."""
    units = machine.run("dpkg -L crmrelay | sed -n 's,^\\(/usr\\)\\?/lib/systemd/system/,,p' | grep '[.]'").split()
    services = [unit for unit in units if unit.endswith(".service")]
    if not {f"crmrelay-{name}.service" for name in DAEMONS} < set(services) or "crmrelay.target" not in units:
        raise Failed(f"the package brings these units only: {units}")
    said = machine.try_run(f"systemd-analyze verify --man=no {' '.join(units)} 2>&1")
    ours = [line for line in said.stdout.splitlines() if "crmrelay" in line]
    if said.returncode != 0 or ours:
        raise Failed(f"systemd-analyze verify: {said.stdout}")
    for unit in services:
        said = machine.try_run(f"systemd-analyze security --offline=yes --threshold={EXPOSURE} --no-pager /lib/systemd/system/{unit} 2>&1")
        if said.returncode != 0 or "Overall exposure level" not in said.stdout:
            raise Failed(f"{unit} exposes too much:\n{said.stdout}")


def check_journal(machine):
    """Every line of the daemons so far is routine, but for the refusals that this journey has asked for; and the rules leave those."""
    done = machine.try_run("journalctl --no-pager -o short -t crmrelay-policyd -t crmrelay-milter -t crmrelay-bounced > /tmp/lines; grep -Evf /etc/logcheck/ignore.d.server/crmrelay /tmp/lines; wc -l < /tmp/lines")
    *left, count = done.stdout.splitlines()
    strange = [line for line in left if not re.search(r"\]: (\S+: )?(refused|auth) ", line) and not line.startswith("--")]
    if strange or int(count) < 8:
        raise Failed(f"of {count} lines logcheck would mail:\n" + "\n".join(strange))


def check_metrics(machine, some_mail):
    """Each daemon, locked in as it is, answers Prometheus on the address of `metrics`; promtool finds nothing to mend in what it says after `some_mail`, which it counts."""
    if not shutil.which("promtool"):
        raise Failed("promtool is not installed: ./install-deps package")
    addresses = ", ".join(f'{name} = "127.0.0.1:{port}"' for name, port in METRICS.items())
    machine.run("cp /etc/crmrelay/crmrelay.toml /root/crmrelay.toml")
    machine.run(f"sed -i '/^\\[service\\]/a metrics = {{ {addresses} }}' /etc/crmrelay/crmrelay.toml && systemctl restart crmrelay.target")
    for name, port in METRICS.items():
        wait_until(lambda port=port: _get(port), 30, f"crmrelay-{name} answers Prometheus")
    some_mail()
    for name, counted in (("policyd", "messages_relayed"), ("milter", "milter_messages"), ("bounced", "bounces")):
        port, counts = METRICS[name], re.compile(rf"^crmrelay_{counted}_total\S* [1-9]", re.M)
        wait_until(lambda port=port, counts=counts: counts.search(_get(port)), 10, f"crmrelay_{counted}_total to be counted")      # an answer is good for a second
        done = subprocess.run(["promtool", "check", "metrics"], input=_get(port), capture_output=True, text=True, timeout=60)
        if done.returncode != 0 or done.stdout + done.stderr:
            raise Failed(f"promtool check metrics, of crmrelay-{name}: {done.stdout}{done.stderr}")
    machine.run("cat /root/crmrelay.toml > /etc/crmrelay/crmrelay.toml && systemctl restart crmrelay.target")


def _get(port):
    """What http://127.0.0.1:port/metrics says; None where nobody listens yet."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        try:
            connection.request("GET", "/metrics")
            answer = connection.getresponse()
        except ConnectionRefusedError:
            return None
        text = answer.read().decode()
        if answer.status != 200:
            raise Failed(f"port {port} answers {answer.status}: {text}")
        return text
