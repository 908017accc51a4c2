"""The channels of one configuration: who wants what, and a worker for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from leakwatch.config import Config
from leakwatch.notify.delivery import ChannelWorker
from leakwatch.notify.dispatch import Route
from leakwatch.outbox import StoredOutbox

STOP_SECONDS = 3.0


@dataclass(slots=True)
class Channels:
    """All workers. Building them reads the secret files: ``ConfigError`` when one is missing."""

    config: Config
    outbox: StoredOutbox
    clock: Callable[[], float]
    on_trouble: Callable[[str, str], None]
    routes: tuple[Route, ...] = field(init=False)
    _workers: list[ChannelWorker] = field(default_factory=list)
    _faulty: set[str] = field(default_factory=set)
