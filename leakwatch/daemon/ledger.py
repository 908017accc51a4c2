"""Stores findings, incidents, alerts, gaps and offsets in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from leakwatch.core.alert import Alert, Reason
from leakwatch.core.model import Finding, Gap, GapKind, Incident, Severity
from leakwatch.notify.dispatch import Route, decide, due_at, stronger, wants
from leakwatch.state.incidents import (
    ANY_TEMPLATE,
    MAX_TEMPLATES,
    TEMPLATE_SECONDS,
    Location,
    Watched,
    fold,
    id_of,
    key_of,
    locate,
)
from leakwatch.state.outbox import GAP_PREFIX, StoredOutbox
from leakwatch.state.store import Added, Store, StoredGap

_OF_READING = frozenset({GapKind.SKIPPED, GapKind.QUARANTINE})
"""Gaps of a file that end when the file is read after all."""

GAP_QUIET_SECONDS = 3600.0
"""Gaps of one kind and root are alerted once in this time; all are stored and counted."""


@dataclass(frozen=True, slots=True)
class LocatedFinding:
    """A finding and the identity of its bytes, so that reading them twice counts once."""

    identity: bytes
    finding: Finding


@dataclass(slots=True)
class Ledger:
    """Records for one daemon. ``clock`` is epoch seconds; ``wake`` is called after alerts were queued.

    ``wake``, ``on_new`` and ``on_gap`` are called after the transaction was committed.
    """

    store: Store
    outbox: StoredOutbox
    routes: tuple[Route, ...]
    clock: Callable[[], float]
    wake: Callable[[], None]
    on_new: Callable[[Incident], None] = lambda _: None
    on_gap: Callable[[Gap], None] = lambda _: None
    _last_new: float | None = None
    _news: list[Callable[[], None]] | None = None
    """What to call when the entry under way is stored; only its thread touches it, since it holds the store."""

    @contextmanager
    def entry(self) -> Iterator[None]:
        """Store everything that the block records, or nothing; then nothing is alerted either.

        Inside another entry it is part of that one. Raises ``sqlite3.Error``.
        """
        with self.store.transaction():
            if self._news is not None:
                yield
                return
            last_new = self._last_new
            news: list[Callable[[], None]] = []
            self._news = news
            try:
                yield
            except BaseException:
                self._last_new = last_new
                raise
            finally:
                self._news = None
        for tell in news:
            tell()

    def record(self, watched: Watched, sightings: Iterable[LocatedFinding], *, backlog: bool) -> int:
        """Add findings to their incidents and queue the alerts that are due.

        Returns how many were new. Use it inside an ``entry`` together with the new offsets.
        """
        now = self.clock()
        last_new = self._last_new  # findings of one batch share a message
        groups: dict[str, list[Finding]] = defaultdict(list)
        values: dict[str, int] = defaultdict(int)
        places: dict[str, Location] = {}
        with self.entry():
            for sighting in sightings:
                location = self._place(watched, sighting.finding, places, now)
                key = key_of(watched, location)
                added = self.store.add_finding(sighting.identity, id_of(key), sighting.finding, now)
                if added is not Added.AGAIN:
                    places[key] = location
                    groups[key].append(sighting.finding)
                    values[key] += added is Added.NEW_VALUE
            for key, findings in groups.items():
                before = self.store.incident_by_key(key)
                after = fold(before, findings, watched, places[key], now, subjects=values[key], backlog=backlog)
                self.store.save_incident(after)
                self._tell(after, now, last_new)
                if before is None:
                    self._afterwards(partial(self.on_new, after))
                    self._last_new = now
        return sum(map(len, groups.values()))

    def gap(self, gap: Gap) -> None:
        """Store a gap and alert every channel (once an hour per kind and root)."""
        with self.entry():
            stored = self.store.open_gap(gap)
            if stored is None:
                return
            self._afterwards(partial(self.on_gap, gap))
            if self.store.gaps_like(gap, self.clock() - GAP_QUIET_SECONDS) <= 1:
                self._tell_gap(stored, Reason.GAP)

    def close_gap(self, kind: GapKind, root: str, path: str | None = None) -> None:
        """Close a gap: the missed input was scanned after all."""
        with self.entry():
            stored = self.store.close_gap(kind, root, path, self.clock())
            if stored is None:
                return
            if any(self._was_told(route.channel, f"{GAP_PREFIX}{stored.number}") for route in self.routes):
                self._tell_gap(stored, Reason.GAP_CLOSED)

    def past_gap(self, gap: Gap) -> None:
        """Store a gap that was alerted out of band while it was open, and alert its end."""
        with self.entry():
            self._afterwards(partial(self.on_gap, gap))
            stored = self.store.open_gap(gap)
            if stored is not None:
                self._tell_gap(stored, Reason.GAP_CLOSED)

    def close_read(self, root: str, path: str, unread: Collection[str] = ()) -> None:
        """A file was read to its end except for its members in ``unread``: close the gaps of the rest."""
        with self.entry():
            for stored in self.store.open_gaps_of(root, path):
                if stored.gap.kind in _OF_READING and stored.gap.path not in unread:
                    self.close_gap(stored.gap.kind, root, stored.gap.path)

    def backlog_done(self, watched: Watched) -> None:
        """Everything older than the first start is read: queue one summary card, criticals excepted."""
        with self.entry():
            quiet = [one for one in self.store.backlog(watched.watch) if one.severity < Severity.CRITICAL]
            if not quiet:
                return
            card = _backlog_card(watched, quiet, self.clock())
            self.store.save_incident(card)
            self._put_all(card.id, card, Reason.BACKLOG, self.clock())

    def _afterwards(self, tell: Callable[[], None]) -> None:
        assert self._news is not None, "inside an entry"
        if tell not in self._news:
            self._news.append(tell)

    def _place(self, watched: Watched, finding: Finding, known: dict[str, Location], now: float) -> Location:
        location = locate(finding, watched.kind)
        key = key_of(watched, location)
        if key in known or self.store.incident_by_key(key) is not None:
            return location
        since = now - TEMPLATE_SECONDS
        if self.store.templates_of(watched.service, location.place, since) < MAX_TEMPLATES:
            return location
        return replace(location, template=ANY_TEMPLATE)

    def _tell(self, incident: Incident, now: float, last_new: float | None) -> None:
        for route in self.routes:
            told = self.outbox.told(route.channel, incident.id)
            reason = decide(incident, told)
            if reason is None:
                continue
            alone = told is None and not route.collects
            due = now if alone else due_at(reason, incident.severity, now, told, last_new)
            waiting = self.outbox.waiting(route.channel, incident.id)
            self._put(route, incident.id, incident, stronger(reason, waiting) if waiting else reason, due, now)

    def _put_all(self, subject: str, what: Incident | Gap, reason: Reason, now: float) -> None:
        for route in self.routes:
            self._put(route, subject, what, reason, now, now)

    def _put(self, route: Route, subject: str, what: Incident | Gap, reason: Reason, due: float, now: float) -> None:
        severity = what.severity if isinstance(what, Incident) else Severity.HIGH
        if wants(route, Alert(subject, 0, reason, severity, now, what)):
            self.outbox.put(route.channel, subject, reason, severity, due=due, at=now)
            self._afterwards(self.wake)

    def _tell_gap(self, stored: StoredGap, reason: Reason) -> None:
        self._put_all(f"{GAP_PREFIX}{stored.number}", stored.gap, reason, self.clock())

    def _was_told(self, channel: str, subject: str) -> bool:
        return self.outbox.told(channel, subject) is not None or self.outbox.waiting(channel, subject) is not None


def _backlog_card(watched: Watched, incidents: Sequence[Incident], now: float) -> Incident:
    """The backlog of a watch that was not alerted, as one incident for the summary card."""
    key = key_of(watched, Location(f"backlog:{watched.watch}", None, "backlog"))
    worst = max(incidents, key=lambda incident: incident.severity)
    entities: dict[str, int] = defaultdict(int)
    for incident in incidents:
        for entity, count in incident.entities.items():
            entities[entity] += count
    return replace(
        worst,
        id=id_of(key),
        key=key,
        kind="backlog",
        place=f"{len(incidents)} places in {watched.watch}",
        path="",
        logger=None,
        field_key=None,
        jrt0171=max(incident.jrt0171 for incident in incidents),
        entities=dict(entities),
        count=sum(incident.count for incident in incidents),
        subjects=sum(incident.subjects for incident in incidents),
        first_seen=min(incident.first_seen for incident in incidents),
        last_seen=now,
        backlog=False,
    )
