"""All detectors of this package, found by walking it. Imports no Presidio."""

from __future__ import annotations

import functools
import importlib
import pkgutil

import leakwatch_detectors
from leakwatch_detectors.contract import Detector

_ASKED_FOR = {"presidio", "ner", "tagger", "persons", "given_names"}
"""Modules that take time to import: only whoever needs them does."""


@functools.cache
def detectors() -> tuple[Detector, ...]:
    """Every detector, sorted by entity."""
    names = (found.name for found in pkgutil.iter_modules(leakwatch_detectors.__path__))
    modules = (importlib.import_module(f"leakwatch_detectors.{name}") for name in names if name not in _ASKED_FOR)
    found = (module.DETECTOR for module in modules if hasattr(module, "DETECTOR"))
    return tuple(sorted(found, key=lambda detector: detector.entity))


def by_id(detector_id: str) -> Detector:
    """The detector with that id (``cn-mobile``); ``KeyError`` when there is none."""
    for detector in detectors():
        if detector.id == detector_id:
            return detector
    raise KeyError(detector_id)
