# SPDX-License-Identifier: BSD-2-Clause
"""A headless Chromium of its own profile, led through its DevTools pipe: opens a file, measures it, takes pictures. It reaches nothing but what it is told to open."""
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

PROGRAMS = ("chromium-headless-shell", "chromium")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--hide-scrollbars", "--remote-debugging-pipe", "--disable-dev-shm-usage")
DEADLINE = 90       # seconds for one answer: a busy machine starts it slowly


class BrowserError(Exception):
    pass


class Browser:
    def __enter__(self):
        program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
        if not program:
            raise BrowserError(f"none of {', '.join(PROGRAMS)} is installed: ./install-deps")
        self._profile = tempfile.mkdtemp(prefix="crmlab-browser-", dir="/var/tmp")
        (theirs_in, self._out), (self._in, theirs_out) = os.pipe(), os.pipe()
        for number in (theirs_in, theirs_out):
            os.set_inheritable(number, True)
        # Chromium reads descriptor 3 and writes 4.
        command = f'exec 3<&{theirs_in} 4>&{theirs_out}; exec "$@"'
        self._child = subprocess.Popen(["bash", "-c", command, "browser", program, *FLAGS, f"--user-data-dir={self._profile}", "about:blank"], pass_fds=(theirs_in, theirs_out),
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "HOME": self._profile})
        os.close(theirs_in)
        os.close(theirs_out)
        self._number, self._buffer, self.events = 0, b"", []
        target = self._ask("Target.createTarget", {"url": "about:blank"})["targetId"]
        self._session = self._ask("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        for room in ("Page", "Network", "Log", "Runtime"):
            self._ask(f"{room}.enable")
        return self

    def __exit__(self, *_):
        self._child.terminate()
        try:
            self._child.wait(10)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait(10)
        os.close(self._in)
        os.close(self._out)
        shutil.rmtree(self._profile, ignore_errors=True)

    def look(self, width, dark=False, media="screen", height=800):
        """How what is opened next is shown: so many CSS pixels wide and high, light or dark, on a screen or on paper ("print")."""
        self._ask("Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})
        self._ask("Emulation.setEmulatedMedia", {"media": media, "features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})

    def open(self, path):
        self.events.clear()
        self._ask("Page.navigate", {"url": Path(path).resolve().as_uri()})
        self._wait(lambda message: message.get("method") == "Page.loadEventFired")

    def evaluate(self, expression):
        answer = self._ask("Runtime.evaluate", {"expression": expression, "returnByValue": True})
        if "exceptionDetails" in answer:
            raise BrowserError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def picture(self, path, whole=True):
        """All of the page, or what is seen of it without scrolling, as PNG."""
        data = self._ask("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": whole})["data"]
        Path(path).write_bytes(base64.b64decode(data))

    def pdf(self, path):
        Path(path).write_bytes(base64.b64decode(self._ask("Page.printToPDF", {"printBackground": False, "preferCSSPageSize": True})["data"]))

    def requested(self):
        """The addresses of all that the page asked for, itself included."""
        return [event["params"]["request"]["url"] for event in self.events if event.get("method") == "Network.requestWillBeSent"]

    def complaints(self):
        """What the browser had to say about the page, such as a breach of its policy."""
        return [event["params"]["entry"]["text"] for event in self.events if event.get("method") == "Log.entryAdded"]

    def _ask(self, method, parameters=None):
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters or {}}
        if hasattr(self, "_session"):
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        answer = self._wait(lambda told: told.get("id") == message["id"])
        if "error" in answer:
            raise BrowserError(f"{method}: {answer['error']}")
        return answer["result"]

    def _wait(self, wanted):
        end = time.monotonic() + DEADLINE
        for event in self.events:
            if wanted(event):
                return event
        while True:
            while b"\0" in self._buffer:
                text, self._buffer = self._buffer.split(b"\0", 1)
                message = json.loads(text)
                if "method" in message:
                    self.events.append(message)
                if wanted(message):
                    return message
            if not select.select([self._in], [], [], max(0, end - time.monotonic()))[0]:
                raise BrowserError(f"no answer within {DEADLINE} s")
            read = os.read(self._in, 1 << 20)
            if not read:
                raise BrowserError(f"the browser ended with status {self._child.poll()}")
            self._buffer += read
