# SPDX-License-Identifier: BSD-2-Clause
"""The report's page: its figures are those of --json, it needs nothing and nobody, and it can be read on a phone, at night, on paper and in Japanese."""
import json
import os
import re
import sqlite3
import stat
import time
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path

from judge import refused
from lab.browser import Browser
from lab.daemons import DOMAIN
from reports import home, relay, settled

SECONDS = 60
LAB = dict(domains={"example.com": {**DOMAIN, "timezone": "Asia/Kolkata", "suspend": {"after": 3}}, "quiet.test": {**DOMAIN, "logins": ["crm@quiet.test"]}})
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>&amp;\'\x1b[31m\u202e@évil<b>.test'
DAY = 86400
REASONS = ["userunknown", "mailboxfull", "blocked", "spamdetected", "hostunknown", "expired", "authfailure", "filtered", "policyviolation", "mesgtoobig", "networkerror", "rejected",
           "systemerror", "norelaying"]
CLASSES = {"userunknown": "hard", "hostunknown": "hard", "mailboxfull": "soft", "expired": "soft", "filtered": "soft", "mesgtoobig": "soft", "networkerror": "soft", "systemerror": "soft"}


class Reader(HTMLParser):
    """The elements with data-figure: {pointer: text}; a time's text is its datetime. And every tag with its attributes."""

    def __init__(self, page):
        super().__init__()
        self.figures, self.tags, self._open = {}, [], None
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append((tag, attributes))
        if "data-figure" in attributes:
            pointer = attributes["data-figure"]
            assert pointer not in self.figures, f"{pointer} stands twice in the page"
            self.figures[pointer] = attributes.get("datetime", "")
            self._open = None if "datetime" in attributes else pointer

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, _tag):
        self._open = None

    def handle_data(self, data):
        if self._open:
            self.figures[self._open] += data


def leaves(document, at=""):
    """{JSON pointer: value} of all that is neither a list nor an object."""
    if isinstance(document, (dict, list)):
        items = document.items() if isinstance(document, dict) else enumerate(document)
        return {pointer: value for key, item in items for pointer, value in leaves(item, f"{at}/{key}").items()}
    return {at: document}


def same_figures(page, document):
    """Every figure of the page is the JSON's, and none of the JSON's is missing."""
    shown, wanted = Reader(page).figures, leaves(document)
    for pointer, text in shown.items():
        value = wanted[pointer]
        assert text == (f"{value:,}" if isinstance(value, int) else value), (pointer, text, value)
    said = {"/suspensions": ("by",), "/outbox": ("kind", "state")}      # in words of the page's language
    series = re.compile(r"/(relayed|bounces_by_class/\d+|refusals_by_reason/\d+|strikes/\d+)/name")
    one_day = {f"/periods/{i}/to" for i, period in enumerate(document["periods"]) if period["from"] == period["to"]}
    missing = [pointer for pointer, value in wanted.items() if pointer not in shown and value is not None and not series.fullmatch(pointer) and pointer not in one_day
               and not any(pointer.startswith(f"{room}/") and pointer.endswith(names) for room, names in said.items())]
    assert not missing and len(shown) > 40, missing
    return shown


