# SPDX-License-Identifier: BSD-2-Clause
"""What Prometheus reads of the three daemons: the numbers are those of what happened, and no client of theirs harms the mail."""
import contextlib
import http.client
import json
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

from judge import refused
from lab.daemons import DOMAIN, PROGRAMS, build_folder, toml
from lab.util import wait_until
from reports import DEADLINE, bring, relay, report, settled

LAB = dict(daemons=False, auth="crmrelay", domains={"example.com": DOMAIN})
SHARE = Path(__file__).resolve().parents[2] / "share"
SAMPLE = re.compile(r'([a-z_][a-z0-9_]*)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)+)\})? ([-+0-9.einfNa]+)')


def setup(lab):
    lab.daemons.service["metrics"] = {name: f"127.0.0.1:{lab.ports.free()}" for name in PROGRAMS}
    lab.daemons.write()
    lab.daemons.start()


def get(lab, daemon, path="/metrics", method="GET"):
    host, port = lab.daemons.service["metrics"][daemon].rsplit(":", 1)
    with contextlib.closing(http.client.HTTPConnection(host, int(port), timeout=DEADLINE)) as connection:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def read(text):
    """{(name, labels as text): value}; asserts that the text is of the format: HELP and TYPE before a family's samples, each sample once."""
    found, types = {}, {}
    assert text.endswith("\n") and "\r" not in text, text[-100:]
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name = line.split()[2]
            assert name not in types and len(line.split()) > 3, line
            types[name] = None
        elif line.startswith("# TYPE "):
            name, kind = line.split()[2:]
            assert types.get(name, "") is None and kind in ("counter", "gauge", "histogram"), line
            types[name] = kind
        else:
            match = SAMPLE.fullmatch(line)
            assert match, line
            name, labels, value = match[1], match[2] or "", float(match[3])
            family = name if name in types else re.sub("_(bucket|sum|count)$", "", name)
            assert types.get(family) and family == list(types)[-1], line
            assert family.endswith("_total") == (types[family] == "counter"), line
            assert (name, labels) not in found, line
            found[name, labels] = value
    for (name, labels), value in found.items():     # buckets rise to the count
        if name.endswith("_bucket") and 'le="+Inf"' in labels:
            base = name.removesuffix("_bucket")
            buckets = [each for (other, _), each in found.items() if other == name]
            assert buckets == sorted(buckets) and value == found[base + "_count", ""], (name, buckets)
    return found


def scrape(lab, daemon):
    status, text = get(lab, daemon)
    assert status == 200, (status, text)
    return read(text)


class Change:
    """By how much a daemon's numbers have changed since."""

    def __init__(self, lab):
        self.lab, self.before = lab, {daemon: scrape(lab, daemon) for daemon in PROGRAMS}

    def wait(self, daemon, name, labels, want):
        def changed():
            now = scrape(self.lab, daemon).get((name, labels), 0) - self.before[daemon].get((name, labels), 0)
            return (now,) if now >= want else None
        found = wait_until(changed, DEADLINE, lambda: f"{want} more of {name}{{{labels}}}; {get(self.lab, daemon)[1]}", 0.2)[0]
        assert found == want, (name, labels, found, want)


