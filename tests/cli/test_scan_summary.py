"""The exit code and the summary of a scan."""

from collections import Counter

import pytest
from support.sample_findings import finding

from leakwatch.cli.scan_summary import ScanVerdict, summary_lines
from leakwatch.core.errors import Exit
from leakwatch.core.model import Severity, SkipReason
from leakwatch.privacy.redaction import KeyOrigin
from leakwatch.telemetry.scan_stats import ScanStats


def stats(**changes):
    given = ScanStats(files=1)
    for name, value in changes.items():
        setattr(given, name, value)
    return given


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_summary_has_every_count(lang):
    """In both languages; the summary of a clean scan is short."""
    full = stats(members=2, bytes_read=10**7, hidden=1, suppressed=11, masked_seen=12, placeholders=13, gaps=14)
    full.skipped["encrypted"] = 15
    full.count(finding())
    text = "\n".join(summary_lines(ScanVerdict(full, Severity.LOW), seconds=2.0, key="user", lang=lang))
    for text_part in ("11", "12", "13", "15", "10.0 MB", "5.0 MB/s", "leakwatch detectors show cn-mobile"):
        assert text_part in text
    clean = list(summary_lines(ScanVerdict(stats(), Severity.LOW), seconds=0.0, key="ephemeral", lang=lang))
    assert clean[0].startswith("✓")
    assert len(clean) == 3


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    "verdict",
    [
        ScanVerdict(stats(), None, interrupted=Exit.INTERRUPTED),
        ScanVerdict(stats(gaps=1), None),
        ScanVerdict(stats(named_unread=1), None),
        ScanVerdict(stats(files=0), None),
        ScanVerdict(stats(skipped=Counter({"loop": 1})), None, strict=True),
    ],
)
def test_the_summary_gives_the_cause_of_an_incomplete_scan(verdict, lang):
    """Each cause has its text, in both languages."""
    lines = list(summary_lines(verdict, seconds=1.0, key="config", lang=lang))
    assert lines[0].startswith("!")
    assert verdict.complete is False
    assert lines[-1].strip().startswith(("incomplete", "interrupted", "不完整", "已中断"))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_skip_reason_and_key_origin_has_a_text(lang):
    """The summary can name every reason and every origin of the key."""
    skipped = Counter(reason.value for reason in SkipReason)
    for key in KeyOrigin:
        assert list(summary_lines(ScanVerdict(stats(skipped=skipped), None), seconds=1.0, key=key.value, lang=lang))
