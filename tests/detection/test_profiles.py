"""Legal profiles and their classes."""

from typing import get_args

import pytest

from leakwatch.cli import main
from leakwatch.config.config_model import Config
from leakwatch.config.detect import Detect
from leakwatch.core.model import Origin, Severity, TextChunk
from leakwatch.detection.profiles import PROFILES, graded
from leakwatch.pipeline import engine
from leakwatch.privacy.redaction import Fingerprinter
from leakwatch_detectors.catalog import by_id, detectors
from leakwatch_detectors.contract import Role

EVERY = pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))


@EVERY
def test_every_class_has_a_severity(profile):
    """No class without a severity, and no severity without a class in use."""
    classes = {profile.grade(one) for one in detectors()} - {None}
    assert classes == set(profile.severities)
    assert profile.title
    assert profile.checked


@EVERY
def test_personal_information_has_a_class_in_every_profile(profile):
    """Whatever GB/T 35273 calls personal information has a class in all profiles."""
    personal = [one for one in detectors() if "gbt35273" in one.grades and one.role is Role.REPORT]
    missing = [one.entity for one in personal if profile.grade(one) is None]
    assert missing == []


def test_the_configuration_accepts_exactly_the_profiles():
    """The values of detect.profile are the names of the profiles."""
    words = get_args(get_args(Detect.model_fields["profile"].annotation)[0])
    assert set(words) == set(PROFILES)


def test_without_a_profile_detectors_are_unchanged():
    """The default is the detectors' own severity."""
    assert graded(detectors(), None) == detectors()


def test_a_profile_never_lowers_critical_detectors():
    """Critical stays critical, and a detector without a class in the profile is unchanged."""
    for profile in PROFILES:
        for before, after in zip(detectors(), graded(detectors(), profile), strict=True):
            assert set(before.grades.items()) <= set(after.grades.items())
            if before.severity == "critical" or PROFILES[profile].grade(before) is None:
                assert after.severity == before.severity


@pytest.mark.parametrize(
    ("profile", "severity", "grade"),
    [(None, "medium", None), ("jrt0171", "high", "C2"), ("pipl28", "low", "not-sensitive")],
)
def test_findings_carry_the_class(profile, severity, grade):
    """With a profile a finding has the severity of its class, and carries the class beside the usual two."""
    config = Config.model_validate({"detect": {"profile": profile, "rules": []}})
    (found,) = engine(config, Fingerprinter(bytes(32))).analyze(TextChunk(Origin("a"), b"13900001234")).findings
    assert found.severity is Severity.of(severity)
    assert {"jrt0171", "gbt35273"} <= set(found.grade)
    assert profile is None or found.grade[profile] == grade


def test_all_classes_of_a_detector_are_shown(capsys):
    """`detectors show` has a line for each profile."""
    assert main(["detectors", "show", "cn-passport"], {}) == 0
    out = capsys.readouterr().out
    for profile in PROFILES.values():
        assert f"{profile.name:<9} {profile.grade(by_id('cn-passport'))}" in out
