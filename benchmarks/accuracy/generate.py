"""The generated corpora, from one seed: records in every format, tables, traps and noisy spellings."""

from __future__ import annotations

from itertools import product
from random import Random

from accuracy.fields import record
from accuracy.formats import CHINESE_ONLY, ENGLISH_ONLY, FORMATS, KEYLESS_FORMATS, SUFFIXES
from accuracy.labels import EN, HANT, KEYLESS, ZH
from accuracy.noisy import noisy
from accuracy.sample import Sample
from accuracy.tables import table
from accuracy.traps import TRAPS
from accuracy.values import GENERATORS
from leakwatch_detectors.catalog import traits_of

_PRIVATE_KEY_ONLY_IN = ("logback", "json log", "json in json", "yaml", "python repr", "customer service")


def records(rng: Random, each: int) -> list[Sample]:
    """Every entity ``each`` times in every format that can hold it."""
    made = []
    for entity, (kind, write) in product(GENERATORS, FORMATS.items()):
        if (
            (kind in KEYLESS_FORMATS and entity not in KEYLESS)
            or (entity == "SECRET_PRIVATE_KEY" and kind not in _PRIVATE_KEY_ONLY_IN)
            # an expiry date counts only beside its card, and in this format each line is a record of its own
            or (traits_of(entity).needs_card and kind == "yaml")
        ):
            continue
        for _ in range(each):
            fields = record(rng, entity, _language(rng, kind))
            if kind in KEYLESS_FORMATS:
                fields = [one for one in fields if one.entity is None or one.entity in KEYLESS]
            made.append(write(rng, fields).sample("generated", kind, SUFFIXES.get(kind, "app.log")))
    return made


def _language(rng: Random, kind: str) -> int:
    if kind in ENGLISH_ONLY:
        return EN
    if kind in CHINESE_ONLY:
        return rng.choice((ZH, ZH, HANT))
    return rng.choice((EN, EN, ZH, HANT))


def tables(rng: Random, each: int) -> list[Sample]:
    """Every entity in a column of ``each`` tables of every language."""
    fitting = [entity for entity in GENERATORS if entity not in {"SECRET_PRIVATE_KEY", "CARD_TRACK_DATA"}]
    return [
        table(rng, entity, language, "generated")
        for entity in fitting
        for language in (ZH, HANT, EN)
        for _ in range(each)
    ]


def traps(rng: Random, each: int) -> list[Sample]:
    """Every kind of trap ``each`` times."""
    return [Sample("traps", kind, make(rng)) for kind, make in TRAPS.items() for _ in range(each)]


def generated(seed: int, scale: int) -> list[Sample]:
    """All generated samples; at ``scale`` 4 (the default) more than five thousand lines."""
    rng = Random(seed)
    return [*records(rng, scale), *tables(rng, max(1, scale // 4)), *traps(rng, scale * 15), *noisy(rng, scale)]
