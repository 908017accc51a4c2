"""A value is found again however it is written, under every key that is left, and the answer does not hold it."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.alert_samples import incident
from support.sample_findings import PLACES, finding

from leakwatch.config.config_model import Config
from leakwatch.core.model import Origin, TextChunk
from leakwatch.detection.analyze import Analyzer
from leakwatch.detection.policy import select
from leakwatch.detection.rules import catalogue
from leakwatch.privacy.redaction import Fingerprinter
from leakwatch.state.lookup import PLACES_SHOWN, look_up
from leakwatch.state.store import open_store, read_only

OLD, NEW = Fingerprinter(b"o" * 32, "state"), Fingerprinter(b"n" * 32, "state")
DETECTORS = catalogue(Config())
MOBILE = "13900001101"


@pytest.fixture
def store(tmp_path):
    store = open_store(tmp_path / "state")
    yield store
    store.close()


def put(store, key, number, value, entity="CN_MOBILE", at=1000.0, **more):
    """A finding of that value, made with that key."""
    store.enter_epoch(key.id)
    found = finding(entity=entity, fingerprint=key.value(entity, value), masked="139****1101", **more)
    store.add_finding(b"%08d" % number, more.pop("incident", "LW-1"), found, at)


def ask(store, value, *keys):
    with closing(read_only(store.path.parent)) as connection:
        return look_up(connection, keys or (OLD, NEW), DETECTORS, value)


def test_a_value_is_found_under_every_key(store):
    """When, where and how often; what is kept of the incident stands beside it."""
    store.save_incident(replace(incident(), id="LW-1"))
    put(store, OLD, 1, MOBILE, at=1000.0, path="/l/a.log", place=PLACES[0])
    put(store, NEW, 2, MOBILE, at=2000.0, path="/l/b.log", inside=("x.csv",), place=PLACES[1])
    put(store, NEW, 3, "13900001102", at=3000.0)
    answer = ask(store, MOBILE)
    assert (answer["found"], answer["findings"]) == (True, 2)
    assert (answer["first_seen"], answer["last_seen"], answer["lost"]) == (1000.0, 2000.0, 0)
    (one,) = answer["incidents"]
    assert (one["id"], one["entity"], one["masked"]) == ("LW-1", "CN_MOBILE", "139****1101")
    assert (one["severity"], one["place"]) == (incident().severity.label, incident().place)
    assert [(place["path"], place["inside"], place["place"]) for place in one["places"]] == [
        ("/l/b.log", ["x.csv"], PLACES[1].record()),
        ("/l/a.log", [], PLACES[0].record()),
    ]


@pytest.mark.parametrize(
    "spelt", ["+86 139-0000-1101", " 1390000 1101\n", "１３９００００１１０１", "0086 13900001101"]
)
def test_any_spelling_finds_it(store, spelt):
    """As it is written is no part of a value."""
    put(store, NEW, 1, MOBILE)
    assert ask(store, spelt)["found"]


def test_what_is_unknown_is_reported_with_what_it_could_be(store):
    """A person who mistyped sees it by the mask, or by that it looks like nothing."""
    answer = ask(store, MOBILE)
    assert (answer["found"], answer["findings"], answer["incidents"]) == (False, 0, [])
    assert answer["kinds"] == [{"entity": "CN_MOBILE", "masked": "139****1101"}]
    assert ask(store, "☃ nothing at all ☃")["kinds"] == []
    several = {kind["entity"] for kind in ask(store, "1234567")["kinds"]}
    assert len(several) > 1, "only a key would say which of them it is"


def test_findings_of_a_key_that_is_gone_are_counted(store):
    """A "no" must not be taken for more than it is."""
    put(store, OLD, 1, MOBILE)
    put(store, OLD, 2, "13900001102")
    put(store, NEW, 3, "13900001103")
    answer = ask(store, MOBILE, NEW)
    assert (answer["found"], answer["lost"]) == (False, 2)


def test_findings_from_before_there_were_epochs_are_those_of_the_first_key(store):
    """The key that is in use at the first start after the upgrade made them."""
    found = finding(fingerprint=OLD.value("CN_MOBILE", MOBILE), entity="CN_MOBILE")
    store.add_finding(b"1", "LW-1", found, 1.0)
    store.enter_epoch(OLD.id)
    store.enter_epoch(NEW.id)
    assert ask(store, MOBILE)["findings"] == 1
    assert ask(store, MOBILE, NEW)["lost"] == 1


def test_the_latest_places_are_reported_and_all_are_counted(store):
    """A number in every line must not make a page of a million lines."""
    for number in range(PLACES_SHOWN + 5):
        put(store, NEW, number, MOBILE, at=float(number))
    (one,) = ask(store, MOBILE)["incidents"]
    assert one["findings"] == PLACES_SHOWN + 5
    assert [place["seen_at"] for place in one["places"]] == [float(PLACES_SHOWN + 4 - at) for at in range(PLACES_SHOWN)]


def test_what_analysis_finds_a_lookup_finds(store):
    """Both make the fingerprint of the same spelling: every example of every detector, as it stands in its line."""
    chosen = [one for one in select(DETECTORS, {"cn", "hk", "mo", "tw"}, ()) if one.ner is None]
    analyzer = Analyzer(chosen, NEW)
    number = checked = 0
    for detector in chosen:
        for example in detector.examples:
            text = example.line.replace("⟦", "").replace("⟧", "")
            for found in analyzer.analyze(TextChunk(Origin("a.log"), text.encode())).findings:
                if found.entity != detector.entity or not hasattr(found.place, "line") or "\n" in text:
                    continue
                number += 1
                value = text[found.place.start_column - 1 : found.place.end_column - 1]
                store.enter_epoch(NEW.id)
                store.add_finding(b"%08d" % number, f"LW-{number}", found, 1.0)
                answer = ask(store, value)
                assert found.entity in {one["entity"] for one in answer["incidents"]}, (detector.id, example.why)
                checked += 1
    assert checked > 100


@given(st.text(max_size=60))
def test_no_text_is_an_error(text):
    """No input makes the canonical form of a detector fail."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.row_factory = sqlite3.Row
        connection.executescript(_EMPTY)
        assert look_up(connection, (NEW,), DETECTORS, text)["found"] is False


_EMPTY = """
    CREATE TABLE meta (name, value); CREATE TABLE incident (id, first_seen, severity, service, env, owner, watch, place,
    field_key); CREATE TABLE finding (incident, entity, masked, fingerprint, seen_at, path, inside, place, epoch);
"""


def test_the_answer_does_not_hold_the_value(store):
    """Masked, as everywhere."""
    put(store, NEW, 1, MOBILE)
    for value in (MOBILE, "440301190808080125", "wang.canary@example.com", "6205500000000000004"):
        assert value not in json.dumps(ask(store, value))
