# SPDX-License-Identifier: BSD-2-Clause
"""The CRM presets that are shipped: each is loaded by a domain that names it, explains itself, and gives way to the domain's own keys."""
import tomllib
from pathlib import Path

from judge import refused, relayed
from lab.daemons import DOMAIN
from lab.dns import Dns

FOLDER = Path(__file__).resolve().parents[2] / "conf/crm"
PRESETS = {path.stem: tomllib.loads(path.read_text()) for path in sorted(FOLDER.glob("*.toml"))}
NAMED = ("zoho", "salesforce", "microsoft365", "google", "hubspot", "generic")
HERE, AWAY, OWN = "127.0.0.17", "127.0.0.99", "127.0.0.65"
TENANT = "00D000000000001"


def networks_of(name):
    return PRESETS[name].get("networks", {}).get("value", [])


def domain_of(name):
    """A domain that leaves its networks to the preset, where that knows any."""
    require = ["network", "login", "tls"] if networks_of(name) else ["login", "tls"]
    return {**DOMAIN, "crm": name, "networks": None, "require": require, "logins": [f"crm@{name}.test"]}


DOMAINS = {f"{name}.test": domain_of(name) for name in PRESETS}
DOMAINS["tenant.test"] = {**domain_of("salesforce"), "logins": ["crm@tenant.test"], "require": ["network", "tenant", "login"], "tenant": {"value": TENANT}}
DOMAINS["own.test"] = {**domain_of("salesforce"), "logins": ["crm@own.test"], "networks": ["127.0.0.64/28"], "require": ["network", "tenant", "login"],
                       "tenant": {"header": "X-Own-Tenant", "value": TENANT}, "headers": ["X-Own-Id"], "remove_headers": ["X-Own-Leak"]}
LAB = dict(daemons=False, domains=DOMAINS, service={"presets": str(FOLDER)}, logins={f"crm@{name}": "password" for name in DOMAINS})


def setup(lab):
    """A zone in which the CRMs' records pass one address of the lab."""
    lab.dns = lab.enter(Dns())
    for name in PRESETS:
        for network in networks_of(name):
            assert network.startswith("spf:"), network
            lab.dns.set(network.removeprefix("spf:"), "TXT", f"v=spf1 ip4:{HERE} -all")
    lab.daemons.service["resolver"] = [f"{lab.dns.host}:{lab.dns.port}"]
    lab.daemons.write()
    lab.daemons.start()


def send(lab, to, domain, address=HERE, **headers):
    crm = lab.crm(address=address, login=f"crm@{domain}")
    return crm.send(to, from_header=f"a@{domain}", headers={name.replace("_", "-"): value for name, value in headers.items()})


def story_every_preset_serves(lab):
    """Each CRM that has a preset relays for a domain that says no more than its name, from the networks that its vendor publishes and from no others."""
    assert set(NAMED) <= set(PRESETS), PRESETS.keys()
    assert lab.daemons.test("policyd").code == 0
    for name in PRESETS:
        relayed(lab, send(lab, to := lab.to(), f"{name}.test"), to)
        if networks_of(name):
            refused(lab, send(lab, lab.to(), f"{name}.test", AWAY), "network", stage="rcpt")


def story_every_preset_explains_itself(lab):
    """crmrelayctl crm lists the presets; with a name it shows each fact with the page that it is from, and what is to be known besides."""
    said = lab.daemons.ctl("crm")
    assert said.code == 0, said
    listed = {line.split()[0]: line for line in said.out.splitlines()[1:]}
    assert list(listed) == list(PRESETS), said
    for name, preset in PRESETS.items():
        one = lab.daemons.ctl("crm", name)
        assert one.code == 0 and preset["name"] in listed[name] and preset["name"] in one.out, one
        words, shown = " ".join(one.out.split()), lab.daemons.ctl("crm", name, "--json").json
        facts = {key: fact for key, fact in preset.items() if isinstance(fact, dict)}
        assert set(shown["facts"]) == set(facts), shown
        for key, fact in facts.items():
            assert shown["facts"][key]["value"] == fact["value"], (key, shown)
            sources = [fact["source"]] if isinstance(fact.get("source"), str) else fact.get("source", [])
            assert (sources or fact.get("observed")) and all(source in words for source in sources), (key, one)
            assert " ".join(fact.get("observed", "").split()) in words, (key, one)
        assert " ".join(preset.get("notes", "").split()) in words, one
    unknown = lab.daemons.ctl("crm", "nobody")
    assert unknown.code == 1 and all(name in unknown.err for name in NAMED), unknown


def story_a_preset_names_the_tenant_header(lab):
    """Salesforce's preset knows the header that tells its customers apart: my domain gives the value alone."""
    relayed(lab, send(lab, to := lab.to(), "tenant.test", X_SFDC_LK=TENANT), to)
    refused(lab, send(lab, lab.to(), "tenant.test", X_SFDC_LK="00D000000000002"), "tenant")
    refused(lab, send(lab, lab.to(), "tenant.test"), "tenant")


def story_my_own_keys_go_first(lab):
    """What my domain says itself goes before the preset: networks, tenant header, headers that are kept, headers that are removed."""
    fields = dict(X_Own_Tenant=TENANT, X_Own_Id="own-7", X_SFDC_EntityId="theirs-7", X_Own_Leak="inside", X_SFDCTLS="yes")
    seen = relayed(lab, send(lab, to := lab.to(), "own.test", OWN, **fields), to)
    assert b"X-Own-Leak" not in seen.content and b"X-SFDCTLS: yes" in seen.content, seen.content
    traced = lab.daemons.ctl("trace", seen.options["ENVID"], "--json")
    assert "own-7" in traced.out and "theirs-7" not in traced.out, traced
    refused(lab, send(lab, lab.to(), "own.test", HERE, **fields), "network")
    refused(lab, send(lab, lab.to(), "own.test", OWN, X_SFDC_LK=TENANT), "tenant")

    seen = relayed(lab, send(lab, to := lab.to(), "salesforce.test", **fields), to)
    assert b"X-Own-Leak: inside" in seen.content and b"X-SFDCTLS" not in seen.content, seen.content
    traced = lab.daemons.ctl("trace", seen.options["ENVID"], "--json")
    assert "theirs-7" in traced.out and "own-7" not in traced.out, traced


def story_a_preset_that_is_not_there(lab):
    """A domain names a CRM that has no preset: the configuration is refused with file and line, and says which there are."""
    path = lab.daemons.domain_file("wrong", '[domain."wrong.test"]\ncrm = "zooho"\nrequire = ["login"]\nlogins = ["a@wrong.test"]\nadmins = ["a@wrong.test"]\nbounces = "keep"\n')
    try:
        said = lab.daemons.test("policyd")
        assert said.code == 1 and "wrong.toml:2" in str(said) and "zooho" in str(said) and "zoho" in str(said).replace("zooho", ""), said
    finally:
        path.unlink()
