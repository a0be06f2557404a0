# SPDX-License-Identifier: BSD-2-Clause
"""A receiver of webhooks on loopback, HTTP or HTTPS, in threads of the test process: keeps what came, and answers as it is told, also badly."""
import base64
import hashlib
import hmac
import json
import ssl
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import socket
import struct

from .util import wait_on


@dataclass
class Request:
    path: str
    headers: dict           # names in lower case
    body: bytes
    answer: str
    at: float = field(default_factory=time.time)

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def id(self):
        return self.headers["webhook-id"]


class Receiver:
    """answer: a status, "hang", "reset" or "slow" (200 after two seconds), or a list of such, of which the last stays. headers: of the answers that are no 200."""

    def __init__(self, port, certificate=None, address="127.0.0.1"):
        self.port, self.address, self.certificate = port, address, certificate
        self.requests, self.connections = [], 0
        self._changed, self._answers, self._headers, self._server = threading.Condition(), [200], {}, None
        self._let_go = threading.Event()

    @property
    def url(self):
        return f"http{'s' if self.certificate else ''}://{self.address}:{self.port}/hooks/mail"

    def answer(self, *answers, **headers):
        with self._changed:
            self._answers, self._headers = list(answers), {name.replace("_", "-"): value for name, value in headers.items()}

    def wait_for(self, wanted=lambda request: True, count=1, deadline=30.0):
        """The first `count` requests (the one, where it is 1) for which `wanted` holds."""
        def enough():
            found = [request for request in list(self.requests) if wanted(request)]
            return found[:count] if len(found) >= count else None
        found = wait_on(self._changed, enough, deadline, lambda: f"{count} requests at {self.url}; it has seen {[(r.answer, r.body[:80]) for r in self.requests[-10:]]}")
        return found[0] if count == 1 else found

    def start(self):
        receiver, self._let_go = self, threading.Event()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1                       # an answer in one packet
            disable_nagle_algorithm = True

            def do_POST(self):
                receiver._serve(self)

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads, block_on_close, request_queue_size = True, False, 128

            def process_request(self, request, client_address):
                receiver.connections += 1
                super().process_request(request, client_address)

            def handle_error(self, *_):
                pass

        self._server = Server((self.address, self.port), Handler)
        if self.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(str(self.certificate))
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self):
        self._let_go.set()
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    __enter__ = start

    def __exit__(self, *_):
        self.stop()

    def _serve(self, handler):
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        with self._changed:
            answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
            headers = self._headers if answer != 200 else {}
            self.requests.append(Request(handler.path, {name.lower(): value for name, value in handler.headers.items()}, body, str(answer)))
            self._changed.notify_all()
        if answer == "hang":
            self._let_go.wait(60)
        if answer in ("hang", "reset"):
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.close_connection = True
            handler.connection.close()
            return
        if answer == "slow":
            self._let_go.wait(2)
            answer = 200
        handler.send_response(answer)
        for name, value in headers.items():
            handler.send_header(name, str(value))
        text = b"taken" if answer == 200 else b"not now"
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text)


class NotGenuine(Exception):
    pass


def verify_standard(secret, headers, body, now=None, tolerance=300):
    """As Standard Webhooks 1.0.0 tells a receiver to: the id, the age of the timestamp, and one signature of version v1 that fits. Raises NotGenuine."""
    key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    identity, timestamp = headers["webhook-id"], int(headers["webhook-timestamp"])
    if abs((time.time() if now is None else now) - timestamp) > tolerance:
        raise NotGenuine("too old, or from the future")
    wanted = hmac.new(key, f"{identity}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    for signature in headers["webhook-signature"].split(" "):
        version, _, text = signature.partition(",")
        if version == "v1" and hmac.compare_digest(base64.b64decode(text), wanted):
            return json.loads(body)
    raise NotGenuine("no signature fits")
