# SPDX-License-Identifier: BSD-2-Clause
"""A certificate authority of the lab's own, made with openssl: the server's certificate, and certificates for clients that show one."""
import hashlib
import ssl
from pathlib import Path

from .util import run

_CONFIG = "[req]\ndistinguished_name=dn\nprompt=no\n[dn]\nCN=lab\n"
_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-batch")


class Authority:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(mode=0o755, exist_ok=True)
        self._config = self.folder / "openssl.cnf"
        self._config.write_text(_CONFIG)
        self.ca, self._key = self.folder / "ca.pem", self.folder / "ca.key"
        run("openssl", "req", "-x509", "-config", self._config, *_KEY, "-subj", "/CN=lab CA", "-keyout", self._key, "-out", self.ca,
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        self.server = self.issue("mail.example.com", "subjectAltName=DNS:mail.example.com,DNS:localhost,IP:127.0.0.1,IP:::1")

    def issue(self, name, *extensions, self_signed=False):
        """A PEM file with key and certificate for CN `name`, signed by the authority unless `self_signed`."""
        key, certificate, both = (self.folder / f"{name}.{kind}" for kind in ("key", "crt", "pem"))
        signer = () if self_signed else ("-CA", self.ca, "-CAkey", self._key)
        added = [part for extension in ("basicConstraints=critical,CA:FALSE", *extensions) for part in ("-addext", extension)]
        run("openssl", "req", "-x509", "-config", self._config, *_KEY, *signer, "-subj", f"/CN={name}", "-keyout", key, "-out", certificate, *added)
        both.touch(mode=0o600)
        both.write_text(key.read_text() + certificate.read_text())
        return both

    @staticmethod
    def fingerprint(pem):
        """As crmrelay's `certificates` want it: sha256:AB:CD:…"""
        text = Path(pem).read_text()
        der = ssl.PEM_cert_to_DER_cert(text[text.index("-----BEGIN CERTIFICATE"):])
        digest = hashlib.sha256(der).hexdigest().upper()
        return "sha256:" + ":".join(digest[i:i + 2] for i in range(0, len(digest), 2))

    def client_context(self, certificate=None):
        """Verifies the lab's server; shows `certificate` (a PEM file from issue()) where one is given."""
        context = ssl.create_default_context(cafile=str(self.ca))
        if certificate:
            context.load_cert_chain(str(certificate))
        return context
