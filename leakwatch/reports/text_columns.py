"""Aligned columns of text, measured in terminal cells: a Han character takes two."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size


def pad_columns(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """The cells of each row, padded to the width of their column."""
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    return [[set_cell_size(cell, width) for cell, width in zip(row, widths, strict=True)] for row in rows]


def truncate(text: str, width: int | None) -> str:
    """``text`` in at most ``width`` cells, with an ellipsis where it was cut; None: no limit."""
    if width is None or cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…"
