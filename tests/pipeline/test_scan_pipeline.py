"""Inputs become findings and counts, also when a file or a detector fails or the user stops the scan."""

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.sample_findings import finding

from leakwatch.config.config_model import Config
from leakwatch.core.errors import AnalysisError
from leakwatch.core.model import Finding, Limits, Origin, Severity, Skipped, SkipReason
from leakwatch.detection.analyze import Analysis
from leakwatch.files.counting_reader import CountingReader
from leakwatch.files.walk import walk
from leakwatch.pipeline import WITHHELD, Pipeline, engine
from leakwatch.privacy.redaction import Fingerprinter
from leakwatch.telemetry.scan_stats import ScanStats, identifies

MOBILE = "13900000001"


class Scripted:
    """Stands for the analyzer where a test is about what the pipeline makes of its answers."""

    def __init__(self, *answers, names=None):
        self.answers = list(answers)
        self.names = names

    def analyze(self, chunk):
        answer = self.answers.pop(0) if self.answers else Analysis()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def redact(self, name):
        if self.names is not None:
            raise self.names
        return name.replace(MOBILE, "139****0001")


class Source:
    """An input whose opening and reading can go wrong."""

    def __init__(self, name="a.log", data=b"a line\n", error=None):
        self.origin = Origin(name)
        self.size = len(data)
        self.data = data
        self.error = error

    def open(self):
        if self.error is not None:
            raise self.error
        return io.BytesIO(self.data)


@pytest.fixture(scope="module")
def analyzer():
    return engine(Config(), Fingerprinter(b"k" * 32))


def run(analyzer, inputs, **options):
    stats = ScanStats()
    return list(Pipeline(analyzer, stats, **options).run(inputs)), stats


def test_findings_members_and_bytes_are_counted(analyzer, tmp_path):
    """A tree with a log and an archive gives its findings in order, and counts of what was read."""
    (tmp_path / "a.log").write_text(f"mobile={MOBILE}\nmobile={MOBILE}\n")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("in.csv", f"手机号\n{MOBILE}\n")
    items, stats = run(analyzer, walk([str(tmp_path)]))
    assert [(Path(item.path).name, item.inside) for item in items] == [
        ("a.log", ()),
        ("a.log", ()),
        ("b.zip", ("in.csv",)),
    ]
    assert (stats.files, stats.members, stats.findings, stats.subjects) == (2, 1, 3, 1)
    assert stats.bytes_read == sum(path.stat().st_size for path in tmp_path.iterdir())
    assert stats.worst is Severity.MEDIUM


def test_a_name_that_holds_a_value_is_masked_in_findings_and_in_skipped_inputs(analyzer, tmp_path):
    """No path leaves the pipeline as it was found."""
    folder = tmp_path / f"user-{MOBILE}"
    folder.mkdir()
    (folder / "a.log").write_text(f"mobile={MOBILE}\n")
    (folder / "b.rar").write_bytes(b"Rar!\x1a\x07\x00" + bytes(100))
    items, _ = run(analyzer, walk([str(folder)]))
    assert [type(item) for item in items] == [Finding, Skipped]
    assert MOBILE not in repr(items)
    assert "139****0001" in items[0].path
    assert "139****0001" in items[1].origin.path


def test_an_input_that_cannot_be_opened_is_reported_and_the_next_is_scanned():
    """Every failing input is one skipped record with its reason; those after it are scanned."""
    inputs = [
        Skipped(Origin("gone"), SkipReason.VANISHED),
        Source(error=PermissionError(13, "no")),
        Source(error=RuntimeError("whatever")),
        Source("z.log"),
    ]
    items, stats = run(Scripted(Analysis((finding(),))), inputs)
    assert [item.reason.value for item in items[:3]] == ["vanished", "permission", "damaged"]
    assert isinstance(items[3], Finding)
    assert stats.skipped == {"vanished": 1, "permission": 1, "damaged": 1}
    assert stats.files == 3


@pytest.mark.parametrize("error", [AnalysisError("detector x failed"), ValueError("boom")])
def test_a_part_that_cannot_be_analysed_is_a_gap_reported_once(error):
    """However many parts fail, the input is reported once; each counts as a gap; other parts are scanned."""
    many = b"x" * 5_000_000 + b"\n"
    answers = [error, error, Analysis((finding(),))]
    items, stats = run(Scripted(*answers), [Source(data=many)])
    assert [type(item) for item in items] == [Skipped, Finding]
    assert items[0].reason is SkipReason.DAMAGED
    assert stats.gaps == 2


def test_a_detector_out_of_time_is_a_gap_beside_what_was_found():
    """What the other detectors found is reported."""
    items, stats = run(Scripted(Analysis((finding(),), timed_out=("x",))), [Source()])
    assert [type(item) for item in items] == [Finding, Skipped]
    assert items[1].reason is SkipReason.TIME_OUT
    assert stats.gaps == 1


