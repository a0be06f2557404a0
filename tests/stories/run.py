#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs the stories: tests/stories/run.py [PATTERN…] [--list] [--jobs N] [--keep]

A story is a function story_NAME(lab) in a module t_TOPIC.py; its docstring says it as a user would. The module's LAB is a dict of Lab's arguments: its
stories share one lab, in the order of the file, each beginning with what mend() leaves. LAB = None: the stories take no argument and get no lab. setup(lab)
of a module runs once, before its stories. A PATTERN is a part of TOPIC.NAME, or a shell pattern for all of it.

Each module runs in a process of its own. A line a story, "ok" or "FAIL", under a FAIL the traceback and the ends of the logs;
the last line is "stories: N passed, N failed". Exit status: 0 when all passed, 1 when one failed, 2 when no story fits.
"""
import argparse
import fnmatch
import importlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

LIMIT = int(os.environ.get("CRMRELAY_STORY_LIMIT", "300"))     # seconds a story may take
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]


def stories_of(module):
    """(name, function) in the order of the file."""
    topic = module.__name__.removeprefix("t_")
    found = [(name, thing) for name, thing in vars(module).items() if name.startswith("story_") and callable(thing)]
    return [(f"{topic}.{name.removeprefix('story_')}", thing) for name, thing in found]


def chosen(patterns):
    """{module name: [(story name, function)]} of those that fit, those first that say by SECONDS that they take long."""
    fits = [pattern if any(sign in pattern for sign in "*?[") else f"*{pattern}*" for pattern in patterns] or ["*"]
    found = {}
    for path in sorted(HERE.glob("t_*.py")):
        module = importlib.import_module(path.stem)
        if stories := [(name, story) for name, story in stories_of(module) if any(fnmatch.fnmatchcase(name, fit) for fit in fits)]:
            found[path.stem] = stories
    return dict(sorted(found.items(), key=lambda item: -getattr(sys.modules[item[0]], "SECONDS", 0)))


# in the module's process: one JSON line a story on standard output

def run_module(name, names, keep):
    import lab as rooms
    signal.signal(signal.SIGALRM, too_long)
    module = importlib.import_module(name)
    stories = [(story, function) for story, function in stories_of(module) if story in names]
    settings = getattr(module, "LAB", {})
    if settings is None:
        for story, function in stories:
            report(story, *attempt(function))
        return
    lab = rooms.Lab(**settings, keep=keep)
    try:
        lab.start()
        if hasattr(module, "setup"):
            module.setup(lab)
    except Exception:
        trouble = traceback.format_exc() + lab.tails()
        for story, _ in stories:
            report(story, 0.0, trouble)
            trouble = "The lab did not start: see the first story of this module.\n"
        lab.close()
        return
    try:
        for story, function in stories:
            lab.begin()
            seconds, trouble = attempt(function, lab)
            report(story, seconds, trouble + lab.tails() if trouble else "")
            began, trouble = attempt(lab.mend)
            if trouble:
                report(f"{story} (putting the lab in order after it)", began, trouble + lab.tails())
    finally:
        lab.close()
    for number, problem in enumerate(lab.problems):
        report(f"{name.removeprefix('t_')}.ends_cleanly_{number}", 0.0, problem)


def attempt(function, *arguments):
    """Seconds, and the traceback: "" when all went well. What takes longer than LIMIT fails there."""
    began = time.monotonic()
    signal.alarm(LIMIT)
    try:
        function(*arguments)
        return time.monotonic() - began, ""
    except Exception:
        return time.monotonic() - began, traceback.format_exc()
    finally:
        signal.alarm(0)


def too_long(_number, _frame):
    raise TimeoutError(f"still running after {LIMIT} s")


def report(story, seconds, trouble):
    print(json.dumps({"story": story, "seconds": seconds, "trouble": trouble}), flush=True)


# in the first process

class Runner:
    def __init__(self, keep):
        self.keep, self.passed, self.failed = keep, 0, 0
        self._lock, self._running, self._ending = threading.Lock(), set(), False

    def run(self, name, stories):
        told = self._child(name, [story for story, _ in stories])
        for story, _ in stories:
            if story not in told and not self._ending:
                self.tell(story, 0.0, f"{name} ended before this story did\n")

    def _child(self, name, names):
        argv = [sys.executable, __file__, "--module", name, *(["--keep"] if self.keep else []), *names]
        with self._lock:
            if self._ending:
                return names
            child = subprocess.Popen(argv, stdout=subprocess.PIPE, encoding="utf-8", errors="replace", start_new_session=True)
            self._running.add(child)
        told = set()
        for line in child.stdout:
            try:
                told.add(self.tell(**json.loads(line)))
            except (ValueError, TypeError):
                print(line, end="", flush=True)      # a story printed something
        child.wait()
        with self._lock:
            self._running.discard(child)
        return told

    def tell(self, story, seconds, trouble):
        if trouble and not trouble.endswith("\n"):
            trouble += "\n"
        with self._lock:
            self.passed, self.failed = self.passed + (not trouble), self.failed + bool(trouble)
            print(f"{'FAIL' if trouble else 'ok  '} {story} ({seconds:.1f} s)\n{trouble}", end="", flush=True)
        return story

    def end(self):
        """Every module's process ends as at Ctrl-C and takes its lab away."""
        with self._lock:
            self._ending = True
            running = list(self._running)
        for child in running:
            child.terminate()
        for child in running:
            child.wait()


def leave(number, _frame):
    sys.exit(128 + number)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("patterns", nargs="*", metavar="PATTERN")
    parser.add_argument("--list", action="store_true", help="name the stories, each with what it says")
    parser.add_argument("--jobs", type=int, default=min(3, 2 * (os.cpu_count() or 1)), metavar="N", help="modules at a time, which wait more than they compute (default: %(default)s)")
    parser.add_argument("--keep", action="store_true", help="leave the labs' folders (/var/tmp/crmlab.*), with nothing running in them")
    parser.add_argument("--module", help=argparse.SUPPRESS)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, leave)
    if options.module:
        return run_module(options.module, options.patterns, options.keep)
    modules = chosen(options.patterns)
    if options.list:
        for stories in modules.values():
            for name, story in stories:
                print(f"{name}: {(story.__doc__ or '').strip().splitlines()[0] if story.__doc__ else ''}")
        return 0
    if not modules:
        print(f"no story fits {' '.join(options.patterns)}", file=sys.stderr)
        return 2
    runner = Runner(options.keep)
    pool = ThreadPoolExecutor(max(1, options.jobs))
    try:
        for future in [pool.submit(runner.run, name, stories) for name, stories in modules.items()]:
            future.result()
    except KeyboardInterrupt:
        return 130
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        runner.end()
        pool.shutdown(cancel_futures=True)
    print(f"stories: {runner.passed} passed, {runner.failed} failed")
    return 1 if runner.failed else 0


if __name__ == "__main__":
    sys.exit(main())
