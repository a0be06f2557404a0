#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Draws the table's ratios and figures against their aims as an SVG, and writes the table as text: plot.py TABLE.json TABLE.svg [TABLE.txt]

A bar's length is how many times the aim was reached, on a scale of powers of two; what is better is to the right, the aim is the line. Works on kept tables as well.
"""
import html
import json
import math
import re
import sys
from pathlib import Path

from figures import as_text, number

WIDTH, LEFT, RIGHT, ROW, TOP, MOST = 1240, 560, 210, 22, 70, 4.0
GOOD, BAD, INK, FAINT = "#2b6cb0", "#c05621", "#1a202c", "#cbd5e0"


def judged(found):
    """(section's title or None, label, figure, times the aim) of each row that has an aim."""
    for section in found["sections"].values():
        rows = [row for row in section["rows"].values() if row["aim"] and row["value"] is not None]
        if rows:
            yield re.split(r"[(;]", section["title"])[0].strip(" :"), None, None, None
        for row in rows:
            is_ratio = row["ratio"] is not None
            value = row["ratio"] if is_ratio else row["value"]
            times = row["aim"] / value if row["lower"] and value else value / row["aim"]
            shown = f"{value:.2f}" if is_ratio else f"{number(value)} {row['unit']}"
            label = f"{row['name']} {row['compared']}" if is_ratio else row["name"]
            yield None, label, f"{shown}  ({'≤' if row['lower'] else '≥'} {row['aim']:,g})", times


def at(times):
    """The place of so many times the aim: it is in the middle, MOST at the right end."""
    room = WIDTH - LEFT - RIGHT
    return LEFT + room / 2 * (1 + max(-1.0, min(1.0, math.log2(max(times, 1e-9)) / MOST)))


def text(x, y, what, **attributes):
    more = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f'<text x="{x:.0f}" y="{y:.0f}"{more}>{html.escape(what)}</text>'


def draw(found):
    rows = list(judged(found))
    height = TOP + ROW * len(rows) + 30
    about = ", ".join(f"{name} {value}" for name, value in found.get("about", {}).items())
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="12" fill="{INK}">',
           f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>', text(12, 24, "crmrelay's benchmarks against their aims", font_size=16, font_weight="bold"),
           text(12, 44, about, fill="#4a5568")]
    for power in range(-4, 5):
        x = at(2.0 ** power)
        out.append(f'<line x1="{x:.0f}" x2="{x:.0f}" y1="{TOP - 8}" y2="{height - 24}" stroke="{INK if power == 0 else FAINT}"/>')
        out.append(text(x, height - 8, "aim" if power == 0 else f"{2.0 ** power:g}×", text_anchor="middle", fill="#4a5568"))
    for index, (title, label, figure, times) in enumerate(rows):
        y = TOP + ROW * index
        if title:
            out.append(text(12, y + 15, title, font_weight="bold"))
            continue
        begin, end = sorted((at(1.0), at(times)))
        out += [text(LEFT - 10, y + 15, label if len(label) < 88 else label[:86] + "…", text_anchor="end"),
                f'<rect x="{begin:.1f}" y="{y + 4}" width="{max(end - begin, 1):.1f}" height="{ROW - 8}" fill="{GOOD if times >= 1 else BAD}"/>',
                text(WIDTH - RIGHT + 8, y + 15, figure)]
    return "\n".join([*out, "</svg>"]) + "\n"


def main(table, picture, words=None):
    found = json.loads(Path(table).read_text())
    Path(picture).write_text(draw(found), encoding="utf-8")
    if words:
        Path(words).write_text(as_text(found), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
