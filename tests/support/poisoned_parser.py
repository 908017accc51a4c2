"""A parser worker with formats that do what a hostile file may make a parser do."""

import ctypes
import os
import socket
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

from leakwatch.core.model import TextChunk
from leakwatch.readers import formats
from leakwatch.readers.sandbox import parser_process


def crash(stream, origin, context):
    yield TextChunk(origin, b"before\n")
    ctypes.string_at(0)


def hang(stream, origin, context):
    yield TextChunk(origin, b"before\n")
    time.sleep(3600)


def spin(stream, origin, context):
    while True:
        pass
    yield


def swallow(stream, origin, context):
    yield TextChunk(origin, b"x" * 2**30 * 2)


def write_memory():
    fd = os.memfd_create("x")
    os.write(fd, b"x")


def write(stream, origin, context):
    """Yields the names of attempts to change or reach anything that succeeded."""
    place, port = origin.path, int(Path(origin.path).name.removeprefix("port-"))
    attempts = {
        "create": lambda: os.open(place + ".new", os.O_WRONLY | os.O_CREAT),
        "write": lambda: os.open(place, os.O_WRONLY),
        "truncate": lambda: os.truncate(place, 0),
        "remove": Path(place).unlink,
        "rename": lambda: Path(place).rename(place + ".moved"),
        "link": lambda: os.link(place, place + ".link"),
        "symlink": lambda: Path(place + ".symlink").symlink_to(place),
        "directory": Path(place + ".d").mkdir,
        "memory": write_memory,
        "run": lambda: os.execv("/bin/true", ["true"]),
        "connect": lambda: socket.create_connection(("127.0.0.1", port), 2),
        "signal": lambda: os.kill(os.getppid(), 0),
    }
    for name, attempt in attempts.items():
        try:
            attempt()
        except OSError:
            continue
        yield TextChunk(origin, f"{name} ".encode())
    yield TextChunk(origin, b"done")


def garble(stream, origin, context):
    CONNECTION.send_bytes(b"t[1,2]")
    yield from ()


def stall(stream, origin, context):
    os.write(CONNECTION.fileno(), b"\0\0\1\0half a message")
    time.sleep(3600)
    yield


def leave(stream, origin, context):
    os._exit(7)
    yield


def recurse(stream, origin, context):
    yield from recurse(stream, origin, context)


def own_descriptors(stream, origin, context):
    """Yields all open descriptors."""
    for fd in Path("/proc/self/fd").iterdir():
        try:
            yield TextChunk(origin, f"{fd.name} {fd.readlink()}\n".encode())
        except OSError:
            continue


for reader in (crash, hang, spin, swallow, write, garble, stall, leave, recurse, own_descriptors):
    formats.FORMATS = (
        formats.Format(reader.__name__, reader, magic=(b"!" + reader.__name__.encode(),)),
        *formats.FORMATS,
    )
CONNECTION = Connection(int(sys.argv[1]))
parser_process.restrict()
parser_process.serve(CONNECTION)
