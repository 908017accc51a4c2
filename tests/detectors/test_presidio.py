"""The Presidio bridge: silent, offline, with exact scores, and an error when a pattern times out."""

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


def test_only_our_detectors_run():
    """Presidio's predefined recognisers are not loaded."""
    engine = build_engine(detectors())
    assert sorted(engine.get_supported_entities(LANGUAGE)) == [detector.entity for detector in detectors()]
    assert all(isinstance(one, PatternRecognizer) for one in engine.get_recognizers(LANGUAGE))


def test_a_result_carries_its_evidence():
    """Each result has the evidence and the span of the key in its metadata."""
    results = build_engine(detectors()).analyze(LINE, LANGUAGE)
    by_entity = {one.entity_type: one for one in results}
    assert set(by_entity) == {"CN_RESIDENT_ID", "CN_MOBILE", "SECRET_PASSWORD"}
    found = by_entity["CN_RESIDENT_ID"]
    assert found.recognition_metadata[EVIDENCE] is Evidence.KEY
    assert LINE[slice(*found.recognition_metadata[KEY_SPAN])] == "idCardNo"
    assert found.score == by_id("cn-resident-id").scores.key


def test_a_valid_check_digit_does_not_raise_the_score():
    """Validators only reject; Presidio's own rule would give 1.0 to one random number in ten."""
    recogniser = DetectorRecognizer(by_id("bank-card"))
    (found,) = recogniser.analyze("6222020000000000000", ["BANK_CARD"])
    assert found.score < 1


def test_results_without_evidence_are_dropped():
    """A detector with bare score 0 reports nothing without a key or word."""
    engine = build_engine([by_id("cn-passport")])
    assert engine.analyze("E00000000 returned", LANGUAGE) == []
    assert len(engine.analyze("passport E00000000", LANGUAGE)) == 1


def test_the_engine_writes_nothing_and_opens_no_connection(caplog, capfd, monkeypatch):
    """Even at DEBUG, building and using the engine logs nothing and uses no network."""

    def refuse(*_args, **_kwargs):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with caplog.at_level(logging.DEBUG):
        build_engine(detectors()).analyze(LINE, LANGUAGE, return_decision_process=True)
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


def test_a_pattern_timeout_is_an_error(monkeypatch):
    """The caller gets an error whose message does not contain the text."""
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


def test_a_detector_may_have_its_own_recogniser():
    """The ``recognizer`` factory of a detector is used."""
    made = []

    def factory(detector):
        made.append(detector.entity)
        return DetectorRecognizer(detector)

    build_engine([replace(by_id("cn-mobile"), recognizer=factory)])
    assert made == ["CN_MOBILE"]
