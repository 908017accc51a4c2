"""A plain ``name`` in a record with the phone or identity number of a person is the name of a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from leakwatch.core.column_table import CellTable, MemberTable, Mixed
from leakwatch.core.model import Chunk, Record, RecordChunk
from leakwatch_detectors.evidence.key_owner import told_beside


def owned(chunk: Chunk) -> Chunk:
    """The chunk with a plain ``name`` replaced by the key of its owner."""
    if not isinstance(chunk, RecordChunk):
        return chunk
    records = chunk.records
    told: Sequence[Record]
    if isinstance(records, Mixed):
        parts = [(table.named(_keys(table)), positions) for table, positions in records.parts]
        told = Mixed(parts, {at: _record(record) for at, record in records.others.items()})
    elif isinstance(records, CellTable | MemberTable):
        told = records.named(_keys(records))
    else:
        told = [_record(record) for record in records]
    return replace(chunk, records=told)


def _keys(table: CellTable | MemberTable) -> Sequence[str | None]:
    return told_beside(tuple(table.keys))


def _record(record: Record) -> Record:
    known = tuple(one.key for one in record)
    keys = told_beside(known)
    if keys == known:
        return record
    return tuple(replace(one, key=key) for one, key in zip(record, keys, strict=True))
