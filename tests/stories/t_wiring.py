# SPDX-License-Identifier: BSD-2-Clause
"""What is wrong with Postfix's own configuration does no harm unseen: a forgotten milter grants nothing, and `crmrelayctl check` finds what would change a token."""
from judge import relayed
from lab.postfix import AUTH, MILTER

LAB = {}


def setup(lab):
    for name in ("forgotten", "late"):
        lab.postfix.service(name, lab.ports.free(), {"smtpd_tls_security_level": "encrypt", **AUTH})
    lab.postfix.reload()


def unavailable(lab, result):
    refusal = result.refusal
    assert refusal and (refusal.code, refusal.reason) == (451, "unavailable") and not result.data, result


def story_the_milter_is_forgotten_on_one_service(lab):
    """A service without crmrelay in smtpd_milters relays nothing for the CRM: it is told to come again, and the log names the service and what to do."""
    unavailable(lab, lab.crm(service="forgotten").send(to := lab.to()))
    event = lab.events.wait("config", program="crmrelay-policyd")
    assert event["service"] == f"127.0.0.1:{lab.port('forgotten')}" and "smtpd_milters" in event["problem"], event
    unavailable(lab, lab.crm(service="forgotten").send(lab.to()))
    unavailable(lab, lab.crm(service="submission").send(lab.to()))
    named = [event["service"] for event in lab.events.wait("config", count=2)]
    assert named == [f"127.0.0.1:{lab.port(service)}" for service in ("forgotten", "submission")], named     # once a minute each, not for each message
    assert not lab.recipient.found(to) and not lab.events.find("relayed")
    relayed(lab, lab.crm().send(to := lab.to()), to)
    assert lab.crm(service="forgotten").send("alice@example.com").accepted


def story_a_grant_is_not_for_the_next_session(lab):
    """That a session passed the milter says nothing of the next one, not even from the same address and port."""
    session = lab.crm().session()
    session.envelope(lab.to())
    session.vanish()
    lab.postfix.log_wait(r"postfix/crm/smtpd.*lost connection after RCPT")
    lab.postfix.log_wait(r"postfix/crm/smtpd.*disconnect from")
    unavailable(lab, lab.crm(service="forgotten", source_port=session.client_port).send(lab.to()))


def story_the_milter_is_added(lab):
    """Once smtpd_milters stands at the service, and Postfix is reloaded, the same message is relayed."""
    unavailable(lab, lab.crm(service="late").send(to := lab.to()))
    lab.postfix.service("late", lab.port("late"), {"smtpd_tls_security_level": "encrypt", **AUTH, "smtpd_milters": MILTER})
    lab.postfix.reload()
    relayed(lab, lab.crm(service="late").send(to), to)


def check(lab, parameter):
    """Exit status and the lines about a parameter."""
    said = lab.daemons.ctl("check", "--postfix-config", lab.postfix.config)
    return said.code, [line for line in said.out.splitlines() if parameter in line.partition(":")[0]]


HARMFUL = {
    "masquerade_domains": "example.com",
    "sender_canonical_maps": "inline:{@bounce.example.com=@example.com}",
    "canonical_maps": "regexp:@ETC@/canonical",
    "smtp_generic_maps": "texthash:@ETC@/generic",
}
HARMLESS = (
    {"masquerade_domains": "!bounce.example.com example.com"},
    {"masquerade_domains": "example.com", "masquerade_classes": "header_sender, header_recipient"},
    {"sender_canonical_maps": "inline:{alice@example.com=a.lice@example.com}"},
    {"canonical_maps": "regexp:@ETC@/canonical", "canonical_classes": "header_sender"},
    {"smtp_generic_maps": "inline:{@mail.example.com=@example.com}"},
)


def write_tables(lab):
    (lab.postfix.config / "canonical").write_text("/^(.*)@bounce\\.example\\.com$/ $1@example.com\n")
    lab.postfix.table("generic", {"@bounce.example.com": "@example.com"})


def filled(lab, settings):
    return {name: value.replace("@ETC@", str(lab.postfix.config)) for name, value in settings.items()}


def story_rewriting_that_changes_tokens_is_found(lab):
    """masquerade_domains, canonical and generic maps that would send bounces elsewhere are found before the first bounce is lost, each with what it would do."""
    write_tables(lab)
    said = lab.daemons.ctl("check", "--postfix-config", lab.postfix.config)
    assert said.code == 0 and not [line for line in said.out.splitlines() if not line.startswith("ok ")], said
    for parameter, value in HARMFUL.items():
        with lab.postfix.changed(filled(lab, {parameter: value})):
            code, lines = check(lab, parameter)
            assert code == 1 and len(lines) == 1 and lines[0].startswith("FAIL "), (parameter, lines)
            assert "{token}@bounce.example.com" in lines[0] and "{token}@example.com" in lines[0], lines
            assert lab.crm().send(to := lab.to()).accepted
            assert lab.recipient.wait_for(to).sender.endswith("@example.com"), "Postfix does no such thing: check is wrong"


def story_rewriting_that_leaves_tokens_alone(lab):
    """Rewriting that does not touch our return paths is no fault."""
    write_tables(lab)
    for settings in HARMLESS:
        with lab.postfix.changed(filled(lab, settings)):
            code, lines = check(lab, next(iter(settings)))
            assert code == 0 and all(line.startswith("ok ") for line in lines), (settings, lines)
            relayed(lab, lab.crm().send(to := lab.to()), to)


def story_check_finds_what_is_missing(lab):
    """A line of Postfix's that was lost, a daemon that is away and a key file that all can read are named, with what mends them."""
    with_dead = {"transport_maps": lab.postfix.get("transport_maps").partition(", inline:")[0], "notify_classes": "resource, software",
                 "smtpd_relay_restrictions": "permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination", "relay_domains": None}
    before = (lab.postfix.config / "main.cf").read_text()
    try:
        lab.postfix.main(with_dead)
        lab.daemons.stop("bounced")
        lab.daemons.keys.chmod(0o644)
        said = lab.daemons.ctl("check", "--json", "--postfix-config", lab.postfix.config)
    finally:
        (lab.postfix.config / "main.cf").write_text(before)
        lab.daemons.keys.chmod(0o600)
    assert said.code == 1, said
    failed = [line for line in said.json if line["level"] == "FAIL"] if "level" in said.json[0] else said.json
    text = " ".join(str(line) for line in failed)
    for word in ("transport_maps", "notify_classes", "smtpd_relay_restrictions", "relay_domains", "bounce.sock", str(lab.daemons.keys)):
        assert word in text, (word, text)
