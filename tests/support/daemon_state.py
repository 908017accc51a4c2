"""The inside of a daemon in one room: a real state, a ledger, an analyzer, and a clock that is moved by hand."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from leakwatch.config.config_model import Config
from leakwatch.core.model import Gap, Incident
from leakwatch.daemon.ledger import Ledger
from leakwatch.daemon.metrics import Metrics
from leakwatch.daemon.supervised_thread import SupervisedThread
from leakwatch.detection.analyze import Analyzer
from leakwatch.notify.dispatch import Route, notification_after
from leakwatch.pipeline import engine
from leakwatch.privacy.redaction import Fingerprinter
from leakwatch.state.incidents import Watched
from leakwatch.state.outbox import StoredOutbox
from leakwatch.state.store import Store, open_store

MOBILE = "13900001234"
ID = "440301190808080125"
LINE = f"2026-01-05 09:30:12.345 INFO  [main] com.example.Loan - apply mobile={MOBILE}\n"
FINGERPRINTER = Fingerprinter(b"k" * 32)
WATCHED = Watched("logs", "log", "loan-api", "prod", "loan-team", "web-1")


@cache
def analyzer() -> Analyzer:
    """The built-in detectors, made once."""
    return engine(Config(), FINGERPRINTER)


@dataclass
class Room:
    """What one thread of a daemon works with."""

    directory: Path
    routes: tuple[Route, ...] = (Route("sec"),)
    now: float = 1_790_000_000.0
    woken: int = 0
    opened: list[Incident] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store: Store = open_store(self.directory / "state")
        self.outbox = StoredOutbox(self.store, notification_after)
        self.metrics = Metrics()
        self.ledger = Ledger(
            self.store,
            self.outbox,
            self.routes,
            lambda: self.now,
            self._wake,
            on_new=self.opened.append,
            on_gap=self.gaps.append,
        )

    def _wake(self) -> None:
        self.woken += 1

    def close(self) -> None:
        self.store.close()

    def counted(self, name: str, **labels: str) -> float:
        """The value of a metric."""
        return self.metrics.registry.get_sample_value(name, labels) or 0.0

    def findings(self) -> int:
        return self.store.one("SELECT count(*) FROM finding")[0]

    def due(self, channel: str = "sec", now: float | None = None):
        """The alerts that the channel would get now."""
        return self.outbox.next(channel, self.now if now is None else now, 100) or ()

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        """SQLite may not use another page: what it raises, it raises itself."""
        with self.store._guard:
            while self.store.one("PRAGMA freelist_count")[0]:
                self.store.connection.execute("CREATE TABLE IF NOT EXISTS filler (x)")
                self.store.connection.execute("INSERT INTO filler VALUES (zeroblob(3000))")
            pages = self.store.one("PRAGMA page_count")[0]
            self.store.connection.execute(f"PRAGMA max_page_count = {pages}")
        try:
            yield
        finally:
            with self.store._guard:
                self.store.connection.execute("PRAGMA max_page_count = 1000000")


@contextmanager
def running(body: Callable[[SupervisedThread], None]) -> Iterator[SupervisedThread]:
    """The body in its thread, stopped with the block; its death fails the test."""
    thread = SupervisedThread("under test", body)
    thread.start()
    try:
        yield thread
    finally:
        thread.stopping.set()
        thread.join(15)
    assert not thread.is_alive()
    assert thread.failed is None


def wait_until(met: Callable[[], object], seconds: float = 60.0) -> None:
    """Poll until the condition holds; it has no event of its own."""
    pause = threading.Event()
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline, "it did not come true"
        pause.wait(0.01)
