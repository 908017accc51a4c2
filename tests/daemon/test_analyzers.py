"""Which analyzer reads which watch."""

import pytest

from leakwatch.config.config_model import Config
from leakwatch.core.errors import ConfigError
from leakwatch.core.model import Origin, TextChunk
from leakwatch.daemon.engine import Engine
from leakwatch.daemon.metrics import Metrics
from leakwatch.privacy.redaction import Fingerprinter
from leakwatch.state.store import open_store
from leakwatch_detectors.catalog import detectors

PROSE = TextChunk(Origin("/x/a.log"), "客户李小明来电反映其贷款已结清\n手机13900001234\n".encode())


@pytest.fixture
def engine(tmp_path):
    """An engine that is built and never started: loan reads prose, stock does not, their exports as configured."""
    here = str(tmp_path / "in")
    config = Config.model_validate(
        {
            "state_dir": str(tmp_path),
            "detect": {"rules": []},
            "watch": [
                {"name": "loan", "kind": "log", "paths": [here], "ner": True, "service": "loan-api"},
                {"name": "stock", "kind": "log", "paths": [here]},
                {"name": "loans", "kind": "export", "paths": [here], "ner": True},
                {"name": "stocks", "kind": "export", "paths": [here]},
            ],
            "suppress": [
                {"id": "a", "match": {"service": "loan-api", "entity": "CN_MOBILE"}, "reason": "r", "owner": "o"},
                {"id": "b", "match": {"service": "stocks"}, "reason": "r", "owner": "o"},
            ],
        }
    )
    store = open_store(tmp_path)
    yield Engine(config, store, Metrics(), Fingerprinter(bytes(32), "state"))
    store.close()


def test_each_watch_is_read_as_it_asks_for(engine):
    """Free text is read where a watch switches it on, and suppressions know the service of the watch, else its name."""
    read = {}
    for watch in (*engine.log_follower.watches, *engine.export_scanner.watches):
        analysis = watch.analyzer.analyze(PROSE)
        read[watch.watched.watch] = ({one.entity for one in analysis.findings}, dict(analysis.by_rule))
    assert read == {
        "loan": ({"PERSON_NAME"}, {"a": 1}),
        "stock": ({"CN_MOBILE"}, {}),
        "loans": ({"PERSON_NAME", "CN_MOBILE"}, {}),
        "stocks": (set(), {"b": 1}),
    }


def test_watches_that_ask_for_the_same_share_what_is_dear(engine):
    """Two watches of one thread that are read alike have one gate and one engine between them; two threads have not."""
    loan, stock = engine.log_follower.watches
    loans, _ = engine.export_scanner.watches
    assert stock.analyzer._detection is engine.log_follower.recorder.analyzer._detection
    assert loan.analyzer._detection is not stock.analyzer._detection
    assert loan.analyzer._detection is not loans.analyzer._detection


RULES = """
rules:
  - id: staff-no
    title: {zh: 工号, en: Staff number}
    pattern: 'SN-[0-9]{6}'
    severity: medium
    examples: {match: ["by ⟦SN-000001⟧"], no_match: ["by SN-1"]}
"""
LINE = "SN-000042 手机13900001234 税号 91110000600037341L mac=00:1A:2B:3C:4D:5E\n"
NAMED = TextChunk(Origin("/x/13900001234/a.log"), LINE.encode())


def built(tmp_path, watches, **detect):
    """An engine for watches (by name, with their detect), never started, and the state that it holds."""
    here = str(tmp_path / "in")
    listed = [
        {"name": name, "kind": "log", "paths": [here], "detect": settings, "ner": False}
        for name, settings in watches.items()
    ]
    settings = {"state_dir": str(tmp_path), "detect": {"rules": []} | detect, "watch": listed}
    store = open_store(tmp_path)
    try:
        return Engine(Config.model_validate(settings), store, Metrics(), Fingerprinter(bytes(32), "state"))
    finally:
        store.close()


def seen(engine, chunk=NAMED):
    return {
        watch.watched.watch: {one.entity: one for one in watch.analyzer.analyze(chunk).findings}
        for watch in engine.log_follower.watches
    }


def test_each_watch_narrows_or_extends_what_is_looked_for(tmp_path):
    """Its detectors, regions, rules, least score and profile are its own; the others keep what counts for all."""
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULES, encoding="utf-8")
    engine = built(
        tmp_path,
        {
            "plain": None,
            "narrow": {"disable": ["cn-mobile"]},
            "abroad": {"regions": ["hk"], "enable": ["cn-uscc"]},
            "again": {"enable": ["mac-address"]},
            "own": {"rules": [str(rules)]},
            "sure": {"min_score": 1.0},
            "law": {"profile": "pipl28"},
        },
        disable=["mac-address"],
    )
    found = seen(engine)
    assert {name: set(its) for name, its in found.items()} == {
        "plain": {"CN_MOBILE"},
        "narrow": set(),
        "abroad": {"CN_USCC"},
        "again": {"CN_MOBILE", "MAC_ADDRESS"},
        "own": {"CN_MOBILE", "STAFF_NO"},
        "sure": set(),
        "law": {"CN_MOBILE"},
    }
    assert found["law"]["CN_MOBILE"].severity < found["plain"]["CN_MOBILE"].severity
    assert found["law"]["CN_MOBILE"].grade["pipl28"] == "not-sensitive"


def test_settings_that_come_to_the_same_share_one_analyzer(tmp_path):
    """However they are written: in another order, or as what counts anyway."""
    watches = {
        "a": None,
        "b": {"min_score": 0.5, "regions": ["tw", "mo", "hk", "cn"], "disable": ["cn-landline"]},
        "c": {"disable": ["vin", "cn-mobile"]},
        "d": {"disable": ["cn-mobile", "vin"]},
    }
    a, b, c, d = (watch.analyzer for watch in built(tmp_path, watches, disable=["cn-landline"]).log_follower.watches)
    assert a._detection is b._detection
    assert c._detection is d._detection
    assert a._detection is not c._detection


def test_what_a_watch_leaves_out_is_still_masked_in_names(tmp_path):
    """A number that is no finding in a log is none of the chat's business in the log's name."""
    line = TextChunk(Origin("/x/13900001234/a.log"), "身份证 440301190808080125\n".encode())
    found = seen(built(tmp_path, {"narrow": {"disable": ["cn-mobile"]}, "sure": {"min_score": 0.97}}), line)
    assert {its["CN_RESIDENT_ID"].path for its in found.values()} == {"/x/139****1234/a.log"}


def test_a_watch_without_any_detector_is_refused_by_name(tmp_path):
    """Nothing to look for is a mistake, and it is said whose."""
    everything = [one.id for one in detectors()]
    with pytest.raises(ConfigError, match="watch blind: no detector is active"):
        built(tmp_path, {"blind": {"disable": everything}})
