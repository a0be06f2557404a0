# SPDX-License-Identifier: BSD-2-Clause
"""`crmrelayctl postfix --apply` and `--revert` on a Postfix that has never heard of crmrelay."""
import os
import re
import shutil

from judge import relayed, token_of
from lab.daemons import DOMAIN
from lab.postfix import POLICY_RELAY
from lab.util import run

LAB = dict(wire=False, postfix={"smtpd_sasl_auth_enable": "yes", "smtpd_sasl_type": "dovecot", "smtpd_sasl_path": "private/auth", "smtpd_tls_auth_only": "yes"})


def files_of(folder):
    return {name: (folder / name).read_text() for name in ("main.cf", "master.cf")}


def values_of(folder):
    """All that postconf says is set, services and their options included; blanks do not count."""
    said = [run("postconf", "-c", folder, option).stdout for option in ("-n", "-M", "-P")]
    return [[re.sub(r"\s+", " ", line).strip() for line in text.splitlines()] for text in said]


def settle(folder):
    """Postfix's programs wait until what they read is two seconds old."""
    for path in folder.iterdir():
        os.utime(path, (0, path.stat().st_mtime - 10))


def copy_of(lab, name, settings):
    """Another configuration directory, with these settings behind those that stand there; None takes one out."""
    folder = lab.folder / f"postfix-{name}"
    shutil.copytree(lab.postfix.config, folder)
    kept = [line for line in (folder / "main.cf").read_text().splitlines() if line.partition("=")[0].strip() not in settings]
    kept += [f"{key} = {value}" for key, value in settings.items() if value is not None]
    (folder / "main.cf").write_text("\n".join(kept) + "\n")
    settle(folder)
    return folder


def settings_of(lines):
    return {name: value.strip() for name, _, value in (line.partition(" =") for line in lines)}


def postfix(lab, *options, folder=None):
    settle(folder or lab.postfix.config)
    said = lab.daemons.ctl("postfix", *options, "--postfix-config", folder or lab.postfix.config)
    settle(folder or lab.postfix.config)
    assert said.code == 0, said
    return said.out


def there_and_back(lab, send, *options):
    """Applies, sends a message that is refused at the remote, awaits its bounce at the CRM, reverts, and compares."""
    before, files = values_of(lab.postfix.config), files_of(lab.postfix.config)
    planned = postfix(lab, *options)
    assert values_of(lab.postfix.config) == before and "smtpd_milters" in planned, planned
    postfix(lab, "--apply", *options)
    lab.postfix.reload()
    assert lab.daemons.ctl("check", "--postfix-config", lab.postfix.config).code == 0
    applied = values_of(lab.postfix.config)
    assert postfix(lab, "--apply", *options).startswith("nothing to change") and values_of(lab.postfix.config) == applied

    good, bad, sender = lab.to(), lab.to("nobody"), f"{lab.unique('return')}@crm.test"
    token = token_of(relayed(lab, send([good, bad], sender), good))
    assert bad in lab.catcher.wait_for(sender).report[1]["Final-Recipient"]
    assert lab.events.wait("bounce", token=token)["matched_by"] == "return-path"

    postfix(lab, "--revert", *options)
    lab.postfix.reload()
    assert values_of(lab.postfix.config) == before
    assert files_of(lab.postfix.config)["main.cf"].split() == files["main.cf"].split()
    assert "nothing of crmrelay's" in postfix(lab, "--revert", *options)


def story_a_service_of_the_crms_own(lab):
    """With one command a plain Postfix relays for the CRM on a port of its own and its bounces come home; with another it is as it was."""
    port = lab.ports.free()
    there_and_back(lab, lambda rcpts, sender: lab.crm(port=port).send(rcpts, sender=sender), "--port", str(port))


def story_a_shared_port(lab):
    """The same with --shared, where the CRM uses port 587 like everybody else."""
    there_and_back(lab, lambda rcpts, sender: lab.crm(service="submission").send(rcpts, sender=sender), "--shared")
    assert lab.crm(service="submission").send(to := lab.to(), sender="x@crm.test").accepted
    assert lab.recipient.wait_for(to).sender == "x@crm.test"


