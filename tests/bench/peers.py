# SPDX-License-Identifier: BSD-2-Clause
"""What crmrelay is compared with, from Debian's packages: each started on a socket or port of its own, and ended by its process id. None where it is not installed."""
import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

from figures import BUILD, HERE, served, wait_until
from lab.util import Child

DEBIAN_PYTHON = "/usr/bin/python3"      # python3-milter is there for Debian's own Python only


def installed(program):
    """Where Debian's package has put it; None where it is not installed."""
    return shutil.which(program, path="/usr/sbin:/usr/bin")


@contextmanager
def null_milter(path, log, *options):
    child = served([BUILD / "null_milter", *options, f"unix:{path}"], path, log)
    try:
        yield f"unix:{path}"
    finally:
        child.stop()


@contextmanager
def python_milter(path, log):
    if subprocess.run([DEBIAN_PYTHON, "-c", "import Milter"], capture_output=True, check=False).returncode:
        yield None
        return
    child = served([DEBIAN_PYTHON, HERE / "null_milter.py", path], path, log)
    try:
        yield f"unix:{path}"
    finally:
        child.stop()


@contextmanager
def opendkim(folder, log, domain, key, path=None):
    """It signs all mail of a domain, by a copy of that key."""
    program = installed("opendkim")
    if not program:
        yield None, None
        return
    path, settings, hosts, own = path or folder / "opendkim.sock", folder / "opendkim.conf", folder / "opendkim.hosts", folder / "opendkim.pem"
    own.touch(mode=0o600)
    own.write_text(Path(key).read_text())
    hosts.write_text("0.0.0.0/0\n")
    settings.write_text(f"Mode s\nCanonicalization relaxed/simple\nDomain {domain}\nSelector bench\nKeyFile {own}\nInternalHosts {hosts}\n"
                        f"Socket local:{path}\nUserID root\nRequireSafeKeys no\nOversignHeaders From\nBackground no\nSyslog no\n")
    child = served([program, "-f", "-x", settings], path, log)
    try:
        os.chmod(path, 0o666)
        yield f"unix:{path}", child.pid
    finally:
        child.stop()


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


@contextmanager
def postfwd2(folder, ports):
    """One rule that says DUNNO. Its daemon goes into the background; it has a socket for its cache besides."""
    program = installed("postfwd2")
    if not program:
        yield None
        return
    port, place = ports.free(), folder / "postfwd2"
    place.mkdir()
    place.chmod(0o777)
    subprocess.run([program, "-r", "id=ONE; action=DUNNO", "--proto=tcp", "-i", "127.0.0.1", "-p", str(port), "--cache_proto=tcp", "--cache_interface=127.0.0.1",
                    f"--cache_port={ports.free()}", "-u", "nobody", "-g", "nogroup", f"--pidfile={place}/pid", "-n"], check=True, capture_output=True, timeout=30)
    wait_until(lambda: answers(port), 20, "postfwd2")
    pid = int((place / "pid").read_text())
    try:
        yield f"inet:{port}@127.0.0.1"
    finally:
        os.kill(pid, 15)
        wait_until(lambda: not answers(port), 20, "postfwd2's end")


@contextmanager
def postgrey(folder, log):
    """It has seen the load's triplet and its delay is over, so that it says DUNNO."""
    program = installed("postgrey")
    if not program:
        yield None
        return
    place, path = folder / "postgrey", folder / "postgrey.sock"
    place.mkdir()
    shutil.chown(place, "nobody")
    child = served([program, f"--unix={path}", f"--dbdir={place}", "--user=nobody", "--group=nogroup", "--delay=1"], path, log)
    try:
        for pause in (2, 0):
            subprocess.run([BUILD / "policy_load", "-c", "1", "-n", "1", "-e", "", f"unix:{path}"], check=True, capture_output=True, timeout=30)
            time.sleep(pause)
        yield f"unix:{path}"
    finally:
        child.stop()


@contextmanager
def postsrsd(folder, ports, log):
    """The ports of its two tables, for rewriting and for the way back."""
    program = installed("postsrsd")
    if not program:
        yield None, None
        return
    secret, there, back = folder / "postsrsd.secret", ports.free(), ports.free()
    secret.write_text("bench-of-crmrelay\n")
    child = Child("postsrsd", [program, f"-s{secret}", "-dsrs.test", "-l127.0.0.1", f"-f{there}", f"-r{back}", "-4"], log)
    try:
        wait_until(lambda: answers(there) and answers(back), 10, "postsrsd")
        yield there, back
    finally:
        child.stop()


def table_answer(port, key):
    """What a tcp_table(5) says of a key."""
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(f"get {key}\n".encode())
        return connection.recv(4096).decode().split(" ", 1)[1].strip()
