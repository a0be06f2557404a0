#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Draws the README's pictures: terminals (docs/*.svg) with what the quickstart, crmrelayctl status and doctor really print, and the report's page (docs/*.png) as a
browser shows it; doctor and page in Japanese, too. `make pictures` runs it, as root.

It starts the lab as ./quickstart does; the page's month is made up. Nothing of the machine that drew them is in the pictures: the lab's paths are written as the package
has them, and another path in what is printed ends it.
"""
import contextlib
import io
import json
import re
import sqlite3
import sys
import time
import unicodedata
from pathlib import Path
from xml.sax.saxutils import escape

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "tests"), str(HERE.parent / "tests/lab"), str(HERE.parent / "tests/stories")]

import t_doctor                     # noqa: E402
from lab import Lab                 # noqa: E402
from lab.browser import Browser     # noqa: E402
from lab.daemons import DOMAIN      # noqa: E402
from lab.util import wait_until     # noqa: E402
from lab.quickstart import Journey  # noqa: E402

CELL, LINE, EDGE, MOST = 7.2, 17, 16, 110      # pixels a column and a line, around them; columns
NBSP = "\u00a0"      # browsers take white space of an SVG together
COLOURS = {"FAIL": "#ff7b72", "warn": "#e3b341"}
DAY = 86400
# What a month of a company's mail is made of: (reason, class, how often of 24)
FAILURES = (("userunknown", "hard", 11), ("mailboxfull", "soft", 5), ("hostunknown", "hard", 3), ("blocked", "policy", 2), ("spamdetected", "policy", 1), ("expired", "soft", 2))
PEOPLE = ("orders", "m.tanaka", "info", "j.smith", "einkauf", "sales", "c.martin", "office")
PLACES = ("customer.example", "shop.example", "school.example", "clinic.example", "factory.example", "studio.example")


def cut(line):
    return line if len(line) <= MOST else line[:MOST - 1] + "…"


def width(text):
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def drawn(command, text):
    """A terminal as SVG, that begins with the command."""
    lines = [("$ " + command, "#7ee787"), *((cut(line), COLOURS.get(line.split(" ")[0], "#e6edf3")) for line in text.rstrip().splitlines())]
    across, down = max(width(line) for line, _ in lines) * CELL + 2 * EDGE, len(lines) * LINE + 2 * EDGE + 18
    rows = "\n".join(f'<text x="{EDGE}" y="{EDGE + 30 + number * LINE}" fill="{colour}">{escape(line).replace(" ", NBSP)}</text>' for number, (line, colour) in enumerate(lines) if line.strip())
    lights = "".join(f'<circle cx="{EDGE + 4 + 18 * number}" cy="16" r="5" fill="{colour}"/>' for number, colour in enumerate(("#ff5f57", "#febc2e", "#28c840")))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{across:.0f}" height="{down:.0f}" viewBox="0 0 {across:.0f} {down:.0f}" role="img" aria-label="{escape(command)}">\n'
            f'<rect width="100%" height="100%" rx="8" fill="#0d1117"/>\n{lights}\n'
            f'<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="12">\n{rows}\n</g>\n</svg>\n')


def quickstart_and_status():
    domains = {"example.com": DOMAIN, "example.org": {**DOMAIN, "return_path": "{token}@bounce.example.org", "mode": "observe", "logins": ["crm@example.org"]}}
    with Lab(domains=domains, auth="crmrelay") as lab:
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            Journey(lab).run()
        for _ in range(12):
            lab.crm().send(lab.to())
        lab.crm(address="127.0.0.99").send(lab.to())
        wait_until(lambda: lab.daemons.ctl("status", "--json").json[0]["today"]["refused"], 15, "the refusal to be counted", 0.2)
        status = lab.daemons.ctl("status").out
        keep(lab, "quickstart", "./quickstart", said.getvalue().partition("\n7. ")[0].lstrip())
        keep(lab, "status", "crmrelayctl status", "\n".join(line.removeprefix("   ") for line in status.splitlines()))
        month(lab)
        with Browser() as browser:
            for name, language in (("report", "en"), ("report-ja", "ja")):
                page = lab.folder / f"{name}.html"
                lab.daemons.ctl("report", "example.com", "--html", str(page), "--language", language)
                browser.look(960, height=880)
                browser.open(page)
                browser.picture(HERE / f"{name}.png", whole=False)
                print(f"docs/{name}.png")


def month(lab):
    """What the report's page shows: thirty days, busier on workdays, with a bad one."""
    now, events, activity = int(time.time()), [], []
    kinds = [(reason, kind) for reason, kind, often in FAILURES for _ in range(often)]
    for day in range(1, 30):
        at = now - day * DAY
        works = time.gmtime(at).tm_wday < 5
        for number in range((9 + day * 5 % 8) * (4 if day == 11 else 1) if works else 2):
            reason, kind = kinds[(number * 7 + day * 5) % len(kinds)]
            recipient = f"{PEOPLE[(number * 3 + day) % 8]}@{PLACES[(number + day * number) % 6]}"
            document = json.dumps({"type": "bounce", "failure": {"class": kind, "reason": reason}})
            events.append((f"evt_{day}_{number}", at - number * 60, "bounce", recipient, "5.1.1", "failed", "550 5.1.1 No such user here", document))
        if day == 11:
            events += [(f"evt_strike{number}", at + number, "strike", "", "", "network", "", "{}") for number in range(3)]
        activity.append((at // 900, "relayed", "", 620 + day * 137 % 380 if works else 70 + day * 31 % 60))
        activity += [(at // 900, "refused", reason, amount) for reason, amount in (("network", 9 if day == 11 else 0), ("login", day * 5 % 4), ("limit", 2 if day % 9 == 4 else 0)) if amount]
    with contextlib.closing(sqlite3.connect(lab.daemons.store, timeout=30)) as store, store:
        store.execute("DELETE FROM events")
        store.executemany("INSERT INTO events (id, happened_at, type, domain, token, recipient, status, action, diagnostic, matched_by, dedupe, document)"
                          " VALUES (?, ?, ?, 'example.com', '', ?, ?, ?, ?, '', NULL, ?)", events)
        store.executemany("INSERT INTO activity (domain, quarter, kind, reason, server, amount) VALUES ('example.com', ?, ?, ?, '', ?)", activity)


def doctor():
    """A zone that lacks a record: the end of what doctor says, where that stands."""
    with Lab(**t_doctor.LAB) as lab:
        t_doctor.setup(lab)
        lab.dns.remove("bounce.example.com", "MX")
        lab.dns.remove("_dmarc.example.com", "TXT")
        for name, options in (("doctor", ()), ("doctor-ja", ("--language", "ja"))):
            lines = t_doctor.doctor(lab, *options).out.splitlines()
            first = next(number for number, line in enumerate(lines) if "crm@example.com" in line)
            keep(lab, name, " ".join(("crmrelayctl doctor", *options, f"| tail -n {len(lines) - first}")), "\n".join(lines[first:]))


def keep(lab, name, command, text):
    """Draws it. Paths are those of an installation, where the commands need no options that name them."""
    text = re.sub(rf" (-c|--postfix-config) {re.escape(str(lab.folder))}[^ `]*", "", text)
    text = text.replace(str(lab.daemons.store), "/var/lib/crmrelay/crmrelay.db")
    if str(lab.folder) in text or str(HERE.parent) in text:
        sys.exit(f"pictures: {name} shows a path of this machine:\n{text}")
    (HERE / f"{name}.svg").write_text(drawn(command, "\n".join(folded(line) for line in text.splitlines())))
    print(f"docs/{name}.svg")


def folded(line):
    """A line that is too wide, in two: what to do stands below."""
    return line if width(line) <= MOST else line.replace("  → ", "\n        → ", 1)


if __name__ == "__main__":
    quickstart_and_status()
    doctor()
