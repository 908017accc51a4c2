"""The user's own rules: YAML files beside the built-in detectors, which they add to and never replace."""

from __future__ import annotations

import glob
from collections.abc import Collection
from typing import TYPE_CHECKING

from leakwatch_detectors.catalog import detectors
from leakwatch_detectors.contract import Detector

if TYPE_CHECKING:
    from leakwatch.config.config_model import Config
    from leakwatch.core.scan_settings import ScanSettings

_known: dict[str, Detector] = {}


def catalogue(config: Config | ScanSettings) -> tuple[Detector, ...]:
    """All detectors of a configuration: the built-in ones, then its rules.

    ``InvalidConfigError`` if a rule is invalid. Afterwards ``detector_of`` knows them.
    """
    return _with_rules(config.detect.rules)


def detector_of(entity: str) -> Detector | None:
    """The detector of an entity, for its title and severity; None if it is unknown.

    A finding, an incident or an alert has only the name, which may come from a rule that was removed.
    """
    if not _known:
        _known.update((one.entity, one) for one in detectors())
    return _known.get(entity)


def ids(config: Config) -> frozenset[str]:
    """The ids of all detectors that any part of the configuration can use; rule files must not share ids."""
    own = (rule for watch in config.watch if watch.detect is not None for rule in watch.detect.rules)
    rules = tuple(dict.fromkeys((*config.detect.rules, *own)))
    return frozenset(one.id for one in _with_rules(rules))


def _with_rules(patterns: Collection[str]) -> tuple[Detector, ...]:
    known = detectors()
    rules = _rules(patterns, {one.id for one in known})
    _known.update((one.entity, one) for one in (*known, *rules))
    return (*known, *rules)


def _rules(patterns: Collection[str], taken: Collection[str]) -> tuple[Detector, ...]:
    if all(glob.has_magic(pattern) and not glob.glob(pattern) for pattern in patterns):  # noqa: PTH207 (as in load)
        return ()
    from leakwatch.detection.rules.rule_files import load_rules  # noqa: PLC0415 (what reads and checks them, only where there are any)

    return load_rules(patterns, taken)
