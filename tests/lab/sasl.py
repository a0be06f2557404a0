# SPDX-License-Identifier: BSD-2-Clause
"""Dovecot as a private SASL server for Postfix: logins from a file, one socket in the Postfix queue directory, and no mail protocol at all."""
import socket
from pathlib import Path

from .util import Child, LabError, run, wait_until

LOGINS = {"crm@example.com": "crm-secret", "crm@example.org": "org-secret", "employee@example.com": "employee-secret"}

_CONFIG = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
instance_name = {folder}
protocols =
ssl = no
auth_mechanisms = plain login
auth_failure_delay = 0
auth_cache_size = 0
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/logins
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home=/nonexistent
}}
# a wrong password must not slow the next story down
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  unix_listener {socket} {{
    mode = 0660
    user = postfix
    group = postfix
  }}
}}
"""


class Dovecot:
    def __init__(self, folder, socket_path, logins=None):
        self.folder, self.socket = Path(folder), Path(socket_path)
        self.logins = dict(LOGINS if logins is None else logins)
        self._child = None

    def start(self):
        for part in (self.folder, self.folder / "run", self.folder / "state"):
            part.mkdir(mode=0o755, exist_ok=True)
        self.write_logins()
        config = self.folder / "dovecot.conf"
        config.write_text(_CONFIG.format(folder=self.folder, socket=self.socket))
        self._child = Child("dovecot", ["dovecot", "-F", "-c", config], self.folder / "stderr")
        wait_until(self._answers, 20, lambda: f"dovecot to answer on {self.socket}\n{self.log()}")
        return self

    def write_logins(self):
        """Rewrites the password file; dovecot reads it again by itself."""
        path = self.folder / "logins"
        path.write_text("".join(f"{login}:{password}\n" for login, password in self.logins.items()))
        run("chown", "root:dovecot", path)
        path.chmod(0o640)

    def _answers(self):
        if not self._child.running:
            raise LabError(f"dovecot ended at start:\n{self.log()}")
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(5)
            try:
                probe.connect(str(self.socket))
                probe.sendall(b"VERSION\t1\t2\nCPID\t%d\n" % self._child.pid)
                said = b""
                while b"DONE\n" not in said:
                    part = probe.recv(4096)
                    if not part:
                        return False
                    said += part
                return True
            except OSError:
                return False

    def stop(self):
        if self._child:
            self._child.kill_group()     # its own way to end takes a second, and there is nothing to save
            self._child = None

    def log(self):
        return "\n".join(path.read_text(errors="replace") for path in (self.folder / "stderr", self.folder / "dovecot.log") if path.exists())

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
