"""Durations, sizes and CPU shares as people write them: ``250ms 2s 5m 4h 7d`` and ``64KiB 10MB``."""

from __future__ import annotations

import math
import re

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES = {
    "B": 1,
    "KiB": 1024,
    "MiB": 1024**2,
    "GiB": 1024**3,
    "TiB": 1024**4,
    "KB": 1000,
    "kB": 1000,
    "MB": 1000**2,
    "GB": 1000**3,
    "TB": 1000**4,
}
DURATION_PATTERN = r"^[0-9]+(\.[0-9]+)?(ms|s|m|h|d)$"
SIZE_PATTERN = r"^[0-9]+(\.[0-9]+)?(B|[kK]B|[MGT]B|[KMGT]iB)$"
SHARE_PATTERN = r"^[0-9]+(\.[0-9]+)?%$"
_SHARE = re.compile(SHARE_PATTERN)
_DURATION = re.compile(DURATION_PATTERN)
_SIZE = re.compile(SIZE_PATTERN)


def seconds(text: object) -> float:
    """The duration in seconds; ``ValueError`` with the expected format."""
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if match is None or not isinstance(text, str):
        raise ValueError("is not a duration; write a number with its unit, such as 250ms, 2s, 5m, 4h or 7d")
    unit = match[2]
    return float(text.removesuffix(unit)) * _SECONDS[unit]


def in_words(value: float) -> str:
    """The shortest spelling of a duration in seconds that ``seconds`` reads back."""
    for unit in ("d", "h", "m", "s"):
        if value >= _SECONDS[unit] and value % _SECONDS[unit] == 0:
            return f"{value / _SECONDS[unit]:.0f}{unit}"
    return f"{value * 1000:.10g}ms"


def size(text: object) -> int:
    """The size in bytes; ``ValueError`` with the expected format."""
    match = _SIZE.fullmatch(text) if isinstance(text, str) else None
    if match is None or not isinstance(text, str):
        raise ValueError("is not a size; write a number with its unit, such as 64KiB, 10MB or 2GiB")
    unit = match[2]
    return round(float(text.removesuffix(unit)) * _BYTES[unit])


def in_bytes(value: int) -> str:
    """The shortest spelling of a size that ``size`` reads back."""
    for unit in ("TiB", "GiB", "MiB", "KiB", "TB", "GB", "MB", "KB"):
        if value >= _BYTES[unit] and value % _BYTES[unit] == 0:
            return f"{value // _BYTES[unit]}{unit}"
    return f"{value}B"


def share(given: object) -> float:
    """CPU cores, written as a percentage of one core or as a number; ``ValueError`` with the expected format."""
    if isinstance(given, int | float) and not isinstance(given, bool):
        cores = float(given)
    elif isinstance(given, str) and _SHARE.fullmatch(given):
        cores = float(given.removesuffix("%")) / 100
    else:
        cores = 0.0
    if not 0 < cores < math.inf:
        raise ValueError("expected a CPU share, e.g. 50% (of one core), 200% or 0.5")
    return cores


def in_percent(cores: float) -> str:
    """The spelling of ``share`` for some cores."""
    return f"{cores * 100:.10g}%"
