# SPDX-License-Identifier: BSD-2-Clause
"""`crmrelayctl doctor`: no warning where all is well; what is broken is named with the command that mends it, and running that command mends it."""
import json
import os
import pty
import re
import shutil
import signal
import subprocess
from contextlib import contextmanager

from judge import relayed
from lab.daemons import CONTROL, PROGRAMS, build_folder
from lab.dns import Dns
from lab.postfix import AUTH, MILTER
from lab.util import PATH, run, wait_until
from t_dkim import record_of

SECONDS = 200
LAB = dict(auth="crmrelay", postfix={"smtp_bind_address": "127.0.0.1"})


def setup(lab):
    """A set-up with everything in its place: a zone, a DKIM key, a password, one message relayed."""
    lab.dns = lab.enter(Dns())
    pem = run("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048").stdout
    lab.key = lab.daemons.secret(lab.daemons.config.parent / "dkim.pem", pem)
    publish(lab)
    lab.daemons.service["resolver"] = [f"{lab.dns.host}:{lab.dns.port}"]
    lab.daemons.domains["example.com"]["networks"] = ["spf:_spf.crm.test"]
    lab.daemons.domains["example.com"]["dkim"] = {"selector": "crm", "key": str(lab.key)}
    lab.daemons.write()
    lab.daemons.restart()
    relayed(lab, lab.crm().send(to := lab.to()), to)


def publish(lab):
    lab.dns.clear()
    lab.dns.set("_spf.crm.test", "TXT", "v=spf1 ip4:127.0.0.16/28 -all")
    lab.dns.set("mail.example.com", "A", "127.0.0.1")
    lab.dns.set("bounce.example.com", "MX", (10, "mail.example.com"))
    lab.dns.set("bounce.example.com", "TXT", "v=spf1 mx -all")
    lab.dns.set("crm._domainkey.example.com", "TXT", record_of(lab.key, "RSA"))
    lab.dns.set("_dmarc.example.com", "TXT", "v=DMARC1; p=reject")


def doctor(lab, *options):
    lab.postfix._settle()
    return lab.daemons.ctl("doctor", "--postfix-config", lab.postfix.config, *options)


def findings(lab, *options):
    said = doctor(lab, "--json", *options)
    lines = said.json if isinstance(said.json, list) else [said.json]
    assert said.code == (1 if any(line["state"] == "FAIL" for line in lines) else 0), said
    return lines


def wrong(lines):
    return [line for line in lines if line["state"] != "ok"]


def mend(lab, command):
    """Runs a command as an administrator would paste it."""
    folder = build_folder()
    places = ":".join(str((folder / program).parent) for program in (CONTROL, *PROGRAMS.values()))
    lab.postfix._settle()
    done = subprocess.run(["sh", "-c", command], env={**os.environ, "PATH": f"{places}:{PATH}"}, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, (command, done)
    lab.postfix.reload()


@contextmanager
def files_kept(lab):
    """Whatever happens to main.cf and master.cf, they are as before afterwards."""
    before = {path: path.read_text() for path in (lab.postfix.config / "main.cf", lab.postfix.config / "master.cf")}
    try:
        yield
    finally:
        for path, text in before.items():
            path.write_text(text)
        lab.postfix.reload()


def option(lab, **changed):
    """The CRM's service with other -o options."""
    own = {"smtpd_tls_security_level": "encrypt", "smtpd_tls_ask_ccert": "yes", **AUTH, "smtpd_sasl_path": "crmrelay/auth.sock", "smtpd_milters": MILTER}
    lab.postfix.service("crm", lab.port("crm"), {**own, **changed})


def strays(lab):
    """Daemons that a mending command has started, by their configuration."""
    found = []
    for folder in os.listdir("/proc"):
        try:
            words = open(f"/proc/{folder}/cmdline").read().split("\0") if folder.isdigit() else []
        except OSError:
            continue
        if str(lab.daemons.config) in words and words[0].rpartition("/")[2].startswith("crmrelay-") and "-f" not in words:
            found.append(int(folder))
    return found


def end_strays(lab):
    for pid in strays(lab):
        os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not strays(lab), 20, "the daemons that were started to end")


def restrictions(lab):
    lab.postfix.main(smtpd_relay_restrictions="permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination")


