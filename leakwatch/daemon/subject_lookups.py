"""Answers ``leakwatch subject lookup``. Each one is in the log, with who asked and without the value."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from leakwatch.privacy.keyring import Keyring
from leakwatch.state.lookup import look_up
from leakwatch.state.store import read_only
from leakwatch_detectors.contract import Detector

_log = structlog.get_logger("leakwatch")

SECONDS = 1.0
"""At most one answer in this time: trying out a billion numbers would take thirty years."""

ELSEWHERE = {"error": "another state"}


@dataclass(slots=True)
class SubjectLookups:
    """Looks up values for clients of the control socket. ``detectors`` are those of the current configuration."""

    state_dir: Path
    keys: Keyring
    detectors: Callable[[], Sequence[Detector]]
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _next: float = 0.0

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """What is known about ``value``, if the request is for our ``state_dir``."""
        if request["state_dir"] != str(self.state_dir):
            return ELSEWHERE
        with self._turn:
            time.sleep(max(0.0, self._next - time.monotonic()))
            # not through the store's own connection: a value with many findings must not make the daemon wait
            with closing(read_only(self.state_dir)) as connection:
                found = look_up(connection, self.keys.epochs, self.detectors(), str(request["value"]))
            self._next = time.monotonic() + SECONDS
        kinds = [kind["entity"] for kind in found["kinds"]]
        _log.info("subject lookup", uid=request["uid"], kinds=kinds, findings=found["findings"])
        return found
