# SPDX-License-Identifier: BSD-2-Clause
"""A stand-in for syslogd: takes crmrelay's lines on a unix datagram socket and reads them as events ("ID: event key=value …")."""
import os
import re
import socket
import threading
import time
from dataclasses import dataclass

from .util import wait_on

_SYSLOG = re.compile(r"<(\d+)>\w{3} [ \d]\d \d\d:\d\d:\d\d ([^\s\[:]+)(?:\[(\d+)\])?: (.*)", re.S)
_EVENT = re.compile(r"(?:(\S+): )?([a-z][a-z0-9-]*)((?: [\w.-]+=.*)?)$", re.S)
_FIELD = re.compile(r' ([\w.-]+)=("(?:[^"\\]|\\.)*"|\S*)')


@dataclass
class Event:
    """One line. `name` is "" where the line is no event; fields are texts without their quotes, addresses keep their <>."""
    program: str
    severity: int
    id: str
    name: str
    fields: dict
    text: str
    at: float

    def __getitem__(self, key):
        return self.fields[key]

    def get(self, key, default=""):
        return self.fields.get(key, default)

    def __str__(self):
        return f"{self.program}: {self.text}"


def parse(line, at):
    head = _SYSLOG.match(line)
    priority, program, _, text = head.groups() if head else ("0", "?", "", line)
    event = _EVENT.match(text)
    identity, name, rest = event.groups() if event else ("", "", "")
    fields = {key: re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value for key, value in _FIELD.findall(rest)}
    return Event(program, int(priority) & 7, identity or "", name, fields, text, at)


class Events:
    """All events so far, and waiting for one. `mark` is the number of events when the story began; what came before is not looked at. A line is read as
    an event when somebody looks: under a benchmark's load few do."""

    def __init__(self, path):
        self.path, self._lines, self.mark = path, [], 0
        self._changed = threading.Condition()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self._socket.bind(str(path))
        os.chmod(path, 0o666)
        self._thread = threading.Thread(target=self._receive, name="syslog", daemon=True)
        self._thread.start()

    def _receive(self):
        while (line := self._socket.recv(65536)) != b"":
            with self._changed:
                self._lines.append((line, time.time()))
                self._changed.notify_all()

    def now(self):
        """A place for `since`: events from here on."""
        return len(self._lines)

    def since(self, place=None):
        place = self.mark if place is None else place
        for number in range(place, len(self._lines)):
            if not isinstance(self._lines[number], Event):
                line, at = self._lines[number]
                self._lines[number] = parse(line.decode("utf-8", "replace").rstrip("\n\0"), at)
        return self._lines[place:]

    def find(self, name=None, since=None, **fields):
        """Events of that name (None: any) whose fields are as given: an equal text, or a predicate of the text. `id`, `program` and `text` count as fields."""
        def fits(event):
            known = {"id": event.id, "program": event.program, "text": event.text, **event.fields}
            return (name is None or event.name == name) and all(
                key in known and (want(known[key]) if callable(want) else known[key] == str(want)) for key, want in fields.items())
        return [event for event in self.since(since) if fits(event)]

    def wait(self, name=None, deadline=15.0, since=None, count=1, **fields):
        """The first such event, waited for; with `count` > 1 the list of that many."""
        def enough():
            found = self.find(name, since, **fields)
            return found if len(found) >= count else None

        def what():
            return f"{count} event(s) {name or ''} {fields}; there were:\n" + "\n".join(f"  {event}" for event in self.since(since)[-25:])

        found = wait_on(self._changed, enough, deadline, what)
        return found[0] if count == 1 else found

    def close(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
            end.connect(str(self.path))
            end.send(b"")
        self._thread.join(5)
        self._socket.close()
