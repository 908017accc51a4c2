"""The worker with formats that do what a hostile file may make a parser do."""

import ctypes
import os
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

from leakwatch.model import TextChunk
from leakwatch.readers import formats, worker


def crash(feed, origin, reading):
    yield TextChunk(origin, b"before\n")
    ctypes.string_at(0)


def hang(feed, origin, reading):
    yield TextChunk(origin, b"before\n")
    time.sleep(3600)


def spin(feed, origin, reading):
    while True:
        pass
    yield


def swallow(feed, origin, reading):
    yield TextChunk(origin, b"x" * 2**30 * 2)


def write(feed, origin, reading):
    for attempt in (lambda: os.open(origin.path + ".new", os.O_WRONLY | os.O_CREAT), lambda: os.memfd_create("x")):
        try:
            fd = attempt()
        except OSError:
            continue
        try:
            os.write(fd, b"x")
        except OSError as error:
            yield TextChunk(origin, type(error).__name__.encode())


def garble(feed, origin, reading):
    LINK.send_bytes(b"t[1,2]")
    yield from ()


def stall(feed, origin, reading):
    os.write(LINK.fileno(), b"\0\0\1\0half a message")
    time.sleep(3600)
    yield


def leave(feed, origin, reading):
    os._exit(7)
    yield


def recurse(feed, origin, reading):
    yield from recurse(feed, origin, reading)


def own_descriptors(feed, origin, reading):
    """Whatever is open besides the socket, the null device and the interpreter's own."""
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
LINK = Connection(int(sys.argv[1]))
worker.bound()
worker.serve(LINK)
