# SPDX-License-Identifier: BSD-2-Clause
"""The lab: a private Postfix on loopback with everything around it that a story needs.

It never touches the machine's own mail system: each lab has its own folder, ports and processes, and takes them away again.
It runs as root under Debian 12's python3 with the packages postfix, dovecot-core and openssl, and needs no DNS.
"""
from .crm import Crm, Reply, Result
from .lab import Lab
from .util import LabError, Timeout, wait_until

__all__ = ["Crm", "Lab", "LabError", "Reply", "Result", "Timeout", "wait_until"]