def test_counts_of_unreported_values_are_summed():
    """Suppressed, masked and placeholder values are summed over chunks and files."""
    analysis = Analysis((), suppressed=1, masked_seen=2, placeholders=3)
    _, stats = run(Scripted(analysis, analysis), [Source(), Source()])
    assert (stats.suppressed, stats.masked_seen, stats.placeholders) == (2, 4, 6)


def test_findings_below_the_wanted_severity_are_only_counted_as_hidden():
    """They are neither yielded nor part of the counts."""
    analysis = Analysis((finding(severity=Severity.LOW), finding(severity=Severity.HIGH)))
    items, stats = run(Scripted(analysis), [Source()], min_severity=Severity.MEDIUM)
    assert [item.severity for item in items] == [Severity.HIGH]
    assert (stats.findings, stats.hidden) == (1, 1)


def test_stop_ends_between_chunks_and_between_inputs():
    """After stop nothing more is read; what was found before it stays."""
    asked = []

    def stop():
        asked.append(1)
        return len(asked) > 1

    items, stats = run(Scripted(Analysis((finding(),)), Analysis((finding(),))), [Source(), Source()], stop=stop)
    assert len(items) == 1
    assert stats.files == 1


def test_only_a_whole_named_input_counts_as_unread():
    """A skipped member, or a file found by walking, does not make the scan incomplete."""
    inputs = [
        Skipped(Origin("named"), SkipReason.VANISHED),
        Skipped(Origin("named", ("member",)), SkipReason.ENCRYPTED),
        Skipped(Origin("walked"), SkipReason.PERMISSION),
    ]
    _, stats = run(Scripted(), inputs, named=["named"])
    assert stats.named_unread == 1


def test_a_name_that_cannot_be_checked_is_withheld():
    """A failure of redaction never shows the name."""
    items, _ = run(Scripted(names=AnalysisError("x")), [Skipped(Origin(MOBILE, (MOBILE,)), SkipReason.LOOP)])
    assert items[0].origin == Origin(WITHHELD, (WITHHELD,))


def test_limits_reach_the_reader():
    """A file above the size limit is skipped as too large."""
    items, _ = run(Scripted(), [Source(data=b"line\n" * 1000)], limits=Limits(file_bytes=10))
    assert [item.reason for item in items] == [SkipReason.TOO_LARGE]


def test_suppressions_of_the_configuration_are_applied(tmp_path):
    """A rule in the configuration keeps findings quiet and counts them."""
    (tmp_path / "a.log").write_text(f"mobile={MOBILE}\n")
    config = Config.model_validate(
        {"suppress": [{"id": "ours", "match": {"entity": "CN_MOBILE"}, "reason": "our own number", "owner": "sec"}]}
    )
    items, stats = run(engine(config, Fingerprinter(b"k" * 32)), walk([str(tmp_path)]))
    assert items == []
    assert stats.suppressed == 1
    assert stats.by_rule == {"ours": 1}


def test_subjects_are_distinct_identifying_values():
    """Credentials, card codes and attributes many people share are no subjects; equal values are one."""
    stats = ScanStats()
    for one in (
        finding(fingerprint="aa" * 16),
        finding(fingerprint="aa" * 16),
        finding(fingerprint="bb" * 16),
        finding(entity="SECRET_CLOUD_KEY", grade={}, fingerprint="cc" * 16),
        finding(entity="CARD_CVV", grade={"jrt0171": "C3"}, fingerprint="dd" * 16),
        finding(entity="DATE_OF_BIRTH", fingerprint="ee" * 16),
    ):
        stats.count(one)
    assert stats.subjects == 2
    assert not identifies(finding(entity="SECRET_OTP"))


class Sometimes(io.RawIOBase):
    """A pipe: gives at most three bytes at once and cannot seek."""

    def __init__(self, data):
        self.data = io.BytesIO(data)

    def readable(self):
        return True

    def readinto(self, buffer):
        open_range = self.data.read(min(3, len(buffer)))
        buffer[: len(open_range)] = open_range
        return len(open_range)


@given(st.binary(max_size=200), st.lists(st.integers(0, 60), max_size=8))
def test_counting_changes_nothing_and_counts_every_byte_once(data, jumps):
    """Whatever is read where, the bytes are the file's, and the steps add up to the furthest byte read."""
    steps = []
    stream = CountingReader(io.BytesIO(data), steps.append)
    for jump in jumps:
        stream.seek(jump)
        assert stream.read(7) == data[jump : jump + 7]
    stream.seek(0)
    assert stream.read() == data
    assert sum(steps) == stream.seen == len(data)


def test_counting_works_with_pipes():
    """What cannot seek is read to its end."""
    stream = CountingReader(io.BufferedReader(Sometimes(b"0123456789")))
    assert not stream.seekable()
    assert stream.read() == b"0123456789"
    assert stream.seen == 10
