"""Columns of plain cells: of one line, not too long, and seen as they are written. And which of them pass the gate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

import numpy as np

from leakwatch.detection.analyze.segments import one_line
from leakwatch.detection.prefilter import Gate, PatternSet
from leakwatch.text.unescape import flat

LONGEST = 256
"""Characters of a cell that can be one value; a longer one is text."""

_NEWLINE = 10
_LENGTHS = 8


@dataclass(frozen=True, slots=True)
class Column:
    """The cells of a column without escapes, as the detectors get them: each after ``lead``."""

    number: int
    lead: str
    records: list[int]
    texts: list[str] = field(repr=False)

    def is_of_words(self) -> bool:
        """Whether each cell is nothing but ASCII letters and digits."""
        text = "".join(self.texts)
        return text.isascii() and text.isalnum()

    def is_of_digits(self) -> bool:
        """Whether each cell is nothing but digits."""
        text = "".join(self.texts)
        return text.isascii() and text.isdigit()

    def matrices(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The cells as bytes, those of one length a matrix, with their positions; of ASCII only, and few lengths."""
        text = "".join(self.texts)
        lengths = np.fromiter(map(len, self.texts), np.int64, len(self.texts))
        different = sorted(set(lengths.tolist()))
        if not text.isascii() or len(different) > _LENGTHS:
            return
        signs = np.frombuffer(text.encode(), np.uint8)
        starts = np.cumsum(lengths) - lengths
        for length in different:
            positions = np.flatnonzero(lengths == length)
            yield positions, signs[starts[positions, None] + np.arange(length)]

    def joined(self) -> tuple[str, list[int]]:
        """The cells joined by NUL, and the start of the text of each."""
        step = len(self.lead) + 1
        starts = accumulate((len(text) + step for text in self.texts[:-1]), initial=len(self.lead))
        return self.lead + f"\0{self.lead}".join(self.texts), list(starts)


def lead_of(key: str | None) -> str:
    """The text before a cell for the detectors: the key that names it."""
    return one_line(key) + "=" if key else ""


def repeated(cells: Sequence[str], first: int) -> dict[str, list[int]] | None:
    """The records (from ``first`` on) of each distinct text; None if most texts differ.

    A text that repeats in a column is analysed once.
    """
    if 2 * len(set(cells)) > len(cells):
        return None
    records: dict[str, list[int]] = {}
    for at in range(first, len(cells)):
        if cells[at]:
            records.setdefault(cells[at], []).append(at)
    return records


def column_of(number: int, key: str | None, cells: Sequence[str], first: int, left: set[int]) -> Column | None:
    """The plain cells of a column; the others go into ``left``."""
    lead = lead_of(key)
    records: Sequence[int] = range(first, len(cells))
    texts = cells[first:] if first else cells
    if "" in texts:
        records, texts = _only(records, texts, [bool(text) for text in texts])
    if not texts:
        return None
    if flat(lead) != lead:
        left.update(records)
        return None
    joined = "\n".join(texts)
    if joined.count("\n") >= len(texts) or "\0" in joined or max(map(len, texts)) > LONGEST or not _encodable(joined):
        plain = [len(text) <= LONGEST and "\n" not in text and "\0" not in text and _encodable(text) for text in texts]
        left.update(at for at, is_plain in zip(records, plain, strict=True) if not is_plain)
        records, texts = _only(records, texts, plain)
        joined = "\n".join(texts)
    as_seen = flat(joined)
    if as_seen != joined:
        unchanged = [text == seen for text, seen in zip(texts, as_seen.split("\n"), strict=True)]
        left.update(at for at, is_plain in zip(records, unchanged, strict=True) if not is_plain)
        records, texts = _only(records, texts, unchanged)
    return Column(number, lead, list(records), list(texts)) if texts else None


def _only(records: Sequence[int], texts: Sequence[str], wanted: list[bool]) -> tuple[list[int], list[str]]:
    return (
        [at for at, one in zip(records, wanted, strict=True) if one],
        [text for text, one in zip(texts, wanted, strict=True) if one],
    )


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def flagged(gate: Gate | PatternSet, columns: Sequence[Column]) -> Iterator[dict[str, list[int]]]:
    """For each column the positions of the cells that pass the gate, by detector."""
    if not columns:
        return
    block = "\n".join(column.lead + f"\n{column.lead}".join(column.texts) for column in columns).encode()
    newlines = np.flatnonzero(np.frombuffer(block, np.uint8) == _NEWLINE)
    cells = len(newlines) + 1
    passed = {name: np.ones(cells, bool) for name in gate.ungated}
    for names, found in gate.ends(block):
        lines = np.searchsorted(newlines, np.asarray(found) - 1)
        for name in names:
            if name not in passed:
                passed[name] = np.zeros(cells, bool)
            passed[name][lines] = True
    begin = 0
    for column in columns:
        end = begin + len(column.texts)
        positions = {name: np.flatnonzero(of_all[begin:end]) for name, of_all in passed.items()}
        yield {name: some.tolist() for name, some in positions.items() if len(some)}
        begin = end