def story_a_port_that_another_service_holds(lab):
    """A port of somebody else's service is not taken from it, whatever its name is: the command tells which service that is, and changes nothing."""
    held, folder = lab.port("submission"), copy_of(lab, "held", {})
    with open(folder / "master.cf", "a", encoding="ascii") as master:
        master.write("smtp inet n - y - - smtpd\nsubmission inet n - y - - smtpd\nsmtps inet n - y - - smtpd -o syslog_name=ours\n")
    settle(folder)
    before = files_of(folder)
    for port, line in ((held, f"127.0.0.1:{held} "), (25, "smtp "), (587, "submission "), (465, "smtps ")):
        for options in ((), ("--apply",)):
            said = lab.daemons.ctl("postfix", *options, "--port", str(port), "--postfix-config", folder)
            assert said.code == 1 and not said.out, (port, said)
            assert f"{folder}/master.cf: port {port} is held by another service:\n  {line}" in said.err and "--shared" in said.err, (port, said)
            assert files_of(folder) == before, port
    with open(folder / "master.cf", "a", encoding="ascii") as master:
        master.write("25 inet n - y - - smtpd -o syslog_name=second\n")
    settle(folder)
    found = re.search(r"^FAIL +master.cf: port 25 has two services.*$", lab.daemons.ctl("check", "--postfix-config", folder).out, re.M)
    assert found and '"smtp ' in found[0] and 'syslog_name=second"' in found[0], found


def story_implicit_tls_at_465(lab):
    """At port 465 the CRM speaks TLS from the first octet, as its settings say: it logs in and relays. (The line is tried at another port: 465 is not the lab's.)"""
    before, master, port = values_of(lab.postfix.config), lab.postfix.config / "master.cf", lab.ports.free()
    postfix(lab, "--apply", "--port", "465")
    applied = master.read_text()
    assert "smtpd_tls_wrappermode=yes" in applied.split("\n465 ")[1], applied
    try:
        master.write_text(applied.replace("\n465 ", f"\n{port} "))
        settle(lab.postfix.config)
        lab.postfix.reload()
        to = lab.to()
        token_of(relayed(lab, lab.crm(port=port, tls="implicit").send(to, sender="x@crm.test"), to))
    finally:
        master.write_text(applied)
        postfix(lab, "--revert")
        lab.postfix.reload()
    assert values_of(lab.postfix.config) == before


def story_bounce_domains_that_stand_there_in_another_form(lab):
    """What I wired by hand, with an inline map in braces of its own, is recognised, not written a second time."""
    lmtp = f"lmtp:{lab.daemons.ctl('postfix', '--postfix-config', lab.postfix.config).out.split('=lmtp:')[1].split('}')[0]}"
    folder = copy_of(lab, "braces", {"transport_maps": f"inline:{{{{bounce.example.com = {lmtp}}}, {{other.test = x}}}}"})
    assert "transport_maps = inline:{{bounce.example.com = " in (planned := postfix(lab, folder=folder)), planned
    assert "inline:{bounce.example.com=" not in planned, planned


OTHERS = {      # what administrators have in their main.cf already
    "plain": {},
    "milters": {"smtpd_milters": "inet:127.0.0.1:8891, { unix:/run/clamav/milter.sock, default_action=accept }", "milter_default_action": "accept"},
    "maps": {"relay_domains": "partner.test, texthash:/etc/hosts", "relay_recipient_maps": "inline:{{a@partner.test = x}}",
             "notify_classes": "resource, software, bounce", "2bounce_notice_recipient": "hostmaster@example.com"},
    "restrictions": {"smtpd_recipient_restrictions": "permit_mynetworks, reject_unauth_destination, reject_unknown_recipient_domain",
                     "smtpd_relay_restrictions": "permit_mynetworks, reject_unauth_destination"},
    "unset": {"smtpd_relay_restrictions": None, "transport_maps": None},
    "folded": {"relay_domains": "$mydestination,\n    partner.test,\n    other.test", "transport_maps": "texthash:/etc/a\n  texthash:/etc/b"},
    "dollars": {"smtpd_relay_restrictions": "$smtpd_recipient_restrictions, permit_sasl_authenticated, defer_unauth_destination"},
}


