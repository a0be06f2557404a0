#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Checks what watches crmrelay against the sources: every metric that the dashboard and the alert rules name is exported, with the labels that they use; every
metric that is exported stands in a man page; and names follow Prometheus' conventions. Prints each offence; exit status 1 where there is one."""
import json
import os
import re
import sys
from pathlib import Path

TOP = Path(os.environ.get("srcdir") or Path(__file__).resolve().parent.parent)
SOURCES = ["base/process_metrics.cc", "milter/metrics.cc", "policy/metrics.cc", "report/metrics.cc", "store/write_meter.hh"]
MADE = {"up", "instance", "job", "le"}      # by Prometheus itself
WORDS = {"sum", "by", "rate", "increase", "histogram_quantile", "label_values", "time", "for", "on", "without", "max", "min"}


def exported():
    """{name: kind} as the sources register them."""
    found = {}
    for path in SOURCES:
        text = (TOP / path).read_text()
        constants = dict(re.findall(r'constexpr const char\* (k\w+) = "((?:crmrelay|process)_\w+)"', text))
        for kind, name in re.findall(r'\.(counter|gauge|histogram|table|reading)\(\s*("\w+"|k\w+)', text):
            name = name.strip('"') if name.startswith('"') else constants.get(name, name)
            found[name] = {"table": "counter", "reading": "gauge"}.get(kind, kind)
    return found


def labels():
    text = "".join((TOP / path).read_text() for path in SOURCES)
    plain = re.findall(r'\{\{?"([a-z_]+)", ?(?:name|target|"|std::string)', text) + re.findall(r'FixedLabel \w+\{"(\w+)"|FixedLabel out\{"(\w+)"', text)
    flat = {word for each in plain for word in ([each] if isinstance(each, str) else each) if word}
    return flat | set(re.findall(r'", "(domain|cause|step)"', text))


def expressions():
    board = json.loads((TOP / "share/grafana-dashboard.json").read_text())
    ids = [panel["id"] for panel in board["panels"]]
    if len(ids) != len(set(ids)):
        yield "dashboard", "two panels share an id"
    for panel in board["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]
            yield panel["title"] + " (legend)", "{" + ",".join(re.findall(r"{{(\w+)}}", target["legendFormat"])) + "}"
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            yield "variable", variable["query"]["query"]
    rules = (TOP / "share/prometheus-rules.yml").read_text()
    for name, rule in re.findall(r"- alert: (\w+)\n\s+expr: (.*)", rules):
        yield name, rule


def main():
    offences, metrics, known_labels = [], exported(), labels()
    if len(metrics) < 25 or len(known_labels) < 10:
        offences.append(f"only {len(metrics)} metrics and {len(known_labels)} labels were found in the sources: this script must learn how they are written now")
    alerts = dashboards = 0
    for where, expression in expressions():
        alerts, dashboards = alerts + where.startswith("Crmrelay"), dashboards + (not where.startswith("Crmrelay"))
        bare = re.sub(r'"[^"]*"|\[[^]]*\]', "", expression)
        for word in re.findall(r"[a-z_]+[a-z0-9_]*", bare.replace("$__rate_interval", "").replace("$domain", "")):
            base = re.sub(r"_(bucket|sum|count)$", "", word)
            if word in metrics or (metrics.get(base) == "histogram" and base != word) or word in MADE | WORDS | known_labels:
                continue
            offences.append(f"{where}: {word} is no metric and no label that crmrelay exports: {expression}")
    if alerts < 6 or dashboards < 15:
        offences.append(f"only {alerts} alerts and {dashboards} expressions of the dashboard were read")
    pages = "".join(path.read_text() for path in sorted((TOP / "man").glob("*.8")))
    for name, kind in metrics.items():
        if f".B {name}\n" not in pages:
            offences.append(f"{name} is exported and stands in no page of section 8")
        if (kind == "counter") != name.endswith("_total") or not re.fullmatch(r"(crmrelay|process)_[a-z][a-z0-9_]*", name) or re.search(r"milli|micro|minutes|_ms\b", name):
            offences.append(f"{name} ({kind}) does not follow Prometheus' conventions for names")
        if kind == "histogram" and not name.endswith(("_seconds", "_writes")):
            offences.append(f"{name} does not end with its unit")
    for offence in offences:
        print(f"FAIL: {offence}")
    print(f"{'FAIL' if offences else 'PASS'}: {len(metrics)} metrics, {alerts} alerts, {dashboards} expressions of the dashboard")
    return bool(offences)


sys.exit(main())
