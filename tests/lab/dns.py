# SPDX-License-Identifier: BSD-2-Clause
"""A DNS server on loopback, in threads of the test process: zones as Python values that a test changes while it runs, UDP and TCP on one port.

    with Dns() as dns:                                    # dns.host, dns.port; dns.endpoint is "inet:PORT@127.0.0.1"
        dns.set("_spf.crm.test", "TXT", "v=spf1 ip4:192.0.2.0/24 -all", ttl=300)
        dns.set("*._spf.crm.test", "A", "127.0.0.2")      # a wildcard (RFC 4592) for what has no records of its own
        dns.mode("_spf.crm.test", "servfail")             # silent, servfail, refused, nxdomain, slow (seconds=), or None: as the zone says
        dns.mode(None, "silent")                          # all names
        dns.remove("_spf.crm.test", "TXT")
        dns.asked("_spf.crm.test")                        # [(type, "udp" or "tcp"), …]

It is authoritative for everything: a name that nothing was set for, nor for one below it, does not exist (RFC 8020).
"""
import ipaddress
import socketserver
import struct
import threading
import time

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SPF": 99}
_NAMES = {number: name for name, number in TYPES.items()}
_RCODES = {"servfail": 2, "nxdomain": 3, "refused": 5}
NEGATIVE_TTL = 60
UDP_LIMIT = 512
OPT = 41


def _key(name):
    return name.lower().rstrip(".")


def _wire_name(name):
    out = b""
    for label in filter(None, name.rstrip(".").split(".")):
        octets = label.encode("ascii")
        if len(octets) > 63:
            raise ValueError(f"{name}: a label is longer than 63 octets")
        out += bytes([len(octets)]) + octets
    return out + b"\0"


def _wire_data(kind, value):
    """A value as it stands in a test, as RDATA (RFC 1035 section 3.3)."""
    if kind == "A":
        return ipaddress.IPv4Address(value).packed
    if kind == "AAAA":
        return ipaddress.IPv6Address(value).packed
    if kind == "MX":                        # (10, "mail.crm.test")
        preference, host = value
        return struct.pack("!H", preference) + _wire_name(host)
    if kind in ("TXT", "SPF"):              # text of any length, or a list of strings as they shall be cut
        parts = value if isinstance(value, list) else [value[i:i + 255] for i in range(0, len(value), 255)] or [""]
        octets = [part.encode("latin-1") for part in parts]
        return b"".join(bytes([len(part)]) + part for part in octets)
    return _wire_name(value)                # PTR, CNAME, NS


def reverse_name(address):
    """The name whose PTR an address has: "1.2.0.192.in-addr.arpa"."""
    return ipaddress.ip_address(address).reverse_pointer


class _Zones:
    """What is set, and how each name behaves. Any thread."""

    def __init__(self):
        self._lock = threading.Lock()
        self._records = {}      # name -> {type: [(ttl, RDATA, value)]}
        self._modes = {}        # name, or None -> (mode, seconds)
        self._asked = []        # (name, type, transport)

    def set(self, name, kind, *values, ttl=300):
        records = [(ttl, _wire_data(kind, value), value) for value in values]
        with self._lock:
            self._records.setdefault(_key(name), {})[kind] = records

    def remove(self, name, kind=None):
        with self._lock:
            if kind is None:
                self._records.pop(_key(name), None)
            else:
                types = self._records.get(_key(name), {})
                types.pop(kind, None)
                if not types:
                    self._records.pop(_key(name), None)

    def clear(self):
        with self._lock:
            self._records.clear()
            self._modes.clear()
            self._asked.clear()

    def mode(self, name, mode, seconds=1.0):
        if mode not in (None, "silent", "slow", *_RCODES):
            raise ValueError(f"no such mode: {mode}")
        with self._lock:
            key = None if name is None else _key(name)
            if mode is None:
                self._modes.pop(key, None)
            else:
                self._modes[key] = (mode, seconds)

    def mode_of(self, name):
        with self._lock:
            return self._modes.get(_key(name)) or self._modes.get(None) or (None, 0)

    def note(self, name, kind, transport):
        with self._lock:
            self._asked.append((_key(name), kind, transport))

    def asked(self, name=None):
        with self._lock:
            if name is None:
                return list(self._asked)
            return [(kind, transport) for asked, kind, transport in self._asked if asked == _key(name)]

    def find(self, name, kind):
        """(exists, [(owner, type, ttl, RDATA)]): the records of that type, with the CNAMEs that lead to them."""
        answer, exists, owner = [], False, _key(name)
        with self._lock:
            for _ in range(9):
                types = self._types_of(owner)
                exists = types is not None or any(other.endswith("." + owner) for other in self._records)
                if types is None:
                    break
                if kind in types or "CNAME" not in types:
                    answer += [(owner, kind, ttl, data) for ttl, data, _value in types.get(kind, [])]
                    break
                ttl, data, target = types["CNAME"][0]
                answer.append((owner, "CNAME", ttl, data))
                owner = _key(target)
        return exists or bool(answer), answer

    def _types_of(self, name):
        if name in self._records:
            return self._records[name]
        labels = name.split(".")
        for i in range(1, len(labels)):
            above = ".".join(labels[i:])
            if "*." + above in self._records:
                return self._records["*." + above]
            if above in self._records:      # a name that exists stops the wildcard above it
                return None
        return None


