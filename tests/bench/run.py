#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""`make bench`: what crmrelay costs, as ratios within one run, on loopback.

Every figure is the median of interleaved rounds: what is compared takes turns, so that a machine that grows slow harms both alike. Nothing is asserted; the last column says
what the project aims at. As root (it starts a private Postfix). Arguments are names of sections; without any all but store10m, which takes minutes and gigabytes, are run. The
table goes to bench.json, bench.txt and bench.svg of the build folder: a section that was run replaces what bench.json knew of it.
"""
import os
import platform
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import plot                                                                       # noqa: E402
from bounce_path import bounce_section, lmtp_section, outbox_section              # noqa: E402
from figures import DOMAIN, POSTFIX_ROUNDS, ROUNDS, Table, build_folder           # noqa: E402
from lab import Lab                                                               # noqa: E402
from milter_path import dkim_section, milter_section, sessions_section            # noqa: E402
from policy_path import policy_section                                            # noqa: E402
from postfix_path import postfix_section                                          # noqa: E402
from servers import servers_section                                               # noqa: E402
from stores import prefix_section, start_section, store10m_section, store_section  # noqa: E402

ALONE = {"prefix": prefix_section, "bounce": bounce_section, "store": store_section, "store10m": store10m_section}
IN_LAB = {"policy": policy_section, "milter": milter_section, "dkim": dkim_section, "sessions": sessions_section, "start": start_section, "servers": servers_section,
          "lmtp": lmtp_section, "outbox": outbox_section, "postfix": postfix_section}
ON_REQUEST = {"store10m"}

DOMAINS = {
    "example.com": {**DOMAIN, "networks": ["192.0.2.0/24"]},
    "bench.test": {"require": ["network"], "networks": ["127.0.0.1/32"], "return_path": "{token}@bounce.bench.test", "admins": ["postmaster@example.com"]},
}


def about():
    """Of the machine, without its name."""
    model = next((line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), platform.machine())
    return {"processors": os.cpu_count(), "model": model, "date": time.strftime("%Y-%m-%d", time.gmtime()), "rounds": f"{ROUNDS} ({POSTFIX_ROUNDS} through Postfix)"}


def main(sections):
    if unknown := sections - {*ALONE, *IN_LAB}:
        raise SystemExit(f"no section {', '.join(sorted(unknown))}; there are: {' '.join([*ALONE, *IN_LAB])}")
    folder = build_folder()
    table = Table(folder / "bench.json")
    print("crmrelay benchmarks: " + ", ".join(f"{name} {value}" for name, value in about().items()))

    def keep():
        table.write(about())
        plot.main(folder / "bench.json", folder / "bench.svg", folder / "bench.txt")
    for section, measure in ALONE.items():
        if section in sections:
            measure(table)
            keep()
    for section, measure in IN_LAB.items():
        if section in sections:
            with Lab(domains=DOMAINS) as lab:
                place = lab.folder / "bench"
                place.mkdir()
                place.chmod(0o755)
                measure(table, lab, place, place / "log")
            keep()
    print(f"\nThe table: {folder}/bench.txt, bench.json; the plot: bench.svg")


if __name__ == "__main__":
    main(set(sys.argv[1:]) or {*ALONE, *IN_LAB} - ON_REQUEST)