def story_numbers_are_what_happened(lab):
    """While my CRM sends, is refused and gets bounces, Prometheus reads from all three daemons as many as there were."""
    change = Change(lab)
    sent = [relay(lab) for _ in range(5)]
    bad = relay(lab, [lab.to(), lab.to("nobody")])
    lab.catcher.wait_for(bad.sender)
    refused(lab, lab.crm().send(lab.to(), from_header="Boss <boss@else.test>"), "from")
    for _ in range(2):
        refused(lab, lab.crm(address="127.0.0.99").send(lab.to()), "network")
    wrong = lab.crm(password="wrong").send(lab.to())
    assert not wrong.accepted, wrong
    bring(lab, sent[0].address, report(sent[0].address, sent[0].to[0], status="4.2.2", diagnostic="452 4.2.2 Mailbox full"))
    settled(lab)

    change.wait("policyd", "crmrelay_messages_relayed_total", 'domain="example.com"', 6)
    change.wait("policyd", "crmrelay_refusals_total", 'domain="example.com",reason="network"', 2)
    change.wait("policyd", "crmrelay_refusals_total", 'domain="other",reason="from"', 1)
    change.wait("policyd", "crmrelay_auth_failures_total", 'cause="wrong-password"', 1)
    change.wait("policyd", "crmrelay_admission_duration_seconds_count", "", 7)
    change.wait("milter", "crmrelay_milter_messages_total", 'result="relayed"', 6)
    change.wait("milter", "crmrelay_milter_messages_total", 'result="refused"', 1)
    change.wait("milter", "crmrelay_milter_message_duration_seconds_count", "", 7)
    change.wait("bounced", "crmrelay_bounces_total", 'domain="example.com",reason="userunknown",class="hard"', 1)
    change.wait("bounced", "crmrelay_bounces_total", 'domain="example.com",reason="mailboxfull",class="soft"', 1)
    change.wait("bounced", "crmrelay_events_total", 'domain="example.com",type="bounce"', 2)
    change.wait("bounced", "crmrelay_reports_total", 'domain="example.com",kind="handback",result="done"', 2)
    change.wait("bounced", "crmrelay_lmtp_delivery_duration_seconds_count", "", 2)
    for daemon in ("policyd", "bounced"):
        assert scrape(lab, daemon)["crmrelay_store_writable", ""] == 1
        assert scrape(lab, daemon)["crmrelay_store_commit_duration_seconds_count", ""] > 0


def story_a_suspension_and_what_waits_are_seen(lab):
    """Suspended domains, and reports that nobody takes, are numbers by which I am woken."""
    suspended = ("crmrelay_domain_suspended", 'domain="example.com"')
    assert scrape(lab, "policyd")[suspended] == 0
    assert lab.daemons.ctl("suspend", "example.com").code == 0
    wait_until(lambda: scrape(lab, "policyd")[suspended] == 1, DEADLINE, "the suspension in the metrics", 0.2)
    assert lab.daemons.ctl("resume", "example.com").code == 0
    wait_until(lambda: scrape(lab, "policyd")[suspended] == 0, DEADLINE, "its end in the metrics", 0.2)

    lab.daemons.stop("bounced")
    sent = relay(lab)
    former, lab.daemons.service["submit"] = lab.daemons.service["submit"], f"smtp://127.0.0.1:{lab.ports.free()}"
    lab.daemons.write()
    lab.daemons.start("bounced")
    try:
        bring(lab, sent.address, report(sent.address, sent.to[0]))
        depth, age = (("crmrelay_outbox_" + name, 'target="mail"') for name in ("depth", "oldest_age_seconds"))
        wait_until(lambda: scrape(lab, "bounced")[depth] == 1 and scrape(lab, "bounced")[age] >= 1, DEADLINE, lambda: get(lab, "bounced")[1], 0.3)
    finally:
        lab.daemons.service["submit"] = former
        lab.daemons.write()
        lab.daemons.restart("bounced")
    lab.catcher.wait_for(sent.sender, deadline=DEADLINE)
    wait_until(lambda: scrape(lab, "bounced")[depth] == 0, DEADLINE, lambda: get(lab, "bounced")[1], 0.3)