def fill(lab, days=40):
    """A month as a busy company has it, with names that mean ill."""
    now = int(time.time())
    events, activity, outgoing = [], [], []
    for day in range(days):
        at = now - day * DAY - 7200
        for i in range((day * 7) % 23 + 3):
            reason = REASONS[(i * i + day) % len(REASONS)]
            recipient = HOSTILE if i == 2 else f"person{i % 9}@customer{(i + day) % 17}.example"
            document = {"type": "bounce", "failure": {"class": CLASSES.get(reason, "policy" if i % 5 else "other"), "reason": reason}}
            events.append((f"evt_{day}_{i}", at - i, "bounce", recipient, "5.1.1", "failed", f"550 {HOSTILE}", json.dumps(document)))
        for type in ["delay", "complaint", "autoreply"][: day % 4]:
            events.append((f"evt_{type}_{day}", at, type, "a@b.test", "4.4.1", "delayed", "451 later", "{}"))
        if day % 6 == 1:
            events += [(f"evt_s{day}_{i}", at + i, "strike", "", "", "network", "x", "{}") for i in range(3)]
            until = "2026-11-26T18:30:00Z" if day % 12 == 1 else None
            events.append((f"evt_off{day}", at + 5, "suspended", "", "", "strikes" if until else "administrator", f"3 failures in a row: {HOSTILE}", json.dumps({"suspension": {"until": until}})))
        activity.append((at // 900, "relayed", "", 900 + (day * 137) % 700))
        activity += [(at // 900, "refused", reason, 1 + (day * (i + 3)) % 19) for i, reason in enumerate(["network", "login", "tls", "tenant", "certificate", "dkim", "from", "limit", "suspended"]) if (day + i) % 3]
        activity.append((at // 900, "observed", "network", day % 5))
    for kind, state, count in [("handback", "pending", 4), ("handback", "queued", 60), ("webhook", "delivered", 80), ("webhook", "failed", 3), ("notice", "queued", 9), ("webhook", "dropped", 1)]:
        outgoing += [(kind, state, now - 3600)] * count
    with closing(sqlite3.connect(lab.daemons.store, timeout=30)) as store, store:
        store.executemany("INSERT INTO events (id, happened_at, type, domain, token, recipient, status, action, diagnostic, matched_by, dedupe, document)"
                          " VALUES (?, ?, ?, 'example.com', '', ?, ?, ?, ?, '', NULL, ?)", events)
        store.executemany("INSERT INTO activity (domain, quarter, kind, reason, server, amount) VALUES ('example.com', ?, ?, ?, '', ?)"
                          " ON CONFLICT (domain, quarter, kind, reason, server) DO UPDATE SET amount = activity.amount + excluded.amount", activity)
        store.executemany("INSERT INTO outgoing (kind, state, domain, token, event_ids, target, recipient, created_at, since, next_at, attempts, queue_id, queued_at, last_error, mail)"
                          " VALUES (?, ?, 'example.com', '', '', 'nobody', 'x@example.com', ?, 0, 4102444800, 0, '', 0, '', '')", outgoing)


def empty(lab):
    """What fill() has put there is gone."""
    with closing(sqlite3.connect(lab.daemons.store, timeout=30)) as store, store:
        store.execute("DELETE FROM events WHERE dedupe IS NULL")
        store.execute("DELETE FROM outgoing WHERE target = 'nobody'")


def written(lab, domain="example.com", *more):
    """The page's file, its text, and the figures of the same run."""
    path = lab.folder / f"{lab.unique('page')}.html"
    said = lab.daemons.ctl("report", domain, "--html", str(path), "--json", *more)
    assert said.code == 0, said
    return path, path.read_text(), said.json


def story_what_happened_is_in_the_report(lab):
    """A relayed message, its bounce and a refusal are each counted once, on today's date of the domain's zone, in the page and in the figures."""
    relay(lab)
    home(lab, relay(lab, lab.to("nobody")))
    refused(lab, lab.crm(address="127.0.0.40").send(lab.to()), "network")
    settled(lab)
    lab.daemons.restart("policyd")                  # refusals are written within a second, and at the end
    path, page, figures = written(lab)
    totals = figures["totals"]
    assert (totals["relayed"], totals["bounced"], totals["refused"], totals["strikes"], totals["waiting"]) == (2, 1, 1, 1, 0), totals
    assert figures["days"] == len(figures["periods"]) == 30 and figures["timezone"] == "Asia/Kolkata" and figures["until"].startswith(figures["periods"][-1]["to"]), figures
    assert figures["relayed"]["amounts"][-1] == 2 and [(series["name"], series["amounts"][-1]) for series in figures["refusals_by_reason"]] == [("network", 1)], figures
    assert figures["bounces_by_reason"] == [{"name": "userunknown", "count": 1}] and figures["bounces_by_destination"] == [{"name": "dest.test", "count": 1}], figures
    assert [series["total"] for series in figures["bounces_by_class"]] == [1, 0, 0, 0] and figures["worst_recipients"][0]["bounces"] == 1, figures
    same_figures(page, figures)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640 and [other.name for other in path.parent.glob(f"{path.name}*")] == [path.name]


def story_what_is_asked_for(lab):
    """To a file, to standard output, as JSON; since a date of the domain's zone; in a language; and what is wrong is said."""
    said = lab.daemons.ctl("report", "example.com", "--html", "-", "--language", "ja")
    assert said.code == 0 and said.out.startswith("<!DOCTYPE html>") and '<html lang="ja">' in said.out and "メールリレー" in said.out
    said = lab.daemons.ctl("report", "EXAMPLE.COM", "--json", "--since", "3d")
    assert said.code == 0 and len(said.json["periods"]) in (4, 5), said
    today = said.json["until"][:10]
    assert lab.daemons.ctl("report", "example.com", "--json", "--since", today).json["since"] == f"{today}T00:00:00+05:30"
    since = lab.daemons.ctl("report", "example.com", "--json", "--since", "2020-01-01")
    assert "Records are kept for 30 days" in since.err and since.json["days"] == 31, since
    same_figures(*written(lab, "quiet.test")[1:])                          # nothing ever happened there
    for code, *words in ((2,), (2, "example.com"), (2, "example.com", "--html", "-", "--json"), (2, "example.com", "--json", "--language", "fr"), (2, "example.com", "--json", "--since", "soon"),
                         (2, "example.com", "--json", "--since", "2099-01-01"), (1, "none.test", "--json"), (1, "example.com", "--html", "/nowhere/page.html")):
        said = lab.daemons.ctl("report", *words)
        assert said.code == code and said.err.startswith("crmrelayctl") and not said.out, (words, said)


def story_every_figure_and_nothing_else(lab):
    """A busy month with hostile recipients and diagnostics: every figure of the page equals --json's, sums agree, nobody's words become markup, nothing is loaded."""
    fill(lab)
    try:
        for language in ("en", "ja"):
            _, page, figures = written(lab, "example.com", "--language", language)
            same_figures(page, figures)
            tags = Reader(page).tags
            assert not {tag for tag, _ in tags} & {"script", "img", "link", "iframe", "object", "b>", "base", "form"}, {tag for tag, _ in tags}
            assert not [attributes for _, attributes in tags if any(name.startswith("on") or name in ("src", "href", "style") for name in attributes)]
            assert "http://" not in page and "https://" not in page and "url(" not in page and "@import" not in page and "\x1b" not in page and "\u202e" not in page
        totals = figures["totals"]
        for name in ("bounces_by_reason", "bounces_by_destination"):
            assert sum(share["count"] for share in figures[name]) == totals["bounced"] and len(figures[name]) <= 12, (name, totals)
        for name, total in (("bounces_by_class", totals["bounced"]), ("refusals_by_reason", totals["refused"])):
            assert sum(series["total"] for series in figures[name]) == total and all(sum(series["amounts"]) == series["total"] for series in figures[name]), name
        assert figures["refusals_by_reason"][-1]["name"] == "others" and figures["bounces_by_reason"][-1]["name"] == "others"
        assert (totals["waiting"], totals["dead_letters"]) == (4, 3) and figures["worst_recipients"][0]["address"].startswith('"><script>'), figures
        assert len(figures["suspensions"]) > 3 and figures["suspensions"][0]["since"] > figures["suspensions"][1]["since"]
    finally:
        empty(lab)


MEASURES = """(() => {
    const inside = r => r.left >= -0.5 && r.right <= document.documentElement.clientWidth + 0.5;
    const shown = e => e.getClientRects().length > 0;
    const marks = [...document.querySelectorAll('svg.plot')].map(plot => [...plot.querySelectorAll('text')].map(t => t.getBoundingClientRect()));
    const touch = (a, b) => a.left < b.right && b.left < a.right && a.top + 2 < b.bottom && b.top + 2 < a.bottom;
    const light = c => { const [r, g, b] = c.match(/[\\d.]+/g).slice(0, 3).map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const contrast = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
    const style = (selector, what) => getComputedStyle(document.querySelector(selector))[what];
    const card = style('section', 'backgroundColor');
    const ground = /^rgba\\(0, 0, 0, 0\\)$/.test(card) ? style('body', 'backgroundColor') : card;
    return {
        overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
        outside: [...document.querySelectorAll('main *')].filter(e => shown(e) && !e.closest('.scroll') && !inside(e.getBoundingClientRect())).map(e => e.outerHTML.slice(0, 80)),
        collisions: marks.map(all => all.filter((a, i) => all.some((b, j) => j > i && touch(a, b))).length).reduce((a, b) => a + b, 0),
        plots: document.querySelectorAll('svg.plot').length,
        unnamed: [...document.querySelectorAll('svg[role=img]')].filter(s => !s.getAttribute('aria-labelledby').split(' ').every(id => document.getElementById(id)?.textContent)).length,
        quiet: contrast(style('.tick', 'fill'), ground), ink: contrast(style('body', 'color'), ground),
        bars: Math.min(...[0, 1, 2, 3, 4, 5, 6].map(i => { const r = document.querySelector('rect.s' + i); return r ? contrast(getComputedStyle(r).fill, ground) : 21; })),
        figures: [...document.querySelectorAll('[data-figure]')].length,
        bright: light(style('body', 'backgroundColor')), alerts: window.alerts || 0,
    };
})()"""


def story_on_every_screen(lab):
    """In Chromium, on a phone and a desk, by day and night, on paper, in English and Japanese: nothing is cut off or runs into something else, nothing asks the network."""
    fill(lab)
    pictures = Path(os.environ.get("CRMRELAY_PICTURES") or lab.folder)
    try:
        with Browser() as browser:
            for language in ("en", "ja"):
                path, page, figures = written(lab, "example.com", "--language", language)
                shown = same_figures(page, figures)
                for width, dark, media in ((360, False, "screen"), (360, True, "screen"), (1200, False, "screen"), (1200, True, "screen"), (760, True, "print")):
                    what = f"{language}-{width}-{'dark' if dark else 'light'}-{media}"
                    browser.look(width, dark, media)
                    browser.open(path)
                    measured = browser.evaluate(MEASURES)
                    browser.picture(pictures / f"page-{what}.png")
                    assert measured["overflow"] <= 0 and not measured["outside"] and measured["collisions"] == 0, (what, measured)
                    assert measured["plots"] == 4 and measured["unnamed"] == 0 and measured["figures"] == len(shown), (what, measured)
                    assert measured["quiet"] >= 4.5 and measured["ink"] >= 7 and measured["bars"] >= 3, (what, measured)
                    assert (measured["bright"] < 0.1) == (dark and media == "screen"), (what, measured)
                    assert browser.requested() == [path.resolve().as_uri()] and not browser.complaints(), (what, browser.requested(), browser.complaints())
                browser.pdf(pictures / f"page-{language}.pdf")
                assert (pictures / f"page-{language}.pdf").read_bytes().startswith(b"%PDF")
    finally:
        empty(lab)
