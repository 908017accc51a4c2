"""Which analyzer reads which watch."""

import pytest

from leakwatch.config import Config
from leakwatch.daemon.engine import Engine
from leakwatch.daemon.metrics import Metrics
from leakwatch.model import Origin, TextChunk
from leakwatch.redaction import Fingerprinter
from leakwatch.store import open_store

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
    for watch in (*engine.tailing.watches, *engine.exporting.watches):
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
    loan, stock = engine.tailing.watches
    loans, _ = engine.exporting.watches
    assert stock.analyzer._detection is engine.tailing.analyzer._detection
    assert loan.analyzer._detection is not stock.analyzer._detection
    assert loan.analyzer._detection is not loans.analyzer._detection
