"""The user's own rules: YAML files beside the built-in detectors, which they add to and never replace."""

from __future__ import annotations

from leakwatch.config import Config
from leakwatch.rules.load import VALIDATORS, load_rules
from leakwatch.rules.model import RuleFile
from leakwatch_detectors.catalog import detectors
from leakwatch_detectors.contract import Detector

__all__ = ["VALIDATORS", "RuleFile", "catalogue", "detector_of", "ids", "load_rules"]

_known: dict[str, Detector] = {}


def catalogue(config: Config) -> tuple[Detector, ...]:
    """Every detector there is with this configuration: the built-in ones, then its rules.

    ``InvalidConfigError`` when a rule is wrong. From then on ``detector_of`` knows them.
    """
    known = detectors()
    rules = load_rules(config.detect.rules, {one.id for one in known})
    _known.update((one.entity, one) for one in (*known, *rules))
    return (*known, *rules)


def detector_of(entity: str) -> Detector | None:
    """The detector of an entity, for its title and severity; None for one that this process never heard of.

    A finding, an incident or an alert has only the name; it may stem from a rule that is no longer there.
    """
    if not _known:
        _known.update((one.entity, one) for one in detectors())
    return _known.get(entity)


def ids(config: Config) -> frozenset[str]:
    """The ids of all that any part of the configuration can use; no two rule files of it have the same."""
    own = (rule for watch in config.watch if watch.detect is not None for rule in watch.detect.rules)
    rules = tuple(dict.fromkeys((*config.detect.rules, *own)))
    everywhere = config.model_copy(update={"detect": config.detect.model_copy(update={"rules": rules})})
    return frozenset(one.id for one in catalogue(everywhere))
