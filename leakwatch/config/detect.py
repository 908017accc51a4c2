"""The ``detect`` section, for all watches and for one watch."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from leakwatch.config.section import Section
from leakwatch.core.scan_settings import DetectSettings, Profile, Regions

Confidence = Annotated[float, Field(ge=0, le=1)]

_SOUGHT = DetectSettings()


class _Chosen(Section):
    """Detectors by id, beside what decides for all of them."""

    enable: tuple[str, ...] = ()
    """Detector ids that run although they are off by default, or their region is."""
    disable: tuple[str, ...] = ()
    """Detector ids that do not run; `leakwatch detectors list` shows them."""

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if both := sorted(set(self.enable) & set(self.disable)):
            raise ValueError(f"enables and disables {', '.join(both)}; take out one of the two")
        return self


class WatchDetect(_Chosen):
    """Detection settings of one watch that override those of `detect`."""

    regions: Regions | None = None
    """Region packs that run here, instead of detect.regions."""
    enable: tuple[str, ...] = ()
    """Detector ids that run here as well, even when detect.disable names them."""
    disable: tuple[str, ...] = ()
    """Detector ids that do not run here, beside those of detect.disable."""
    rules: tuple[str, ...] = ()
    """Rule files for this watch only, in addition to detect.rules."""
    min_score: Confidence | None = None
    """The least confidence that is reported here, instead of detect.min_score."""
    profile: Profile | None = None
    """The regulation whose classes apply here, instead of detect.profile."""


class Detect(_Chosen):
    """What is detected. Everything adds to the built-in detectors; nothing replaces them."""

    regions: Regions = _SOUGHT.regions
    """Region packs; detectors of no region always run."""
    rules: tuple[str, ...] = _SOUGHT.rules
    """Your own rules."""
    min_score: Confidence = _SOUGHT.min_score
    """The least confidence that is reported."""
    ner: bool = _SOUGHT.ner
    """Names and addresses in free text, by a model; needs the extra "ner"."""
    profile: Profile | None = None
    """The regulation whose classes decide the severity of a finding; none: the detectors' own."""

    @property
    def detect_settings(self) -> DetectSettings:
        """The same as plain data."""
        return DetectSettings(
            self.regions, self.enable, self.disable, self.rules, self.min_score, self.ner, self.profile
        )

    def laid_over(self, own: WatchDetect | None, ner: bool | None) -> Detect:
        """These settings overridden by those of a watch. Equal settings compare equal, however they are written."""
        own = own or WatchDetect()
        regions = self.regions if own.regions is None else own.regions
        changed = {
            "regions": tuple(sorted(set(regions))),
            "enable": tuple(sorted({*self.enable, *own.enable} - set(own.disable))),
            "disable": tuple(sorted({*self.disable, *own.disable} - set(own.enable))),
            "rules": tuple(dict.fromkeys((*self.rules, *own.rules))),
            "min_score": self.min_score if own.min_score is None else own.min_score,
            "ner": self.ner if ner is None else ner,
            "profile": own.profile or self.profile,
        }
        return self.model_copy(update=changed)
