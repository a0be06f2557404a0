# SPDX-License-Identifier: BSD-2-Clause
"""What the pieces of the lab share: waiting with a deadline, free ports, commands, child processes that are ended by their own id."""
import atexit
import os
import random
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


class LabError(Exception):
    """The lab itself cannot do what was asked: a program is missing, does not start, or dies."""


class Timeout(AssertionError):
    """What a story waited for did not come within its deadline."""


def wait_until(probe, deadline=10.0, what="a condition", step=0.02):
    """The first true value of probe(), looked at every `step` seconds; Timeout names `what` (text, or a function giving it) after `deadline` seconds."""
    end = time.monotonic() + deadline
    while True:
        if value := probe():
            return value
        if time.monotonic() >= end:
            raise Timeout(f"waited {deadline:g} s for {what() if callable(what) else what}")
        time.sleep(step)


def wait_on(condition, probe, deadline, what):
    """As wait_until, but woken by a threading.Condition that is notified when something changed."""
    with condition:
        if not condition.wait_for(probe, deadline):
            raise Timeout(f"waited {deadline:g} s for {what() if callable(what) else what}")
        return probe()


def run(*argv, check=True, input=None, env=None, timeout=60, **options):
    """Runs a command to its end and returns the CompletedProcess, its output as text; a failure names the command and shows what it said."""
    argv = [str(part) for part in argv]
    done = subprocess.run(argv, input=input, env={**os.environ, "PATH": PATH, **(env or {})}, timeout=timeout,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", errors="replace", **options)
    if check and done.returncode:
        raise LabError(f"{' '.join(argv)}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def have_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False


class Ports:
    """Free TCP ports, below those that the kernel gives to clients. A port stays ours, against other labs too, until close():
    an abstract unix socket stands for it, which the kernel frees whatever becomes of this process."""

    def __init__(self):
        self._claims = []

    def free(self):
        for _ in range(1000):
            port = random.randint(12000, 32000)
            claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            try:
                claim.bind(f"\0crmrelay-lab-port-{port}")
                self._probe(port)
            except OSError:
                claim.close()
                continue
            self._claims.append(claim)
            return port
        raise LabError("no free TCP port between 12000 and 32000")

    @staticmethod
    def _probe(port):
        for family, host in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::1")):
            if family == socket.AF_INET6 and not have_ipv6():
                continue
            with socket.socket(family) as probe:
                probe.bind((host, port))

    def close(self):
        for claim in self._claims:
            claim.close()
        self._claims.clear()


class Child:
    """A process that the lab started and ends by its own id. Its output goes to `log`."""

    def __init__(self, name, argv, log, env=None, **options):
        self.name, self.log = name, Path(log)
        with open(self.log, "ab") as out:
            self._popen = subprocess.Popen([str(part) for part in argv], stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
                                           env={**os.environ, "PATH": PATH, **(env or {})}, **options)
        self.pid = self._popen.pid
        self.fd = os.pidfd_open(self.pid)   # readable when the process has ended
        atexit.register(self.kill)

    @property
    def running(self):
        return self._popen.poll() is None

    def signal(self, number):
        if self.running:
            self._popen.send_signal(number)

    def wait(self, deadline=15.0):
        """The exit status (negative: the signal that ended it)."""
        try:
            status = self._popen.wait(deadline)
        except subprocess.TimeoutExpired:
            raise Timeout(f"waited {deadline:g} s for {self.name} (process {self.pid}) to end") from None
        self._forget()
        return status

    def _forget(self):
        atexit.unregister(self.kill)
        if self.fd is not None:
            os.close(self.fd)
            self.fd = None

    def stop(self, deadline=15.0):
        """SIGTERM, and SIGKILL where that does not end it in time. Returns the exit status."""
        self.signal(signal.SIGTERM)
        try:
            return self.wait(deadline)
        except Timeout:
            return self.kill()

    def kill(self):
        self.signal(signal.SIGKILL)
        return self.wait()

    def kill_group(self):
        """Ends it and all processes that it started, at once."""
        if self.running:
            os.killpg(self.pid, signal.SIGKILL)     # it leads its group: start_new_session
        return self.wait()

    def tail(self, lines=40):
        return tail(self.log, lines)


def tail(path, lines=40, offset=0):
    try:
        with open(path, "rb") as file:
            file.seek(offset)
            return "\n".join(file.read().decode("utf-8", "replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""


def readable(fds, deadline):
    """Those of the file descriptors that have something to read, within `deadline` seconds; none after it."""
    return select.select(fds, [], [], max(0.0, deadline))[0]


def leave_on_signals():
    """SIGTERM and SIGHUP leave like Ctrl-C does: by an exception, so that every `with` and atexit takes its things away."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, lambda caught, _frame: sys.exit(128 + caught))
