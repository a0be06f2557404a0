#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Memory over 10,000 messages: each daemon's resident size after a warm-up and after the load, through the milter, policy and LMTP sockets.

With a build that has AddressSanitizer, leaks are reported by LeakSanitizer when the daemons end; this prints the growth as well. Exit status 1 where a daemon
grew by more than GROWTH of its size and a megabyte, or ended badly.
"""
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from lab import Lab                              # noqa: E402
from lab.daemons import DOMAIN, build_folder     # noqa: E402

HERE, BUILD = Path(__file__).resolve().parent, build_folder() / "tests/bench"
ROUND, ROUNDS, GROWTH = 2500, 4, 0.10


def resident(pid):
    """Kilobytes, of the process and none of its files."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("RssAnon:")))


def load(lab, folder):
    sockets, addresses = lab.daemons.sockets, folder / "addresses"
    quiet = {"check": True, "stdout": subprocess.DEVNULL}
    subprocess.run([BUILD / "milter_load", "-c", "8", "-n", str(ROUND), "-e", "relay", f"unix:{sockets}/milter.sock"], **quiet)
    subprocess.run([BUILD / "policy_load", "-c", "8", "-n", str(ROUND), f"unix:{sockets}/policy.sock"], **quiet)
    with open(addresses, "w", encoding="ascii") as file:
        subprocess.run([BUILD / "fill_store", f"sqlite://{lab.daemons.store}", str(ROUND), "bounce.example.com", "example.com"], stdout=file, check=True)
    for part in lab.daemons.store.parent.glob("crmrelay.db*"):
        os.chown(part, lab.daemons.store.stat().st_uid, lab.daemons.store.stat().st_gid)
    subprocess.run([BUILD / "lmtp_load", "-c", "4", "-n", str(ROUND), "-f", HERE / "bounce.eml", "-r", addresses, f"unix:{sockets}/bounce.sock"], **quiet)


def main():
    failed = False
    with Lab(domains={"example.com": {**DOMAIN, "networks": ["192.0.2.0/24"]}}, postfix={"default_transport": "discard:", "transport_maps": ""}) as lab:
        names, sizes = ("policyd", "milter", "bounced"), []
        for number in range(ROUNDS + 1):
            load(lab, lab.folder)
            sizes.append([resident(lab.daemons.pid(name)) for name in names])
            print(f"after {(number + 1) * ROUND:>6} messages: " + ", ".join(f"{name} {size:,} kB" for name, size in zip(names, sizes[-1])), flush=True)
        for index, name in enumerate(names):
            warm, last = sizes[1][index], sizes[-1][index]
            if last > warm * (1 + GROWTH) + 1024:
                print(f"FAIL {name} grew from {warm:,} kB to {last:,} kB")
                failed = True
    for problem in lab.problems:
        print(f"FAIL {problem}")
        failed = True
    print("soak: " + ("FAIL" if failed else "ok"))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
