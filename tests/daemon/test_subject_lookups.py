"""What the daemon answers to a lookup, and that numbers cannot be tried out."""

import threading
import time

import pytest
from support.daemon_state import MOBILE
from support.sample_findings import finding

from leakwatch.config.config_model import Config
from leakwatch.daemon import subject_lookups as module
from leakwatch.daemon.subject_lookups import ELSEWHERE, SubjectLookups
from leakwatch.detection.rules import catalogue
from leakwatch.privacy.keyring import keyring
from leakwatch.privacy.redaction import Fingerprinter
from leakwatch.state.store import open_store

KEY = Fingerprinter(b"k" * 32, "state")
DETECTORS = catalogue(Config())


@pytest.fixture
def lookups(tmp_path):
    store = open_store(tmp_path)
    store.enter_epoch(KEY.id)
    store.add_finding(b"1", "LW-1", finding(entity="CN_MOBILE", fingerprint=KEY.value("CN_MOBILE", MOBILE)), 1.0)
    yield SubjectLookups(tmp_path, keyring(tmp_path, KEY, keep=True), lambda: DETECTORS)
    store.close()


def request(lookups, **more):
    return {"state_dir": str(lookups.state_dir), "value": MOBILE, "uid": 0} | more


def test_it_answers_while_the_store_is_at_work(lookups):
    """It reads by itself."""
    assert lookups.answer(request(lookups))["findings"] == 1


def test_a_question_for_another_state_is_refused(lookups):
    """Several daemons may be reached under one runtime directory."""
    assert lookups.answer(request(lookups, state_dir="/elsewhere")) == ELSEWHERE


def test_there_is_one_answer_in_a_time_whoever_asks(lookups, monkeypatch):
    """Two who ask at once wait for each other."""
    pauses = []
    monkeypatch.setattr(module.time, "sleep", pauses.append)
    monkeypatch.setattr(module.time, "monotonic", lambda: 100.0)
    asking = [threading.Thread(target=lookups.answer, args=(request(lookups),)) for _ in range(3)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert sorted(pauses) == [0.0, module.SECONDS, module.SECONDS]
    assert time.monotonic() == 100.0
