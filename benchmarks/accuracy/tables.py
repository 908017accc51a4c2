"""Exported tables: a header in one of three languages, and rows of invented people."""

from __future__ import annotations

from random import Random

from accuracy.fields import decoy
from accuracy.labels import HANT, ZH, key, value
from accuracy.sample import Line, Sample
from leakwatch_detectors.catalog import traits_of

ROWS = 6
_LANGUAGES = ("csv, simplified header", "csv, traditional header", "csv, English header")
_COMPANIONS = ("PERSON_NAME", "CN_MOBILE", "CN_RESIDENT_ID", "EMAIL_ADDRESS", "BANK_CARD", "CN_ADDRESS")


def table(rng: Random, entity: str, language: int, corpus: str) -> Sample:
    """A table with a column of ``entity``, columns of other entities, and decoys."""
    chosen = [entity, *rng.sample([one for one in _COMPANIONS if one != entity], 2)]
    if traits_of(entity).needs_card:
        chosen[1] = "BANK_CARD"
    columns: dict[str, str | None] = {}
    for one in chosen:
        columns.setdefault(key(rng, one, language), one)
    for _ in range(2):
        columns.setdefault(decoy(rng, language).key, None)
    names = list(columns)
    rng.shuffle(names)
    comma = "\t" if rng.random() < 0.15 else ","
    line = Line().append(comma.join(names))
    for _ in range(ROWS):
        line.append("\n")
        for place, name in enumerate(names):
            line.append(comma if place else "")
            found = columns[name]
            if found is not None:
                line.append_value(value(rng, found, language), found)
            else:
                line.append(_decoy_value(rng, language, name))
    return line.sample(corpus, _LANGUAGES[language], "export.tsv" if comma == "\t" else "export.csv")


def _decoy_value(rng: Random, language: int, name: str) -> str:
    """A value of the decoy with that column name."""
    while (made := decoy(rng, ZH if language == HANT else language)).key != name:
        pass
    return made.value
