"""The channels of one configuration: who wants what, and a worker for each."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from leakwatch.config.config_model import Config
from leakwatch.core.alert import Alert
from leakwatch.notify.build_sink import build_sink
from leakwatch.notify.channel_health import ChannelState
from leakwatch.notify.delivery import ChannelWorker
from leakwatch.notify.dispatch import Route
from leakwatch.notify.rate_limit import RateLimit
from leakwatch.state.outbox import StoredOutbox

STOP_SECONDS = 2.0


@dataclass(slots=True)
class Channels:
    """All workers. Building them reads the secret files: ``ConfigError`` when one is missing."""

    config: Config
    outbox: StoredOutbox
    on_failure: Callable[[str, str], None]
    on_recovery: Callable[[str], None]
    routes: tuple[Route, ...] = field(init=False)
    _workers: list[ChannelWorker] = field(default_factory=list)
    _beats: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        alerts = self.config.alerts
        routes = []
        for channel in alerts.channels:
            url, secret = channel.resolve()
            sink = build_sink(channel, url=url, secret=secret, alerts=alerts)
            routes.append(
                Route(
                    channel.name,
                    channel.min_severity,
                    channel.entities,
                    channel.services,
                    collects=sink.traits.names > 1,
                )
            )
            self._workers.append(
                ChannelWorker(
                    channel.name,
                    channel.type,
                    sink,
                    self.outbox,
                    RateLimit(sink.traits.limits),
                    on_failure=self.on_failure,
                    on_recovery=self.on_recovery,
                    heartbeat=lambda name=channel.name: self._beat(name),  # type: ignore[misc]  # bound now, called later
                    lang=alerts.lang,
                )
            )
        self.routes = tuple(routes)

    def _beat(self, name: str) -> None:
        self._beats[name] = time.monotonic()

    def start(self) -> None:
        """Let every worker send."""
        for worker in self._workers:
            self._beat(worker.name)
            worker.start()

    def wake(self) -> None:
        """Alerts are due now."""
        for worker in self._workers:
            worker.wake()

    def put_notice(self, kind: str, alert: Alert, types: Collection[str] = ()) -> None:
        """Send a notice to every channel (of these types) from memory; see ``ChannelWorker.put_notice``."""
        for worker in self._workers:
            if not types or worker.type in types:
                worker.put_notice(kind, alert)

    def drop_notice(self, kind: str) -> None:
        """Drop the waiting notice of that kind."""
        for worker in self._workers:
            worker.drop_notice(kind)

    def stop(self) -> None:
        """Stop after the attempts in progress; what is not accepted stays in the outbox."""
        deadline = time.monotonic() + STOP_SECONDS
        for worker in self._workers:
            worker.stop(0)
        for worker in self._workers:
            worker.stop(max(0.0, deadline - time.monotonic()))

    def states(self) -> list[ChannelState]:
        """The state of every channel."""
        return [worker.state() for worker in self._workers]

    def silent(self, seconds: float) -> str | None:
        """A channel whose worker died or has sent no heartbeat for that long, in words; None if all are alive."""
        for worker in self._workers:
            if not worker.alive:
                return f"the worker of channel {worker.name} died"
        now = time.monotonic()
        for name, beat in self._beats.items():
            if now - beat > seconds:
                return f"the worker of channel {name} has not responded for {now - beat:.0f} s"
        return None
