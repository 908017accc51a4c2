"""All detectors of this package, found by walking ``entities``. Imports no Presidio."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Mapping

from leakwatch_detectors import entities
from leakwatch_detectors.contract import NO_TRAITS, Detector, Traits


@functools.cache
def detectors() -> tuple[Detector, ...]:
    """Every detector, sorted by entity."""
    names = (
        found.name for found in pkgutil.walk_packages(entities.__path__, f"{entities.__name__}.") if not found.ispkg
    )
    found = (importlib.import_module(name).DETECTOR for name in names)
    return tuple(sorted(found, key=lambda detector: detector.entity))


def by_id(detector_id: str) -> Detector:
    """The detector with that id (``cn-mobile``); ``KeyError`` when there is none."""
    for detector in detectors():
        if detector.id == detector_id:
            return detector
    raise KeyError(detector_id)


def traits_of(entity: str) -> Traits:
    """The traits of an entity; the default ones when no detector of this package finds it."""
    return _traits().get(entity, NO_TRAITS)


@functools.cache
def _traits() -> Mapping[str, Traits]:
    return {detector.entity: detector.traits for detector in detectors()}
