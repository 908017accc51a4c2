"""Fixtures for every test: process-wide state is restored, and no example has a deadline."""

from __future__ import annotations

import logging
import signal
import sys
import threading
import warnings
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, settings

from leakwatch.telemetry import lazy_log

# how long an example takes says how busy the machine is, nothing about the code
settings.register_profile("leakwatch", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("leakwatch")

# a shell ignores Ctrl-C for what it runs in the background, and every process a test starts would inherit that
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _whole_process() -> Iterator[None]:
    """Restore what logging set-up changes for the whole process."""
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
    lazy_log._pending = lazy_log._Pending()
