"""Landlock: the process gives up, for good, to write, make, remove or run files, to connect, and to signal others.

Reading stays allowed: parsers are imported when they are needed. The one package for this reaches only files and is
not finished; what is needed here are two system calls. Sources: Documentation/userspace-api/landlock.rst of Linux.
"""

from __future__ import annotations

import ctypes
import os

_CREATE_RULESET, _RESTRICT_SELF = 444, 446  # the same number on every architecture
_VERSION = 1  # flag: only tell which version of Landlock the kernel has
_NO_NEW_PRIVILEGES = 38

# Everything that a version of Landlock can forbid, but reading files and directories (bits 2 and 3).
_FILES = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 5: 0xFFFF}
_READING = 0b1100
_NETWORK = {4: 0b11}  # bind and connect, TCP
_SCOPES = {6: 0b11}  # abstract sockets and signals that leave the process


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


def confine() -> bool:
    """Forbid this process what it does not need; False where the kernel cannot."""
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION)
    if version < 1:
        return False
    # a kernel takes fields that it does not know as long as they are zero
    ruleset = _Ruleset(_known(_FILES, version) & ~_READING, _known(_NETWORK, version), _known(_SCOPES, version))
    descriptor = libc.syscall(_CREATE_RULESET, ctypes.byref(ruleset), ctypes.c_size_t(ctypes.sizeof(ruleset)), 0)
    if descriptor < 0:
        return False
    try:
        forbidden = libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or libc.syscall(_RESTRICT_SELF, descriptor, 0)
    finally:
        os.close(descriptor)
    return bool(forbidden == 0)


def _known(by_version: dict[int, int], version: int) -> int:
    return max((bits for since, bits in by_version.items() if since <= version), default=0)
