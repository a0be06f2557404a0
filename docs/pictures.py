#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Draws docs/quickstart.svg and docs/status.svg: terminals, with what the quickstart and crmrelayctl status really print. `make pictures` runs it, as root.

It starts the lab as ./quickstart does. Nothing of the machine that drew them is in the pictures: a path of the lab in what is printed ends it.
"""
import contextlib
import io
import sys
import unicodedata
from pathlib import Path
from xml.sax.saxutils import escape

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "tests"), str(HERE.parent / "tests/lab")]

from lab import Lab                 # noqa: E402
from lab.daemons import DOMAIN      # noqa: E402
from lab.util import wait_until     # noqa: E402
from lab.quickstart import Journey  # noqa: E402

CELL, LINE, EDGE, MOST = 7.2, 17, 16, 110      # pixels a column and a line, around them; columns


def cut(line):
    return line if len(line) <= MOST else line[:MOST - 1] + "…"


def width(text):
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def drawn(command, text):
    """A terminal as SVG, that begins with the command."""
    lines = [("$ " + command, "#7ee787"), *((cut(line), "#e6edf3") for line in text.rstrip().splitlines())]
    across, down = max(width(line) for line, _ in lines) * CELL + 2 * EDGE, len(lines) * LINE + 2 * EDGE + 18
    rows = "\n".join(f'<text x="{EDGE}" y="{EDGE + 30 + number * LINE}" fill="{colour}">{escape(line)}</text>' for number, (line, colour) in enumerate(lines) if line.strip())
    lights = "".join(f'<circle cx="{EDGE + 4 + 18 * number}" cy="16" r="5" fill="{colour}"/>' for number, colour in enumerate(("#ff5f57", "#febc2e", "#28c840")))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{across:.0f}" height="{down:.0f}" viewBox="0 0 {across:.0f} {down:.0f}" role="img" aria-label="{escape(command)}">\n'
            f'<rect width="100%" height="100%" rx="8" fill="#0d1117"/>\n{lights}\n'
            f'<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="12" xml:space="preserve">\n{rows}\n</g>\n</svg>\n')


def main():
    domains = {"example.com": DOMAIN, "example.org": {**DOMAIN, "return_path": "{token}@bounce.example.org", "mode": "observe", "logins": ["crm@example.org"]}}
    with Lab(domains=domains, auth="crmrelay") as lab:
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            Journey(lab).run()
        for _ in range(12):
            lab.crm().send(lab.to())
        lab.crm(address="127.0.0.99").send(lab.to())
        wait_until(lambda: lab.daemons.ctl("status", "--json").json[0]["today"]["refused"], 15, "the refusal to be counted", 0.2)
        status = lab.daemons.ctl("status")
        pictures = {"quickstart": ("./quickstart", said.getvalue().partition("\n7. ")[0].lstrip()), "status": ("crmrelayctl status", status.out)}
        for name, (command, text) in pictures.items():
            text = "\n".join(line.removeprefix("   ") if name == "status" else line for line in text.splitlines())
            if str(lab.folder) in text or str(HERE.parent) in text:
                sys.exit(f"pictures: {name} shows a path of this machine:\n{text}")
            (HERE / f"{name}.svg").write_text(drawn(command, text))
            print(f"docs/{name}.svg")


if __name__ == "__main__":
    main()