def classes(lab):
    lab.postfix.main(notify_classes="resource, software")


def transport(lab):
    lab.postfix.main(transport_maps=lab.postfix.get("transport_maps").partition(", inline:")[0])


def default_action(lab):
    option(lab, smtpd_milters="{ unix:crmrelay/milter.sock, default_action=accept }")


def milter_order(lab):
    option(lab, smtpd_milters=f"{MILTER}, {{ inet:127.0.0.1:9, default_action=accept }}")


def masquerading(lab):
    lab.postfix.main(masquerade_domains="example.com")


def canonical(lab):
    lab.postfix.main(sender_canonical_maps="inline:{@bounce.example.com=@example.com}")


def open_keys(lab):
    lab.daemons.keys.chmod(0o644)


def socket_group(lab):
    shutil.chown(lab.daemons.sockets, group="root")


def no_bounced(lab):
    lab.daemons.stop("bounced")


def no_password(lab):
    assert lab.daemons.ctl("login", "remove", "crm@example.com").code == 0


def store_of_root(lab):
    for path in (lab.daemons.store.parent, *lab.daemons.store.parent.iterdir()):
        shutil.chown(path, "root", "root")
        path.chmod(0o700)


def suspended(lab):
    assert lab.daemons.ctl("suspend", "example.com", "--why", "we look into it").code == 0


def plain_auth(lab):
    option(lab, smtpd_tls_security_level="may", smtpd_tls_auth_only="no")


def no_auth(lab):
    option(lab, smtpd_sasl_auth_enable="no")


def other_server(lab):
    for name in ("crm", "crms"):
        lab.postfix.service(name, lab.port(name), {"smtpd_tls_security_level": "encrypt", "smtpd_tls_ask_ccert": "yes", **AUTH, "smtpd_milters": MILTER,
                                                   **({"smtpd_tls_wrappermode": "yes"} if name == "crms" else {})})


def no_tls(lab):
    option(lab, smtpd_tls_security_level="none")


# what breaks it: words of the finding
MAIN = {
    restrictions: "smtpd_relay_restrictions: crmrelay-policyd is not asked",
    classes: "notify_classes lacks 2bounce",
    transport: "transport_maps: nothing leads mail to {token}@bounce.example.com",
    masquerading: "masquerade_domains = example.com: return path {token}@bounce.example.com becomes",
    canonical: "sender_canonical_maps: inline:{@bounce.example.com=@example.com} turns return path",
}
SERVICE = {
    default_action: "with crmrelay-milter away a CRM's mail would leave with its own return path",
    milter_order: "crmrelay-milter is not the last milter",
    plain_auth: "AUTH is offered before STARTTLS",
    no_auth: "no AUTH is offered",
    no_tls: "STARTTLS is not offered",
    other_server: "asks private/auth for passwords, not crmrelay: the logins in",
}
OURS = {
    open_keys: "[service] keys, as user nobody",
    socket_group: "user postfix cannot reach",
    no_bounced: "[service] bounce",
    no_password: "login crm@example.com has no password",
    store_of_root: "store, as user nobody",
    suspended: "example.com is suspended until it is resumed: we look into it",
}


def named_and_mended(lab, cases):
    for break_it, words in cases.items():
        with files_kept(lab):
            try:
                break_it(lab)
                lab.postfix.reload()
                lines = wrong(findings(lab))
                found = [line for line in lines if words in line["text"]]
                assert found and all(line["mend"] for line in found), (break_it, lines)
                for command in dict.fromkeys(line["mend"] for line in found):
                    mend(lab, command)
                # Postfix keeps a service closed for a minute whose logins could not be reached.
                wait_until(lambda: not wrong(findings(lab)), 90, lambda: f"{break_it} to be mended: {wrong(findings(lab))}", step=1)
            finally:
                end_strays(lab)
                lab.daemons.start()


