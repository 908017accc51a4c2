"""Run without privileges: tests often run as root, who can read every file."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_VERSION = 0x20080522
_LIBC = ctypes.CDLL(None, use_errno=True)


def without_privileges(work: Callable[[], T]) -> T:
    """The result of ``work``, done in a thread that gave up every capability; only that thread loses them."""
    results: list[T] = []
    failures: list[BaseException] = []

    def run() -> None:
        header = (ctypes.c_uint32 * 2)(_VERSION, 0)
        if _LIBC.capset(header, (ctypes.c_uint32 * 6)()) != 0:
            failures.append(OSError(ctypes.get_errno(), "capset"))
            return
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001  # re-raised in the parent
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]
    return results[0]
