"""Runs under the sandbox of the service and writes down what it is allowed to do, as JSON: name -> error or "done"."""

import ctypes
import errno
import json
import mmap
import os
import socket
import sys
from pathlib import Path

libc = ctypes.CDLL(None, use_errno=True)
STATE = Path(os.environ["STATE_DIRECTORY"])
CLONE_NEWUSER = 0x10000000
PTRACE_ATTACH = 16


def call(name, *arguments):
    if getattr(libc, name)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), "")


def write(path):
    Path(path).write_text("")


def read_one(path):
    with Path(path).open("rb") as file:
        file.read(1)


def suid():
    path = STATE / "suid"
    path.write_text("")
    try:
        path.chmod(0o4755)
    finally:
        path.unlink()


def writable_code():
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)


ATTEMPTS = {
    "write state": lambda: write(STATE / "probe"),
    "read log": lambda: read_one("/var/log/app/app.log"),
    "connect loopback": lambda: socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5).close(),
    "write /etc": lambda: write("/etc/x"),
    "write /usr": lambda: write("/usr/x"),
    "write log directory": lambda: write("/var/log/app/x"),
    "read /etc/shadow": lambda: read_one("/etc/shadow"),
    "see root's home": lambda: Path("/root/.profile").stat(),
    "see another home": lambda: Path("/home/other").stat(),
    "see the host's /tmp": lambda: Path("/tmp/of-the-host").stat(),
    "read the secrets' directory": lambda: list(Path("/etc/leakwatch/secrets").iterdir()),
    "new namespace": lambda: call("unshare", CLONE_NEWUSER),
    "writable code": writable_code,
    "trace another process": lambda: call("ptrace", PTRACE_ATTACH, 1, 0, 0),
    "real-time scheduling": lambda: os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1)),
    "set-user-id file": suid,
    "packet socket": lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close(),
    "see process 1": lambda: read_one("/proc/1/cmdline"),
    "mount": lambda: call("mount", b"none", b"/mnt", b"tmpfs", 0, None),
    "lower the nice value": lambda: os.setpriority(os.PRIO_PROCESS, 0, -5),
}

found = {}
for name, attempt in ATTEMPTS.items():
    try:
        attempt()
        found[name] = "done"
    except OSError as error:
        found[name] = errno.errorcode.get(error.errno, type(error).__name__)
(STATE / "probe.json").write_text(json.dumps(found))
