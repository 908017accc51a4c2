"""The open database: transactions and queries."""

from __future__ import annotations

import itertools
import json
import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from leakwatch.core.model import Finding, Gap, GapKind, Incident, Severity
from leakwatch.state.store.rows import Added, ExportRow, SourceRow, StoredGap

EPOCHS = "key-epochs"
"""The stored fact that names (JSON, oldest first) every key that findings were ever made with."""


_SOURCE = tuple(one.name for one in fields(SourceRow))


def reader(path: Path) -> sqlite3.Connection:
    """A connection that only reads. ``sqlite3.Error`` when the database cannot be opened."""
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    return connection


@dataclass(slots=True)
class Store:
    """The open database. All methods may be called from any thread; one transaction runs at a time."""

    path: Path
    connection: sqlite3.Connection
    lock_file: int
    lost: str | None = None
    epoch: str = ""
    """The id of the key that fingerprints are made with now."""
    _guard: threading.RLock = field(default_factory=threading.RLock)
    _reader: sqlite3.Connection | None = None
    _reading: threading.Lock = field(default_factory=threading.Lock)
    _uids: Iterator[int] = field(init=False)

    def __post_init__(self) -> None:
        highest = self.one("SELECT max(uid) FROM source")
        self._uids = itertools.count(1 + (highest[0] or 0 if highest else 0))

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Run the block as one transaction; nested use joins the outer one.

        Raises ``sqlite3.Error`` (disk full, I/O) after rolling back: nothing of the block was stored.
        """
        with self._guard:
            if self.connection.in_transaction:
                yield self.connection
                return
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    def rows(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[sqlite3.Row]:
        """All rows of a query."""
        with self._guard:
            return self.connection.execute(sql, parameters).fetchall()

    def one(self, sql: str, parameters: tuple[Any, ...] = ()) -> sqlite3.Row | None:
        """The first row of a query, if any."""
        with self._guard:
            row: sqlite3.Row | None = self.connection.execute(sql, parameters).fetchone()
            return row

    def glance(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[sqlite3.Row]:
        """All rows of a query as they are stored, without waiting for another thread's transaction to end."""
        if self._guard.acquire(blocking=False):
            try:
                return self.rows(sql, parameters)
            finally:
                self._guard.release()
        with self._reading:
            if self._reader is None:
                self._reader = reader(self.path)
            return self._reader.execute(sql, parameters).fetchall()

    def close(self) -> None:
        """Close the database and give up the state directory."""
        with self._guard, self._reading:
            if self._reader is not None:
                self._reader.close()
            self.connection.close()
            os.close(self.lock_file)

    # ---------------------------------------------------------------------------------------- small facts

    def meta(self, name: str) -> str | None:
        """A stored fact about this state, such as when a watch was first seen."""
        row = self.one("SELECT value FROM meta WHERE name = ?", (name,))
        return None if row is None else str(row[0])

    def set_meta(self, name: str, value: str) -> None:
        """Store a fact."""
        with self.transaction() as db:
            db.execute("INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", (name, value))

    def enter_epoch(self, key_id: str) -> None:
        """Fingerprints are made with that key from now on; those of unknown age were, too."""
        known = json.loads(self.meta(EPOCHS) or "[]")
        with self.transaction() as db:
            db.execute("UPDATE finding SET epoch = ? WHERE epoch = ''", (key_id,))
            if key_id not in known:
                self.set_meta(EPOCHS, json.dumps([*known, key_id]))
        self.epoch = key_id

    # ---------------------------------------------------------------------------------------- sources and exports

    def sources(self) -> list[SourceRow]:
        """Every log that is followed or remembered, oldest first."""
        return [SourceRow(**row) for row in map(dict, self.rows("SELECT * FROM source ORDER BY uid"))]

    def save_source(self, source: SourceRow) -> None:
        """Store the row of a log; a new one gets its ``uid``.

        The log keeps that number even if this transaction is rolled back: a later one then stores it.
        """
        with self.transaction() as db:
            if not source.uid:
                source.uid = next(self._uids)
            _insert(db, "source", {name: getattr(source, name) for name in _SOURCE}, "INSERT OR REPLACE")

    def forget_sources(self, before: float) -> None:
        """Delete the tombstones of logs that were gone before that time."""
        with self.transaction() as db:
            db.execute("DELETE FROM source WHERE state = 'gone' AND gone_at < ?", (before,))

    def export(self, watch: str, path: bytes) -> ExportRow | None:
        """The row of an export; None if it is unknown."""
        row = self.one("SELECT * FROM export WHERE watch = ? AND path = ?", (watch, path))
        return None if row is None else ExportRow(**dict(row))

    def exports(self, watch: str) -> list[ExportRow]:
        """The rows of all exports of a watch."""
        return [ExportRow(**dict(row)) for row in self.rows("SELECT * FROM export WHERE watch = ?", (watch,))]

    def save_export(self, export: ExportRow) -> None:
        """Store the row of an export."""
        with self.transaction() as db:
            _insert(db, "export", asdict(export), "INSERT OR REPLACE")

    # ---------------------------------------------------------------------------------------- findings, incidents

    def add_finding(self, identity: bytes, incident: str, finding: Finding, at: float) -> Added:
        """Store a finding, unless these very bytes were already found (they were read twice)."""
        with self.transaction() as db:
            known = db.execute(
                "SELECT 1 FROM finding WHERE incident = ? AND fingerprint = ? LIMIT 1", (incident, finding.fingerprint)
            ).fetchone()
            cursor = db.execute(
                "INSERT OR IGNORE INTO finding VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
                (
                    identity,
                    incident,
                    finding.entity,
                    finding.fingerprint,
                    finding.masked,
                    finding.score,
                    int(finding.severity),
                    finding.path,
                    json.dumps(finding.inside, ensure_ascii=False),
                    json.dumps(finding.place.record(), ensure_ascii=False),
                    at,
                    self.epoch,
                ),
            )
            if cursor.rowcount == 0:
                return Added.AGAIN
            return Added.KNOWN_VALUE if known else Added.NEW_VALUE

    def incident_by_key(self, key: str) -> Incident | None:
        """The incident of a leaking place."""
        row = self.one("SELECT * FROM incident WHERE key = ?", (key,))
        return None if row is None else _incident(row)

    def incident(self, identity: str) -> Incident | None:
        """The incident with that id."""
        row = self.one("SELECT * FROM incident WHERE id = ?", (identity,))
        return None if row is None else _incident(row)

    def incidents(self, limit: int = 50) -> list[Incident]:
        """Incidents, the most severe first, then the newest; summary cards of a backlog are left out."""
        sql = "SELECT * FROM incident WHERE kind <> 'backlog' ORDER BY severity DESC, last_seen DESC LIMIT ?"
        return [_incident(row) for row in self.glance(sql, (limit,))]

    def backlog(self, watch: str) -> list[Incident]:
        """The incidents of a watch that consist of backlog only."""
        return [_incident(row) for row in self.rows("SELECT * FROM incident WHERE watch = ? AND backlog = 1", (watch,))]

    def templates_of(self, service: str, place: str, since: float) -> int:
        """How many incidents one logger or file family has opened since then."""
        row = self.one(
            "SELECT count(*) FROM incident WHERE service = ? AND place = ? AND first_seen >= ?", (service, place, since)
        )
        return 0 if row is None else int(row[0])

    def save_incident(self, incident: Incident) -> None:
        """Store an incident."""
        values = asdict(incident)
        values["severity"] = int(incident.severity)
        values["entities"] = json.dumps(dict(incident.entities))
        values["labels"] = json.dumps(dict(incident.labels))
        values["backlog"] = int(incident.backlog)
        with self.transaction() as db:
            _insert(db, "incident", values, "INSERT OR REPLACE")

    # ---------------------------------------------------------------------------------------- gaps

    def open_gap(self, gap: Gap) -> StoredGap | None:
        """Open a gap; None if the same one is open already."""
        with self.transaction() as db:
            cursor = db.execute(
                "INSERT OR IGNORE INTO gap (kind, root, path, detail, opened_at, closed_at) VALUES (?,?,?,?,?,?)",
                (gap.kind.value, gap.root, gap.path, gap.detail, gap.opened_at, gap.closed_at),
            )
            return StoredGap(cursor.lastrowid or 0, gap) if cursor.rowcount == 1 else None

    def close_gap(self, kind: GapKind, root: str, path: str | None, at: float) -> StoredGap | None:
        """Close the open gap of that kind and place; None if there is none."""
        with self.transaction() as db:
            row = db.execute(
                "SELECT * FROM gap "
                "WHERE kind = ? AND root = ? AND ifnull(path, '') = ifnull(?, '') AND closed_at IS NULL",
                (kind.value, root, path),
            ).fetchone()
            if row is None:
                return None
            db.execute("UPDATE gap SET closed_at = ? WHERE id = ?", (at, row["id"]))
            stored = _gap(row)
            return StoredGap(stored.number, replace(stored.gap, closed_at=at))

    def open_gaps_of(self, root: str, path: str) -> list[StoredGap]:
        """The open gaps of a file and its members, oldest first."""
        inside = f"{path}!"
        rows = self.rows(
            "SELECT * FROM gap "
            "WHERE closed_at IS NULL AND root = ? AND (path = ? OR substr(path, 1, ?) = ?) ORDER BY id",
            (root, path, len(inside), inside),
        )
        return [_gap(row) for row in rows]

    def gaps_like(self, gap: Gap, since: float) -> int:
        """How many gaps of that kind and root were opened since then (this one included)."""
        row = self.one(
            "SELECT count(*) FROM gap WHERE kind = ? AND root = ? AND opened_at >= ?", (gap.kind.value, gap.root, since)
        )
        return 0 if row is None else int(row[0])

    def gap(self, number: int) -> Gap | None:
        """The gap with that number."""
        row = self.one("SELECT * FROM gap WHERE id = ?", (number,))
        return None if row is None else _gap(row).gap

    def open_gaps(self) -> list[StoredGap]:
        """The gaps that are not closed yet, oldest first."""
        return [_gap(row) for row in self.glance("SELECT * FROM gap WHERE closed_at IS NULL ORDER BY id")]


def _insert(db: sqlite3.Connection, table: str, values: Mapping[str, Any], verb: str = "INSERT") -> int:
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    # table and column names are those of our own dataclasses
    cursor = db.execute(f"{verb} INTO {table} ({names}) VALUES ({marks})", tuple(values.values()))
    return cursor.lastrowid or 0


def _incident(row: sqlite3.Row) -> Incident:
    values = dict(row)
    values["severity"] = Severity(values["severity"])
    values["entities"] = json.loads(values["entities"])
    values["labels"] = json.loads(values["labels"])
    values["backlog"] = bool(values["backlog"])
    return Incident(**values)


def _gap(row: sqlite3.Row) -> StoredGap:
    return StoredGap(
        row["id"],
        Gap(GapKind(row["kind"]), row["root"], row["detail"], row["opened_at"], row["path"], row["closed_at"]),
    )
