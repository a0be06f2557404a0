# SPDX-License-Identifier: BSD-2-Clause
"""A private PostgreSQL on loopback (as user postgres, never root), its standby, and a pgbouncer in transaction mode before it; each ended by its process id."""
import pwd
import shutil
import signal
from pathlib import Path

from .util import Child, LabError, run, wait_until

USER, DATABASE = "crmrelay", "crmrelay"


def programs():
    """The folder of the newest PostgreSQL that Debian installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not found:
        raise LabError("PostgreSQL is missing: install postgresql-15, or run ./install-deps")
    return found[-1].parent


def as_postgres():
    """What runs a program as a user that PostgreSQL accepts."""
    entry = pwd.getpwnam("postgres")
    return ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups", "--"]


class Postgres:
    """`settings`: -c parameters on top. With `standby_of` another Postgres it begins as that one's standby."""

    def __init__(self, folder, port, settings=None, standby_of=None):
        self.folder, self.port, self.settings = Path(folder), port, settings or {}
        self.data = self.folder / "data"
        self._child = None
        self.folder.mkdir(mode=0o700)
        shutil.chown(self.folder, "postgres")
        if standby_of:
            self._run("pg_basebackup", "-D", self.data, "-h", "127.0.0.1", "-p", standby_of.port, "-U", USER, "-R", "--checkpoint=fast", "-X", "stream")
        else:
            self._run("initdb", "-D", self.data, "-U", USER, "-E", "UTF8", "--locale=C.UTF-8", "--auth=trust", "--no-sync")
            with open(self.data / "pg_hba.conf", "a") as file:
                file.write("host replication all 127.0.0.1/32 trust\n")

    def _run(self, name, *words):
        return run(*as_postgres(), programs() / name, *words, cwd="/")

    def __enter__(self):
        self.start()
        if not (self.data / "standby.signal").exists():
            self.sql(f"CREATE DATABASE {DATABASE}", database="postgres")
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self, deadline=30.0):
        options = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.folder, "shared_buffers": "32MB", "max_connections": 120, **self.settings}
        words = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        self._child = Child("postgres", [*as_postgres(), programs() / "postgres", "-D", self.data, *words], self.folder / "log", cwd="/")
        wait_until(lambda: self._ready() or not self._child.running, deadline, lambda: f"PostgreSQL on port {self.port}:\n{self._child.tail()}")
        if not self._child.running:
            raise LabError(f"PostgreSQL ended:\n{self._child.tail()}")

    def _ready(self):
        return run(programs() / "pg_isready", "-q", "-h", "127.0.0.1", "-p", self.port, check=False).returncode == 0

    @property
    def running(self):
        return self._child is not None and self._child.running

    @property
    def pid(self):
        return self._child.pid

    def stop(self):
        """As its administrator stops it: sessions end at once."""
        if self._child:
            self._child.signal(signal.SIGCONT)
            self._child.signal(signal.SIGINT)
            self._child.wait(30)
            self._child = None

    def kill(self):
        """As if its host lost power: every process at once."""
        sessions = self._sessions()
        self._child.signal(signal.SIGSTOP)      # it starts none meanwhile
        if sessions:
            run("kill", "-KILL", "--", *sessions, check=False)
        self._child.kill_group()
        self._child = None

    def hang(self):
        """Nothing of it answers any more, and no connection ends."""
        run("kill", "-STOP", "--", f"-{self._child.pid}", *self._sessions())

    def resume(self):
        run("kill", "-CONT", "--", f"-{self._child.pid}", *self._sessions())

    def _sessions(self):
        """Server processes lead groups of their own."""
        return Path(f"/proc/{self._child.pid}/task/{self._child.pid}/children").read_text().split()

    def promote(self):
        self._run("pg_ctl", "promote", "-D", self.data, "-w", "-t", "30")

    def sql(self, text, database=DATABASE):
        """The rows, as lists of texts."""
        out = run(programs() / "psql", "-XAtq", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", self.port, "-U", USER, "-d", database, "-c", text).stdout
        return [line.split("\t") for line in out.splitlines()]

    def url(self, *others):
        """With the hosts of `others` as well, for a failover."""
        hosts = ",".join(f"127.0.0.1:{server.port}" for server in (self, *others))
        return f"postgresql://{USER}@{hosts}/{DATABASE}"


class PgBouncer:
    """Transaction mode, as Debian's 1.18 has it: no server-side prepared statements."""

    def __init__(self, folder, port, server):
        self.folder, self.port, self.server, self._child = Path(folder), port, server, None
        self.folder.mkdir(mode=0o700)
        (self.folder / "users").write_text(f'"{USER}" ""\n')
        (self.folder / "pgbouncer.ini").write_text(f"""\
[databases]
* = host=127.0.0.1 port={server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {self.folder}/users
pool_mode = transaction
default_pool_size = 4
max_client_conn = 200
server_login_retry = 1
""")
        for path in (self.folder, *self.folder.iterdir()):
            shutil.chown(path, "postgres")

    def __enter__(self):
        self._child = Child("pgbouncer", [*as_postgres(), "/usr/sbin/pgbouncer", self.folder / "pgbouncer.ini"], self.folder / "log", cwd="/")

        def ready():
            return run(programs() / "pg_isready", "-q", "-h", "127.0.0.1", "-p", self.port, check=False).returncode == 0
        wait_until(lambda: ready() or not self._child.running, 15, lambda: f"pgbouncer:\n{self._child.tail()}")
        return self

    def __exit__(self, *_):
        self._child.signal(signal.SIGINT)
        self._child.stop()

    def url(self):
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{DATABASE}"