def story_all_is_well(lab):
    """On a good set-up every line says ok, in English and in Japanese, for one domain and for all."""
    lines = findings(lab)
    assert not wrong(lines), wrong(lines)
    checks = {line["check"] for line in lines}
    assert checks >= {"configuration", "secrets", "store", "dkim", "sockets", "postfix", "service", "logins", "networks", "dns", "clock", "disk", "outbox", "standing"}, checks
    text = " ".join(line["text"] for line in lines)
    for words in ("after TLS it offers AUTH PLAIN", "MX bounce.example.com: mail goes to mail.example.com", "SPF bounce.example.com: its record passes 127.0.0.1",
                  "DMARC example.com (p=reject): return path and signature align", "spf:_spf.crm.test resolves", "login crm@example.com: last success",
                  "the client relayed for last, 127.0.0.17", "TLS with a certificate for mail.example.com"):
        assert words in text, (words, text)
    assert not wrong(findings(lab, "example.com"))
    japanese = doctor(lab, "--language", "ja")
    assert japanese.code == 0 and all(line.startswith("ok  ") for line in japanese.out.splitlines()), japanese
    assert "返送先アドレス" in japanese.out and " resolves" not in japanese.out, japanese
    assert doctor(lab, "example.net").code == 2 and doctor(lab, "--language", "tlh").code == 2


def story_lines_that_were_lost(lab):
    """A line of main.cf that was lost, or that would change a return path, is named, and the command beside it mends it."""
    named_and_mended(lab, MAIN)


def story_the_crms_port(lab):
    """So is what is wrong with the port that the CRM uses: its milters, STARTTLS, AUTH."""
    named_and_mended(lab, SERVICE)


def story_what_is_ours(lab):
    """So is what is wrong with crmrelay's own: keys, sockets, daemons, logins, store, a suspension."""
    named_and_mended(lab, OURS)
    lab.add_login("crm@example.com")


def published(lab, command):
    """Publishes what the command of a finding prints."""
    command = re.search(r"`(.+)`", command)[1]
    done = subprocess.run(["sh", "-c", command + " --json"], env={**os.environ, "PATH": f"{(build_folder() / CONTROL).parent}:{PATH}"}, capture_output=True, text=True, check=True,
                          timeout=60)
    for record in json.loads(done.stdout)["records"]:
        value = record["value"]
        if record["type"] == "MX":
            preference, host = value.split()
            value = (int(preference), host.rstrip("."))
        lab.dns.set(record["name"], record["type"], value)


DNS = {
    "MX elsewhere": ("bounce.example.com", "MX", (10, "mx.elsewhere.test"), "MX bounce.example.com: mail goes to mx.elsewhere.test, not to this host"),
    "no MX": ("bounce.example.com", "MX", None, "MX bounce.example.com: the DNS has no MX record"),
    "SPF of others": ("bounce.example.com", "TXT", "v=spf1 ip4:198.51.100.1 -all", "SPF bounce.example.com: its record does not pass 127.0.0.1"),
    "no SPF": ("bounce.example.com", "TXT", None, "SPF bounce.example.com: the DNS has no record"),
    "another key": ("crm._domainkey.example.com", "TXT", "v=DKIM1; k=rsa; p=AAAA", "DKIM crm._domainkey.example.com:"),
    "no DMARC": ("_dmarc.example.com", "TXT", None, "DMARC example.com: the DNS has no record"),
}


def story_what_the_world_sees(lab):
    """A wrong or missing record is named, and publishing what the named command prints mends it."""
    lab.dns.set("mx.elsewhere.test", "A", "198.51.100.7")
    for name, (owner, kind, value, words) in DNS.items():
        publish(lab)
        lab.dns.set("mx.elsewhere.test", "A", "198.51.100.7")
        if value is None:
            lab.dns.remove(owner, kind)
        else:
            lab.dns.set(owner, kind, value)
        found = [line for line in wrong(findings(lab, "example.com")) if words in line["text"]]
        assert len(found) == 1 and found[0]["domain"] == "example.com", (name, findings(lab))
        published(lab, found[0]["mend"])
        assert not wrong(findings(lab)), (name, wrong(findings(lab)))
    publish(lab)


