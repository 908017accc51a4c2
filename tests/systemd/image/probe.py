"""Runs under the sandbox of the service and writes down what it is allowed to do, as JSON: name -> error or "done"."""

import ctypes
import errno
import json
import mmap
import os
import socket
import sys

libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWUSER = 0x10000000
PTRACE_ATTACH = 16


def call(name, *arguments):
    if getattr(libc, name)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), "")


def write(path):
    with open(path, "w"):
        pass


def read_one(path):
    with open(path, "rb") as file:
        file.read(1)


def suid():
    path = os.path.join(os.environ["STATE_DIRECTORY"], "suid")
    write(path)
    try:
        os.chmod(path, 0o4755)
    finally:
        os.unlink(path)


def writable_code():
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)


ATTEMPTS = {
    "write state": lambda: write(os.path.join(os.environ["STATE_DIRECTORY"], "probe")),
    "read log": lambda: read_one("/var/log/app/app.log"),
    "connect loopback": lambda: socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5).close(),
    "write /etc": lambda: write("/etc/x"),
    "write /usr": lambda: write("/usr/x"),
    "write log directory": lambda: write("/var/log/app/x"),
    "read /etc/shadow": lambda: read_one("/etc/shadow"),
    "see root's home": lambda: os.stat("/root/.profile"),
    "see another home": lambda: os.stat("/home/other"),
    "see the host's /tmp": lambda: os.stat("/tmp/of-the-host"),
    "read the secrets' directory": lambda: os.listdir("/etc/leakwatch/secrets"),
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
with open(os.path.join(os.environ["STATE_DIRECTORY"], "probe.json"), "w") as report:
    json.dump(found, report)
