"""The Presidio side: silent, offline, exact about scores, and honest about patterns that take too long."""

import logging
import socket
from dataclasses import replace

import pytest
from presidio_analyzer import PatternRecognizer

from leakwatch_detectors import presidio
from leakwatch_detectors.catalog import by_id, detectors
from leakwatch_detectors.contract import Prefilter, Scores
from leakwatch_detectors.evidence.context import Evidence
from leakwatch_detectors.presidio import (
    EVIDENCE,
    KEY_SPAN,
    LANGUAGE,
    DetectorRecognizer,
    PatternTimeoutError,
    build_engine,
)

LINE = "idCardNo=440301190808080125 手机：13900001234 password=Abc123!x"


def test_only_our_detectors_answer():
    """Neither Presidio's own recognisers nor any other run."""
    engine = build_engine(detectors())
    assert sorted(engine.get_supported_entities(LANGUAGE)) == [detector.entity for detector in detectors()]
    assert all(isinstance(one, PatternRecognizer) for one in engine.get_recognizers(LANGUAGE))


def test_a_result_says_what_its_score_rests_on():
    """Evidence and the span of the key travel with each result."""
    results = build_engine(detectors()).analyze(LINE, LANGUAGE)
    by_entity = {one.entity_type: one for one in results}
    assert set(by_entity) == {"CN_RESIDENT_ID", "CN_MOBILE", "SECRET_PASSWORD"}
    found = by_entity["CN_RESIDENT_ID"]
    assert found.recognition_metadata[EVIDENCE] is Evidence.KEY
    assert LINE[slice(*found.recognition_metadata[KEY_SPAN])] == "idCardNo"
    assert found.score == by_id("cn-resident-id").scores.key


def test_a_passing_check_digit_never_forces_certainty():
    """Validators only refuse; Presidio's own rule would give 1.0 to one random number in ten."""
    recogniser = DetectorRecognizer(by_id("bank-card"))
    (found,) = recogniser.analyze("6222020000000000000", ["BANK_CARD"])
    assert found.score < 1


def test_results_without_evidence_are_dropped():
    """A detector of bare score 0 reports nothing when nothing names the value."""
    engine = build_engine([by_id("cn-passport")])
    assert engine.analyze("E00000000 returned", LANGUAGE) == []
    assert len(engine.analyze("passport E00000000", LANGUAGE)) == 1


def test_nothing_is_written_or_connected(caplog, capfd, monkeypatch):
    """Building and using the engine at DEBUG writes no byte and opens no connection."""

    def refuse(*_args, **_kwargs):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with caplog.at_level(logging.DEBUG):
        build_engine(detectors()).analyze(LINE, LANGUAGE, return_decision_process=True)
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


def test_a_pattern_out_of_time_is_an_error_not_a_silence(monkeypatch):
    """The caller learns that a text was not looked at; the text is not in the message."""
    slow = replace(
        by_id("cn-mobile"),
        pattern=r"(?:a|aa)+[0-9]",
        prefilter=Prefilter(),
        scores=Scores(0.6, 0.9, 0.9),
        validator=None,
    )
    monkeypatch.setattr(presidio, "PATTERN_TIMEOUT_SECONDS", 0.01)
    with pytest.raises(PatternTimeoutError) as caught:
        build_engine([slow]).analyze("a" * 400 + "b1", LANGUAGE)
    assert caught.value.entity == "CN_MOBILE"
    assert "aaa" not in str(caught.value)


def test_a_detector_may_bring_its_own_recogniser():
    """The factory of a detector is used when there is one."""
    made = []

    def factory(detector):
        made.append(detector.entity)
        return DetectorRecognizer(detector)

    build_engine([replace(by_id("cn-mobile"), recognizer=factory)])
    assert made == ["CN_MOBILE"]
