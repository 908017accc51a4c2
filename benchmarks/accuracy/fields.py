"""The fields of a generated record: the value under test, other values, and decoys that are no personal data."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from accuracy import values
from accuracy.labels import EN, key, value
from leakwatch_detectors.catalog import traits_of

_COMPANIONS = (
    "CN_MOBILE",
    "PERSON_NAME",
    "CN_RESIDENT_ID",
    "EMAIL_ADDRESS",
    "BANK_CARD",
    "CN_ADDRESS",
    "DATE_OF_BIRTH",
)


@dataclass(frozen=True, slots=True)
class Field:
    """A key and its value; a decoy has no entity."""

    key: str
    value: str
    entity: str | None = None


def decoy(rng: Random, language: int) -> Field:
    """A common field that is no personal data."""
    day = f"20{rng.randrange(24, 27)}{rng.randrange(1, 13):02}{rng.randrange(1, 29):02}"
    made: tuple[tuple[str, str, str], ...] = (
        ("订单号", "orderNo", f"{day[2:]}{rng.randrange(240000):06}{rng.randrange(10**6):06}"),
        ("流水号", "serialNo", values.digits(rng, 18)),
        ("追踪号", "traceId", values.uuid(rng).replace("-", "")),
        ("批次号", "batchNo", day + values.digits(rng, 6)),
        ("耗时", "cost", str(rng.randrange(3000))),
        ("状态", "status", rng.choice(("OK", "SUCCESS", "0", "1"))),
        ("时间", "timestamp", str(1_700_000_000_000 + rng.randrange(10**11))),
        ("金额", "amount", f"{rng.randrange(10**6)}.{rng.randrange(100):02}"),
        ("渠道", "channel", rng.choice(("APP", "H5", "WECHAT", "PC"))),
        ("ID", "id", str(1_200_000_000_000_000_000 + rng.randrange(10**17))),
    )
    chinese, english, text = rng.choice(made)
    return Field(english if language == EN else chinese, text)


def record(rng: Random, entity: str, language: int) -> list[Field]:
    """A record with a value of ``entity``, perhaps other values, and decoys, in random order."""
    entities = [entity, *rng.sample(_COMPANIONS, rng.choice((0, 0, 1, 2)))]
    if traits_of(entity).needs_card:
        entities.append("BANK_CARD")
    made: dict[str, Field] = {}
    for one in entities:
        chosen = key(rng, one, language)
        made.setdefault(chosen, Field(chosen, value(rng, one, language), one))
    for _ in range(rng.choice((0, 1, 2))):
        other = decoy(rng, language)
        made.setdefault(other.key, other)
    fields = list(made.values())
    rng.shuffle(fields)
    return fields
