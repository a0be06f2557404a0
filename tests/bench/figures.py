# SPDX-License-Identifier: BSD-2-Clause
"""What the benchmarks' sections share: medians of interleaved rounds, rows that are printed and kept as JSON, and what processes took (processor, memory)."""
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from lab.daemons import DOMAIN, build_folder     # noqa: E402
from lab.util import Child, wait_until           # noqa: E402,F401

HERE, BUILD = Path(__file__).resolve().parent, build_folder() / "tests/bench"
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
POSTFIX_ROUNDS = int(os.environ.get("BENCH_POSTFIX_ROUNDS", "11"))
MESSAGES = int(os.environ.get("BENCH_MESSAGES", "20000"))
RATE = r"([\d,.]+) (?:msg|messages)/s"
TICK = os.sysconf("SC_CLK_TCK")


class Table:
    """Rows of one run. Each has a key, by which bench/model and the plot find it; a section that ran replaces what the file knew of it."""

    def __init__(self, path):
        self.path = Path(path)
        self.found = json.loads(self.path.read_text()) if self.path.exists() else {"sections": {}}
        self._section = None

    def begin(self, section, title):
        """A section's first line."""
        self._section = {"title": title, "date": time.strftime("%Y-%m-%d %H:%M", time.gmtime()), "rows": {}}
        self.found["sections"][section] = self._section
        print(f"\n{title}", flush=True)

    def row(self, key, name, value, unit, compared="", ratio=None, aim=None, lower=False):
        """`aim` is the ratio's where there is one, else the value's; `lower` says that less is better."""
        self._section["rows"][key] = {"name": name, "value": value, "unit": unit, "compared": compared, "ratio": ratio, "aim": aim, "lower": lower}
        print(line(self._section["rows"][key]), flush=True)

    def missing(self, key, name):
        """A peer that is not there."""
        self._section["rows"][key] = {"name": name, "value": None, "unit": "", "compared": "", "ratio": None, "aim": None, "lower": False}
        print(line(self._section["rows"][key]), flush=True)

    def remark(self, text):
        self._section.setdefault("remarks", []).append(text)
        print(f"  ({text})", flush=True)

    def value(self, section, key):
        return self.found["sections"].get(section, {}).get("rows", {}).get(key, {}).get("value")

    def write(self, about):
        self.found["about"] = about
        self.path.write_text(json.dumps(self.found, indent=1) + "\n")


def number(value):
    if value is None:
        return "not installed"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.1f}" if abs(value) >= 10 else f"{value:.3f}"


def line(row):
    """A row as text."""
    aim = "" if row["aim"] is None else f"{'<=' if row['lower'] else '>='} {row['aim']:,g}"
    ratio = "" if row["ratio"] is None else f"{row['ratio']:.2f}"
    return f"{row['name']:<52} {number(row['value']):>13} {row['unit']:<10} {row['compared']:<36} {ratio:>7}  {aim}".rstrip()


def as_text(found):
    """The whole table."""
    out = ["crmrelay benchmarks: " + ", ".join(f"{name} {value}" for name, value in found.get("about", {}).items())]
    for section in found["sections"].values():
        out += ["", f"{section['title']} [{section['date']} UTC]", *(line(row) for row in section["rows"].values()), *(f"  ({text})" for text in section.get("remarks", ()))]
    return "\n".join(out) + "\n"


def output(argv, timeout=900):
    """What a program printed; all of it where it failed."""
    done = subprocess.run([str(word) for word in argv], capture_output=True, text=True, timeout=timeout)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, argv))}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def figure(argv, pattern):
    """The number that a program printed."""
    out = output(argv)
    found = re.search(pattern, out)
    if not found:
        raise SystemExit(f"{' '.join(map(str, argv))}: no {pattern}\n{out}")
    return float(found[1].replace(",", ""))


def interleaved(measures, rounds=ROUNDS):
    """Medians of what each measures, in turns, after one round that does not count."""
    seen = {name: [] for name in measures}
    for count in range(rounds + 1):
        for name, measure in measures.items():
            value = measure()
            if count:
                seen[name].append(value)
    return {name: statistics.median(values) for name, values in seen.items()}


def served(argv, path, log):
    """A program that serves a unix socket."""
    child = Child(Path(str(argv[0])).name, [str(word) for word in argv], log)
    wait_until(path.is_socket, 10, f"{path}")
    return child


def fdatasyncs(folder, count=500):
    """Seconds of each of so many writes of 8 KiB that are made durable, ascending."""
    spent = []
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"x" * 8192 * count)
        os.fsync(file.fileno())
        for position in range(count):
            begin = time.perf_counter()
            os.pwrite(file.fileno(), b"y" * 8192, position * 8192)
            os.fdatasync(file.fileno())
            spent.append(time.perf_counter() - begin)
    return sorted(spent)


def fdatasync_rate(folder):
    spent = fdatasyncs(folder)
    return len(spent) / sum(spent)


# what processes took

def family(pid):
    """A process and all that descend from it."""
    out = [pid]
    for process in out:
        for task in Path(f"/proc/{process}/task").glob("*/children"):
            try:
                out += [int(word) for word in task.read_text().split()]
            except OSError:
                pass
    return out


def cpu(*pids):
    """Seconds of processor that the processes took, with children that they waited for."""
    total = 0
    for pid in pids:
        try:
            words = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += sum(int(word) for word in words[11:15])
    return total / TICK


def memory(*pids, what="Pss"):
    """KiB that the processes have: of each shared page its part; "Private_Dirty": of their own, as it changes."""
    return sum(int(re.search(rf"^{what}:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)[1]) for pid in pids)


def written(pid):
    """Octets that a process caused to be written to a disk."""
    return int(re.search(r"^write_bytes: (\d+)", Path(f"/proc/{pid}/io").read_text(), re.M)[1])


def signed(domain, key, **more):
    """A domain whose mail is signed."""
    return {**domain, "dkim": {"selector": "bench", "key": str(key), "sign": "always"}, **more}


def rsa_key(write, path):
    return write(path, subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], check=True, capture_output=True, text=True).stdout)
