"""What every test is given: a process as it was before the test."""

from __future__ import annotations

import logging
import signal
import sys
import threading
import warnings
from collections.abc import Iterator

import pytest
import structlog

from leakwatch.telemetry import lazy_log

# a shell starts what it runs in the background with Ctrl-C ignored, and that is inherited by all that tests start
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _whole_process() -> Iterator[None]:
    """What set-up changes for the whole process is put back."""
    root = logging.getLogger()
    before = (
        root.handlers[:],
        root.level,
        sys.excepthook,
        sys.unraisablehook,
        threading.excepthook,
        warnings.showwarning,
    )
    yield
    root.handlers[:], level, *hooks = before
    root.setLevel(level)
    sys.excepthook, sys.unraisablehook, threading.excepthook, warnings.showwarning = hooks
    structlog.reset_defaults()
    lazy_log._waiting = lazy_log._Waiting()
