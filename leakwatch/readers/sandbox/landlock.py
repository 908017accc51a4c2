"""Landlock: irrevocably forbids the process to change or execute files, open connections or signal other processes.

Reading stays allowed, since parsers are imported on demand. The one PyPI package for Landlock covers only files, and
two system calls are enough. Source: Documentation/userspace-api/landlock.rst of the Linux kernel.
"""

from __future__ import annotations

import ctypes
import os

_CREATE_RULESET, _RESTRICT_SELF = 444, 446  # the same on every architecture
_VERSION = 1  # flag: return the ABI version
_NO_NEW_PRIVILEGES = 38

# All rights that each ABI version can forbid. Bits 2 and 3 are reading files and directories.
_FILE_RIGHTS = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 5: 0xFFFF}
_READ_ACCESS = 0b1100
_NETWORK_RIGHTS = {4: 0b11}  # bind and connect, TCP
_SCOPES = {6: 0b11}  # abstract sockets and signals to other processes


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


def confine() -> bool:
    """Restrict the current process. False where the kernel does not support it."""
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION)
    if version < 1:
        return False
    # a kernel accepts fields it does not know as long as they are zero
    ruleset = _Ruleset(
        _supported_bits(_FILE_RIGHTS, version) & ~_READ_ACCESS,
        _supported_bits(_NETWORK_RIGHTS, version),
        _supported_bits(_SCOPES, version),
    )
    descriptor = libc.syscall(_CREATE_RULESET, ctypes.byref(ruleset), ctypes.c_size_t(ctypes.sizeof(ruleset)), 0)
    if descriptor < 0:
        return False
    try:
        failed = libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or libc.syscall(_RESTRICT_SELF, descriptor, 0)
    finally:
        os.close(descriptor)
    return bool(failed == 0)


def _supported_bits(bits_by_version: dict[int, int], version: int) -> int:
    return max((bits for since, bits in bits_by_version.items() if since <= version), default=0)