def _parse_question(query):
    """(id, flags, name, type number, octets of the question, UDP size that the client takes); raises on what is no question."""
    ident, flags, questions, _, _, more = struct.unpack_from("!6H", query)
    if flags & 0x8000 or questions != 1:
        raise ValueError("no question")
    labels, at = [], 12
    while query[at]:
        length = query[at]
        if length > 63:
            raise ValueError("a compressed question")
        labels.append(query[at + 1:at + 1 + length].decode("ascii"))
        at += 1 + length
    kind = struct.unpack_from("!H", query, at + 1)[0]
    end = at + 5
    size = UDP_LIMIT
    if more and len(query) >= end + 11 and query[end] == 0 and struct.unpack_from("!H", query, end + 1)[0] == OPT:
        size = max(UDP_LIMIT, struct.unpack_from("!H", query, end + 3)[0])
    return ident, flags, ".".join(labels), kind, query[12:end], size


def _record(owner, kind, ttl, data):
    return _wire_name(owner) + struct.pack("!HHIH", TYPES[kind], 1, ttl, len(data)) + data


def _reply(ident, flags, question, rcode, answer=(), authority=(), truncated=False):
    bits = 0x8480 | (flags & 0x0100) | (0x0200 if truncated else 0) | rcode
    head = struct.pack("!6H", ident, bits, 1, len(answer), len(authority), 0)
    return head + question + b"".join(_record(*one) for one in answer) + b"".join(_record(*one) for one in authority)


def _answer(zones, query, transport):
    """The reply to a query, or None where there is none."""
    ident, flags, name, number, question, size = _parse_question(query)
    kind = _NAMES.get(number, f"TYPE{number}")
    zones.note(name, kind, transport)
    mode, seconds = zones.mode_of(name)
    if mode == "silent":
        return None
    if mode == "slow":
        time.sleep(seconds)
    elif mode is not None:
        return _reply(ident, flags, question, _RCODES[mode])
    exists, answer = zones.find(name, kind)
    authority = []
    if not answer or answer[-1][1] != kind:
        soa = _wire_name("ns.dns.test") + _wire_name("hostmaster.dns.test") + struct.pack("!5I", 1, 3600, 600, 86400, NEGATIVE_TTL)
        authority = [(name.split(".")[-1], "SOA", NEGATIVE_TTL, soa)]
    reply = _reply(ident, flags, question, 0 if exists else 3, answer, authority)
    if transport == "udp" and len(reply) > size:
        return _reply(ident, flags, question, 0, truncated=True)
    return reply


class _Udp(socketserver.BaseRequestHandler):
    def handle(self):
        query, sock = self.request
        try:
            reply = _answer(self.server.zones, query, "udp")
        except (ValueError, IndexError, struct.error, UnicodeDecodeError):
            return
        if reply is not None:
            sock.sendto(reply, self.client_address)


class _Tcp(socketserver.StreamRequestHandler):
    timeout = 10

    def handle(self):
        try:
            while len(head := self.rfile.read(2)) == 2:
                reply = _answer(self.server.zones, self.rfile.read(struct.unpack("!H", head)[0]), "tcp")
                if reply is None:
                    time.sleep(self.timeout)
                    return
                self.wfile.write(struct.pack("!H", len(reply)) + reply)
        except (ValueError, IndexError, struct.error, UnicodeDecodeError, OSError):
            return


class _UdpServer(socketserver.ThreadingUDPServer):
    daemon_threads = True
    block_on_close = False
    max_packet_size = 4096


class _TcpServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True


class Dns(_Zones):
    """The server. `port` 0: a free one; 53 needs root, and serves programs that read /etc/resolv.conf."""

    def __init__(self, host="127.0.0.1", port=0):
        super().__init__()
        self.host = host
        self._servers = self._bind(port)
        self.port = self._servers[0].server_address[1]
        for server in self._servers:
            server.zones = self
        self._threads = [threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True) for server in self._servers]
        for thread in self._threads:
            thread.start()

    def _bind(self, port):
        last = None
        for _ in range(50 if port == 0 else 1):   # a port that is free for UDP may be taken for TCP
            udp = _UdpServer((self.host, port), _Udp)
            try:
                return udp, _TcpServer((self.host, udp.server_address[1]), _Tcp)
            except OSError as error:
                udp.server_close()
                last = error
        raise last

    @property
    def endpoint(self):
        return f"inet:{self.port}@{self.host}"

    def close(self):
        for server in self._servers:
            server.shutdown()
            server.server_close()
        for thread in self._threads:
            thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