def story_networks_and_certificates(lab):
    """A network's record that is gone, a client that is not in it any more, and a certificate that is another host's, are named."""
    lab.dns.remove("_spf.crm.test", "TXT")
    assert any("spf:_spf.crm.test holds nobody" in line["text"] for line in wrong(findings(lab)))
    lab.dns.set("_spf.crm.test", "TXT", "v=spf1 ip4:198.51.100.0/24 -all")
    assert any("the client relayed for last, 127.0.0.17" in line["text"] and "networks" in line["mend"] for line in wrong(findings(lab)))
    publish(lab)
    with lab.postfix.changed(smtpd_tls_chain_files=str(lab.tls.issue("other.example.net", "subjectAltName=DNS:other.example.net"))):
        found = [line for line in wrong(findings(lab)) if line["check"] == "service"]
        assert found and all("is for other.example.net, not for mail.example.com" in line["text"] for line in found), found
    assert not wrong(findings(lab))


def story_logins_over_time(lab):
    """The last failure of a login is remembered with its cause until it goes well again; strangers' guesses are no warning."""
    def lines():
        return [line for line in findings(lab) if "last success" in line["text"]]
    lab.crm(password="wrong", address="127.0.0.99").send(lab.to())
    wait_until(lambda: "last failure" in lines()[0]["text"], 15, "the failure to be known")
    assert lines()[0]["state"] == "ok" and "127.0.0.99 (wrong-password)" in lines()[0]["text"], lines()
    relayed(lab, lab.crm().send(to := lab.to()), to)
    assert lines()[0]["state"] == "ok"


def story_a_password_is_tried(lab):
    """--verify-login asks on a terminal and logs in as the CRM does; without a terminal it is refused."""
    assert doctor(lab, "--verify-login", "crm@example.com").code == 2
    for password, words in ((lab.passwords["crm@example.com"], "login crm@example.com is let in"), ("guess", "login crm@example.com is refused")):
        ours, theirs = pty.openpty()
        lab.postfix._settle()
        child = subprocess.Popen([build_folder() / CONTROL, "-c", lab.daemons.config, "doctor", "--json", "--postfix-config", lab.postfix.config, "--verify-login", "crm@example.com"],
                                 stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        os.close(theirs)
        prompt = child.stderr.read(len("password: "))     # what is typed before it is thrown away
        os.write(ours, password.encode() + b"\n")
        out, err = child.communicate(timeout=100)
        assert prompt == "password: ", prompt
        os.close(ours)
        assert words in out and password not in out + err, (out, err)


def story_a_domain_that_is_not_configured(lab):
    """A user of the CRM with another domain is named, with the line to add."""
    assert not lab.crm().send(lab.to(), from_header="Sales <sales@example.net>").accepted
    found = wait_until(lambda: [line for line in wrong(findings(lab)) if "mail from example.net was refused" in line["text"]], 20, "the stranger's domain to be named")
    assert 'also = ["example.net"]' in found[0]["mend"] and found[0]["check"] == "from-domains", found


def story_round_trip(lab):
    """A probe goes out, fails, comes home and is handed back; nothing of it is left, and no count knows it."""
    before = lab.daemons.ctl("status", "--json").json[0]["today"]
    lines = [line for line in findings(lab, "--round-trip") if line["check"] == "round-trip"]
    assert len(lines) == 7 and not wrong(lines), lines
    assert "not tested" in lines[-1]["text"] and all(re.search(r"\(\d+\.\d\d s\)$", line["text"]) for line in lines[:-1]), lines
    token = re.search(r"([a-z2-7]{40})@", lines[0]["text"])[1]
    lab.maildir("postmaster").wait_for(lambda message: "nobody@probe.invalid" in message.as_string())
    assert lab.daemons.ctl("status", "--json").json[0]["today"] == before
    assert lab.daemons.ctl("trace", token).code == 1 and not lab.postfix.pending()


def story_round_trip_without_bounced(lab):
    """With crmrelay-bounced stopped the probe does not come home: the leg is named, with the command, and the queue is left clean. `status` names the daemon."""
    assert "does not answer" not in lab.daemons.ctl("status").out
    lab.daemons.stop("bounced")
    assert "crmrelay-bounced does not answer at " in lab.daemons.ctl("status").out
    found = [line for line in wrong(findings(lab, "--round-trip")) if line["check"] == "round-trip"]
    assert len(found) == 1 and "round trip 4" in found[0]["text"] and "crmrelay-bounced" in found[0]["mend"], found
    assert not lab.postfix.pending()
    lab.daemons.start("bounced")
