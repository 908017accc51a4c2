"""What becomes of a hit: too weak, masked already, a placeholder, part of another one, suppressed, or a finding."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from leakwatch_detectors.contract import Detector


@dataclass(frozen=True, slots=True)
class Suppression:
    """A rule that keeps findings quiet. What is None matches anything; ``expires`` is the first day it is void.

    ``path`` is a glob over the path as found (``**`` crosses folders), ``fingerprint`` the keyed digest of one value.
    """

    id: str
    reason: str = ""
    owner: str = ""
    entity: str | None = None
    path: str | None = None
    fingerprint: str | None = None
    expires: date | None = None


def select(
    detectors: Sequence[Detector], regions: Collection[str], disabled: Collection[str]
) -> tuple[Detector, ...]:
    """The detectors that run: on by default, of these regions (or any), and not disabled by id."""
    raise NotImplementedError