def story_what_stands_there_is_kept(lab):
    """Whatever main.cf holds already stays in it, before or behind ours, and is there alone again after --revert."""
    for name, settings in OTHERS.items():
        folder = copy_of(lab, name, settings)
        for options in (("--port", "10587"), ("--shared",)):
            before, files = values_of(folder), files_of(folder)
            postfix(lab, "--apply", *options, folder=folder)
            applied = values_of(folder)
            assert applied != before, name
            now = settings_of(applied[0])
            for key, value in settings_of(before[0]).items():
                assert key == "2bounce_notice_recipient" or all(word.strip(",") in now[key] for word in value.split()), (name, key, value, now[key])
            assert re.sub(r"[\s{}]", "", POLICY_RELAY) in re.sub(r"[\s{}]", "", now["smtpd_relay_restrictions"]), now
            postfix(lab, "--revert", *options, folder=folder)
            after = values_of(folder)
            assert after == before, (name, options, [(one, two) for one, two in zip(before[0] + before[1], after[0] + after[1]) if one != two][:3])
            assert [line.split() for line in files_of(folder)["main.cf"].splitlines() if line.startswith("#")] == \
                [line.split() for line in files["main.cf"].splitlines() if line.startswith("#")]


def story_changed_since(lab):
    """What I add to a value after --apply is mine and stays when crmrelay is taken out."""
    folder = copy_of(lab, "changed", {})
    postfix(lab, "--apply", "--shared", folder=folder)
    for key, more in {"relay_domains": "later.test", "smtpd_milters": "inet:127.0.0.1:9999", "transport_maps": "texthash:/etc/later"}.items():
        settle(folder)
        run("postconf", "-c", folder, "-e", f"{key}={run('postconf', '-c', folder, '-h', key).stdout.strip()}, {more}")
    postfix(lab, "--revert", "--shared", folder=folder)
    left = settings_of(values_of(folder)[0])
    assert (left["relay_domains"], left["smtpd_milters"]) == ("later.test", "inet:127.0.0.1:9999"), left
    assert left["transport_maps"].endswith("transport, texthash:/etc/later") and "crmrelay" not in str(left.values()).replace(str(folder), ""), left


def story_mailboxes_beside_the_bounce_address(lab):
    """A return path in the domain of our mailboxes: one command wires that, too, the mailboxes go on, and --revert gives everything back."""
    before = values_of(lab.postfix.config)
    lab.daemons.domains["example.com"] = {**DOMAIN, "return_path": "bounce+{token}@example.com"}
    lab.daemons.write()
    lab.daemons.reload()
    try:
        port = lab.ports.free()
        postfix(lab, "--apply", "--port", str(port))
        lab.postfix.reload()
        bad, sender = lab.to("nobody"), f"{lab.unique('return')}@crm.test"
        assert lab.crm(port=port).send(bad, sender=sender).accepted
        token_of(lab.recipient.wait_for_attempt(bad), "example.com", "bounce+")
        assert bad in lab.catcher.wait_for(sender).report[1]["Final-Recipient"]
        subject = lab.unique("mailbox")
        assert lab.remote().send("alice@example.com", headers={"Subject": subject}).accepted
        lab.maildir("alice").wait_for(subject)
        postfix(lab, "--revert", "--port", str(port))
    finally:
        lab.daemons.domains["example.com"] = DOMAIN
        lab.daemons.write()
        lab.daemons.reload()
    lab.postfix.reload()
    assert values_of(lab.postfix.config) == before
