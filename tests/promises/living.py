"""A whole engine in this process, on a real state and real inotify; only the search in lines is replaced by a quick one.

Every line of text counts as a finding whose value is the line, so nothing can be lost or doubled unseen.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from support.daemon_state import FINGERPRINTER, analyzer, wait_until
from support.sample_findings import finding

from leakwatch.config.config_model import Config
from leakwatch.core.model import TextChunk
from leakwatch.core.places import LinePlace
from leakwatch.daemon import engine as module
from leakwatch.daemon import watch_builder
from leakwatch.daemon.engine import Engine
from leakwatch.daemon.metrics import Metrics
from leakwatch.daemon.watch_builder import WatchBuilder
from leakwatch.detection.analyze import Analysis
from leakwatch.state.store import open_store


class LineByLine:
    """Stands for the analyzer: one finding for every line of text, but for noise."""

    def serving(self, *_: object) -> LineByLine:
        return self

    def warm(self) -> None:
        return

    def redact(self, text: str) -> str:
        return analyzer().redact(text)

    def analyze(self, chunk: object) -> Analysis:
        if not isinstance(chunk, TextChunk):
            return Analysis()
        return Analysis(
            tuple(
                finding(
                    path=self.redact(chunk.origin.path),
                    place=LinePlace(chunk.first_line + number, 1, 5),
                    fingerprint=fingerprint(line),
                )
                for number, line in enumerate(chunk.data.decode("utf-8", "replace").splitlines())
                if line and not line.startswith("noise ")
            )
        )


def fingerprint(line: str) -> str:
    """What the state calls a line."""
    return FINGERPRINTER.value("X", line)


class Living:
    """The engine, its directories and what it stored. ``reconcile`` is the interval of complete listings, in seconds."""

    def __init__(
        self,
        home: Path,
        *,
        logs: str = "*.log",
        reconcile: float = 1.0,
        receiver: str | None = None,
        heartbeat: str | None = None,
    ) -> None:
        self.home = home
        self.logs, self.exports = home / "logs", home / "exports"
        for directory in (self.logs, self.exports):
            directory.mkdir(exist_ok=True)
        channels = [{"name": "soc", "type": "webhook", "url": receiver}] if receiver else []
        self.config = Config.model_validate(
            {
                "state_dir": str(home / "state"),
                "watch": [
                    {"name": "logs", "kind": "log", "paths": [f"{self.logs}/{logs}"]},
                    {"name": "exports", "kind": "export", "paths": [str(self.exports)], "settle": "100ms"},
                ],
                "alerts": {"channels": channels, "allow_hosts": ["127.0.0.1"], "lang": "en", "heartbeat": heartbeat},
                "metrics": {"listen": False},
            }
        )
        self.reconcile = reconcile
        self.dead: str | None = None

    @contextmanager
    def running(self) -> Iterator[Engine]:
        """The engine at work, ticking like the daemon; a dead thread fails the test unless ``dead`` is taken."""
        self.store = open_store(self.config.state_dir)
        with (
            patch.object(module, "engine", lambda *_, **__: LineByLine()),
            patch.object(watch_builder, "engine", lambda *_, **__: LineByLine()),
            patch.object(WatchBuilder, "pool", lambda *_: None),  # processes of their own would search for real
            patch.object(module, "RECONCILE_SECONDS", self.reconcile),
            patch.object(module, "MISSING_ROOT_SECONDS", 0.1),
        ):
            self.engine = Engine(self.config, self.store, Metrics(), FINGERPRINTER)
            stop = threading.Event()
            self.engine.start()
            ticker = threading.Thread(target=self._tick, args=(stop,))
            ticker.start()
            try:
                wait_until(self.engine.ready.is_set, 120)
                yield self.engine
            finally:
                stop.set()
                ticker.join()
                self.engine.stop()
                self.lines_stored = self.stored()
                self.gaps_stored = self.gaps()
                self.store.close()
        assert self.dead is None, self.dead

    def _tick(self, stop: threading.Event) -> None:
        while not stop.wait(0.05):
            self.dead = self.dead or self.engine.dead()
            try:
                self.engine.tick()
            except Exception as error:
                self.dead = repr(error)
                raise

    def stored(self) -> dict[str, int]:
        """How often each line (by its fingerprint) was stored as a finding of its own."""
        rows = self.store.rows("SELECT fingerprint, count(*) FROM finding GROUP BY fingerprint")
        return {row[0]: row[1] for row in rows}

    def missing(self, lines: list[str]) -> list[str]:
        """Which of these lines are not stored."""
        there = self.stored()
        return [line for line in lines if fingerprint(line) not in there]

    def gaps(self) -> list[tuple[str, bool, str]]:
        """(kind, whether it is closed, detail) of every gap, in their order."""
        rows = self.store.rows("SELECT kind, closed_at, detail FROM gap ORDER BY id")
        return [(row[0], row[1] is not None, row[2]) for row in rows]

    def found(self, lines: list[str], seconds: float) -> float:
        """Wait until all lines are stored; how long it took."""
        began = time.monotonic()
        self.wait_for_state(lambda: not self.missing(lines), seconds)
        return time.monotonic() - began

    def wait_for_state(self, met: Callable[[], bool], seconds: float) -> None:
        """Wait until a condition on the state holds; it is evaluated only after a change, because it may be slow."""
        checked: int | None = None

        def holds() -> bool:
            nonlocal checked
            before, checked = checked, self.store.connection.total_changes
            return before != checked and met()

        wait_until(holds, seconds)