def story_what_the_dashboard_and_the_alerts_name_is_there(lab):
    """Each metric of the shipped dashboard and alert rules is one that a daemon shows; promtool, where it is installed, finds nothing to mend."""
    shown = set()
    for daemon in PROGRAMS:
        text = get(lab, daemon)[1]
        shown |= {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE ")}
        if shutil.which("promtool"):
            done = subprocess.run(["promtool", "check", "metrics"], input=text.encode(), capture_output=True, timeout=60)
            assert done.returncode == 0 and not done.stderr + done.stdout, done
    if shutil.which("promtool"):
        subprocess.run(["promtool", "check", "rules", str(SHARE / "prometheus-rules.yml")], check=True, capture_output=True, timeout=60)
    named = set(re.findall(r"crmrelay_\w+", (SHARE / "prometheus-rules.yml").read_text()))
    for panel in json.loads((SHARE / "grafana-dashboard.json").read_text())["panels"]:
        named |= {name for target in panel["targets"] for name in re.findall(r"crmrelay_\w+", target["expr"])}
    assert len(named) > 20, named
    missing = {name for name in named if name not in shown and re.sub("_(bucket|sum|count)$", "", name) not in shown}
    assert not missing, missing


def story_healthz_says_what_is_wrong(lab):
    """A load balancer's question is answered 200, and 503 with the cause while the milter's policyd is away."""
    for daemon in PROGRAMS:
        assert get(lab, daemon, "/healthz") == (200, "ok\n")
    lab.daemons.stop("policyd")
    try:
        status, text = wait_until(lambda: (lambda answer: answer if answer[0] == 503 else None)(get(lab, "milter", "/healthz")), DEADLINE, "503", 0.2)
        assert "crmrelay-policyd cannot be asked" in text, text
    finally:
        lab.daemons.start("policyd")
    wait_until(lambda: get(lab, "milter", "/healthz")[0] == 200, DEADLINE, "200 again", 0.2)


def story_hostile_clients_harm_nothing(lab):
    """Clients that drip, send endless headers, post bodies or hold a thousand connections: mail goes on, and Prometheus is answered."""
    host, port = lab.daemons.service["metrics"]["policyd"].rsplit(":", 1)
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(socket.create_connection((host, int(port)), timeout=DEADLINE)) for _ in range(300)]
        for number, client in enumerate(held):
            with contextlib.suppress(OSError):      # closed already
                client.sendall((b"GET /metr", b"GET /metrics HTTP/1.1\r\nX: " + b"a" * 60_000, b"POST /metrics HTTP/1.1\r\nContent-Length: 1000000000\r\n\r\nab", b"\0\xff\r\n\r\n")[number % 4])
        for _ in range(3):
            relay(lab)
        assert get(lab, "policyd")[0] == 200
        began = time.monotonic()
        assert get(lab, "policyd", "/healthz")[0] == 200 and time.monotonic() - began < 10
    for method, path, want in (("POST", "/metrics", 405), ("PUT", "/healthz", 405), ("GET", "/", 404), ("GET", "/metrics/../etc", 404)):
        assert get(lab, "policyd", path, method)[0] == want, (method, path)
    assert get(lab, "policyd", "/metrics", "HEAD") == (200, "")
    assert scrape(lab, "policyd")["process_open_fds", ""] < 150


def story_another_address_needs_a_restart(lab):
    """A new configuration is counted; an address of the metrics that changes is named in the log, and the former one serves until the restart."""
    change = Change(lab)
    lab.daemons.reload()
    for daemon in PROGRAMS:
        change.wait(daemon, "crmrelay_config_reloads_total", 'result="serving"', 1)
    former = lab.daemons.service["metrics"]
    lab.daemons.service["metrics"] = {name: f"127.0.0.1:{lab.ports.free()}" for name in PROGRAMS}
    lab.daemons.write()
    lab.daemons.reload()
    lab.events.wait("config", program="crmrelay-bounced", key="service.metrics.bounced")
    lab.events.wait("config", program="crmrelay-milter", key="service.metrics.milter")
    lab.events.wait("config", program="crmrelay-policyd", problem=lambda text: "metrics.policyd" in text and "needs a restart" in text)
    lab.daemons.service["metrics"] = former
    for daemon in PROGRAMS:
        assert get(lab, daemon, "/healthz")[0] == 200
    lab.daemons.write()
    lab.daemons.reload()


def story_a_busy_port_is_named(lab):
    """Where another program has the port, the daemon does not start, and says which key and which port."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as busy:
        port = busy.getsockname()[1]
        for daemon, own in (("policyd", "policy"), ("milter", "milter"), ("bounced", "bounce")):
            service = {**lab.daemons.service, own: f"unix:{lab.daemons.folder}/run/other.sock", "metrics": {daemon: f"127.0.0.1:{port}"}}
            if daemon == "policyd":
                service |= {name: f"unix:{lab.daemons.folder}/run/other-{name}.sock" for name in ("auth", "admission")}
            config = lab.daemons.folder / "etc/other.toml"
            config.write_text(toml({"service": service, "domain": lab.daemons.domains}))
            done = subprocess.run([str(build_folder() / PROGRAMS[daemon]), "-f", "-c", str(config)], capture_output=True, text=True, timeout=60)
            assert done.returncode == 1 and "[service] metrics" in done.stderr and str(port) in done.stderr, (daemon, done)
