"""Legal profiles: the classes each standard gives to personal data, and how severe each class is.

Which class an entity has is a fact of its detector (``grades``, ``profile_grades``). None of this is legal advice: the
texts leave room for interpretation, and each profile states how far its classes were checked against them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from leakwatch.core.model import Severity
from leakwatch_detectors.contract import Detector


@dataclass(frozen=True, slots=True)
class Profile:
    """One standard or law. ``severities`` has every class; ``checked`` states how well the classes were verified."""

    name: str
    title: str
    checked: str
    severities: Mapping[str, Severity]

    def grade(self, detector: Detector) -> str | None:
        """The class of what the detector finds; None: the standard does not mention it."""
        return detector.grades.get(self.name) or detector.profile_grades.get(self.name)


PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        profile.name: profile
        for profile in (
            Profile(
                "jrt0171",
                "JR/T 0171-2020 个人金融信息保护技术规范",
                "classes as summarised in public commentaries, not compared with the clauses",
                {"C3": Severity.CRITICAL, "C2": Severity.HIGH, "C1": Severity.LOW},
            ),
            Profile(
                "gbt35273",
                "GB/T 35273-2020 个人信息安全规范, annexes A and B",
                "classes from the 2017 annexes and their use in privacy policies; changes of 2020 not compared",
                {"sensitive": Severity.HIGH, "pi": Severity.MEDIUM},
            ),
            Profile(
                "gbt45574",
                "GB/T 45574-2025 敏感个人信息处理安全要求, with the TC260 guide of 2024-09",
                "an identity number alone is no longer listed as sensitive; several ordinary values together may be",
                {
                    "financial-account": Severity.HIGH,
                    "specific-identity": Severity.HIGH,
                    "precise-location": Severity.HIGH,
                    "belief-health-identity": Severity.HIGH,
                    "ordinary": Severity.MEDIUM,
                },
            ),
            Profile(
                "pipl28",
                "PIPL (个人信息保护法), article 28",
                "kinds named by the article; whether identity documents fall under its harm clause is contested",
                {
                    "financial-account": Severity.HIGH,
                    "whereabouts": Severity.HIGH,
                    "belief-health-identity": Severity.HIGH,
                    "harm-clause": Severity.HIGH,
                    "not-sensitive": Severity.LOW,
                },
            ),
        )
    }
)
"""The profiles by name: the values of ``detect.profile``."""


def graded(detectors: Iterable[Detector], profile: str | None) -> tuple[Detector, ...]:
    """The detectors with the severity that the profile gives their class; findings then carry that class too.

    Without a profile they are unchanged. A critical detector (its value opens an account by itself) stays critical, and
    one for which the profile has no class keeps its severity.
    """
    if profile is None:
        return tuple(detectors)
    chosen = PROFILES[profile]
    return tuple(_graded(detector, chosen) for detector in detectors)


def _graded(detector: Detector, profile: Profile) -> Detector:
    grade = profile.grade(detector)
    if grade is None:
        return detector
    critical = Severity.of(detector.severity) is Severity.CRITICAL
    severity = detector.severity if critical else profile.severities[grade].label
    return replace(detector, severity=severity, grades={**detector.grades, profile.name: grade})
