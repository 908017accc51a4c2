"""Third-party corpora beside the checkout, with their labels mapped to entities.

A missing corpus is skipped and reported. This repository contains none of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accuracy.sample import Line, Sample, Span
from accuracy.scoring import OTHER, SECRET

_ENTITIES = {
    "CN_ID_CARD": "CN_RESIDENT_ID",
    "CN_ID_CARD_FORMAT": "CN_RESIDENT_ID",
    "HMT_RESIDENCE": "CN_RESIDENCE_PERMIT",
    "HMT_RESIDENCE_FORMAT": "CN_RESIDENCE_PERMIT",
    "CN_MOBILE": "CN_MOBILE",
    "CN_PHONE": "CN_MOBILE",
    "CN_LANDLINE": "CN_LANDLINE",
    "CN_PASSPORT": "CN_PASSPORT",
    "CN_MILITARY_ID": "CN_MILITARY_ID",
    "CN_PLATE": "CN_LICENSE_PLATE",
    "CN_PLATE_ICE": "CN_LICENSE_PLATE",
    "CN_PLATE_NEV": "CN_LICENSE_PLATE",
    "CN_NAME": "PERSON_NAME",
    "TW_NAME": "PERSON_NAME",
    "CN_ADDRESS": "CN_ADDRESS",
    "TW_ADDRESS": "CN_ADDRESS",
    "HM_PERMIT": "CN_HOME_RETURN_PERMIT",
    "TW_PERMIT": "CN_TW_COMPATRIOT_PERMIT",
    "HKID": "HK_ID",
    "MACAU_ID": "MO_BIR",
    "TW_ID": "TW_NATIONAL_ID",
    "TW_ARC": "TW_RESIDENT_CERT",
    "TW_ARC_NEW": "TW_RESIDENT_CERT",
    "TW_ARC_OLD": "TW_RESIDENT_CERT",
    "TW_MOBILE": "TW_MOBILE",
    "TW_LANDLINE": "TW_LANDLINE",
    "TW_PASSPORT": "TW_PASSPORT",
    "CN_BANK_CARD": "BANK_CARD",
    "CN_BANK_CARD_FORMAT": "BANK_CARD",
    "CN_BANK_CARD_BINLEN": "BANK_CARD",
    "CN_USCC": "CN_USCC",
    "CN_USCC_FORMAT": "CN_USCC",
    "TW_UBN": "TW_UBN",
    "CREDIT_CARD": "BANK_CARD",
    "BANK_CARD": "BANK_CARD",
    "EMAIL": "EMAIL_ADDRESS",
    "EMAIL_ADDRESS": "EMAIL_ADDRESS",
    "QQ": "QQ_NUMBER",
    "WECHAT": "WECHAT_ID",
}
# The key under which a bare value is tested.
_VECTOR_KEYS = {
    "CN_RESIDENT_ID": "身份证号：",
    "CN_RESIDENT_ID_15": "身份证号：",
    "CN_RESIDENCE_PERMIT": "居住证号：",
    "CN_MOBILE": "手机号：",
    "CN_LANDLINE": "固定电话：",
    "CN_FOREIGN_PERMANENT_RESIDENT_ID": "永久居留证号：",
    "CN_USCC": "统一社会信用代码：",
    "CN_PASSPORT": "护照号码：",
    "HK_PASSPORT": "护照号码：",
    "MO_PASSPORT": "护照号码：",
    "CN_LICENSE_PLATE": "车牌号：",
    "PERSON_NAME": "姓名：",
    "CN_ADDRESS": "地址：",
    "CN_HOME_RETURN_PERMIT": "回乡证：",
    "CN_TW_COMPATRIOT_PERMIT": "台胞证：",
    "HK_ID": "香港身份证号：",
    "MO_BIR": "澳门身份证号：",
    "TW_NATIONAL_ID": "身分證字號：",
    "TW_RESIDENT_CERT": "居留證號：",
    "TW_MOBILE": "行動電話：",
    "TW_LANDLINE": "市話：",
    "TW_PASSPORT": "護照號碼：",
    "TW_UBN": "統一編號：",
    "BANK_CARD": "卡号：",
    "EMAIL_ADDRESS": "邮箱：",
    "QQ_NUMBER": "QQ：",
    "WECHAT_ID": "微信号：",
}
# Labels that are more specific for us: the label, and a pattern for the start of the value.
_BETTER_NAMES = {
    ("CN_ID_CARD", "8[123]0000"): "CN_RESIDENCE_PERMIT",
    ("CN_ID_CARD", "9[0-9]{17}"): "CN_FOREIGN_PERMANENT_RESIDENT_ID",
    ("CN_PASSPORT", "[KHkh]"): "HK_PASSPORT",
    ("CN_PASSPORT", "[Mm]"): "MO_PASSPORT",
    ("CN_PASSPORT", ".*通行证[^0-9A-Za-z]*[CW]"): "CN_HKM_EXIT_PERMIT",
}
OFF = {"CN_USCC": "cn-uscc", "TW_UBN": "tw-ubn"}
"""Entities of vectors whose detectors are off by default, with the ids of those."""

_CHECKED = frozenset(
    {
        *("CN_RESIDENT_ID", "CN_RESIDENCE_PERMIT", "CN_FOREIGN_PERMANENT_RESIDENT_ID", "BANK_CARD", "CN_USCC"),
        *("HK_ID", "TW_NATIONAL_ID", "TW_RESIDENT_CERT", "TW_UBN"),
    }
)

# The documented placeholders: detected, and rightly not reported.
_PLACEHOLDERS = {"13800138000", "12345678901", "11010519491231002X", "4111111111111111", "A123456789"}


def is_placeholder(value: str) -> bool:
    """Whether a value is a documented placeholder."""
    plain = "".join(char for char in value if char.isalnum()).upper()
    return plain in _PLACEHOLDERS or len(set(plain)) == 1


class Corpora:
    """The corpora in a directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.missing: list[str] = []

    def samples(self) -> Iterator[Sample]:
        """All labelled texts of the corpora that exist."""
        for name, read in _READERS.items():
            path = self._directory / name
            if not path.exists():
                self.missing.append(name)
                continue
            for line in path.read_text(encoding="utf-8").splitlines():
                yield from read(json.loads(line))

    def vectors(self) -> Iterator[Vector]:
        """The values of third-party validators and generators, including entities that are off by default."""
        for name in ("validator_vectors.jsonl", "validator_vectors_generated.jsonl"):
            path = self._directory / name
            for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
                yield from _vectors(json.loads(line))

    def logs(self) -> Iterator[Path]:
        """Real logs without personal data of the kinds that are detected."""
        directory = self._directory / "logs"
        if not directory.exists():
            self.missing.append("logs/")
            return
        yield from sorted(path for path in directory.rglob("*") if path.is_file())


@dataclass(frozen=True, slots=True)
class Vector:
    """A labelled value. ``entity`` None: it belongs to no entity.

    ``valid`` follows check digit and date where the corpus has computed them, otherwise it is the peer's claim.
    """

    kind: str
    entity: str | None
    value: str
    valid: bool

    @property
    def checked(self) -> bool:
        """Whether values of this entity have a check digit, so that the truth can be computed."""
        return self.entity in _CHECKED

    @property
    def sample(self) -> Sample:
        """The value under the key of its kind."""
        if self.entity is None:
            return Sample("vectors", self.kind, f"value {self.value} seen")
        line = Line().append(_VECTOR_KEYS[self.entity]).append_value(self.value, self.entity if self.valid else None)
        kind = f"{self.kind}, {'valid' if self.valid else 'invalid'}"
        return Sample("vectors", kind, line.text, tuple(line.spans), target=self.entity)


def _vectors(record: dict[str, Any]) -> Iterator[Vector]:
    kind, value = record["entity"], record["value"]
    if kind.startswith("NOT_PII_"):
        yield Vector(kind, None, value, valid=False)
        return
    entity = _entity_of(kind, value)
    if entity is None or is_placeholder(value):
        return
    checks = [record[check] for check in ("checksum_ok", "date_ok") if record.get(check) is not None]
    valid = all(checks) if record.get("checksum_ok") is not None else record["valid"]
    if entity == "CN_RESIDENT_ID" and valid and len(value) == 15:
        entity = "CN_RESIDENT_ID_15"
    yield Vector(kind, entity, value, valid=valid)


def _vector(record: dict[str, Any]) -> Iterator[Sample]:
    for vector in _vectors(record):
        if vector.entity not in OFF:
            yield vector.sample


def _entity_of(kind: str, value: str) -> str | None:
    if kind == "TW_PHONE":  # its landlines have unassigned area codes
        return "TW_MOBILE" if re.fullmatch(r"09\d{8}", value) else None
    if kind == "CN_PLATE" and value[1:2] in {"I", "O"}:  # letters that plates do not use
        return None
    if kind == "TW_ID_OR_ARC":
        return "TW_NATIONAL_ID" if value[1:2] in {"1", "2"} else "TW_RESIDENT_CERT"
    for (of, begins), entity in _BETTER_NAMES.items():
        if kind == of and re.match(begins, value):
            return entity
    return _ENTITIES.get(kind)


def _credential(record: dict[str, Any]) -> Iterator[Sample]:
    """A text that must be flagged somewhere, or nowhere."""
    kind = record["rule"].partition(":")[0]
    yield Sample(
        "credentials", kind, record["text"], name="config.yml", target=SECRET, count=int(record["should_flag"])
    )


def _peer_test(record: dict[str, Any]) -> Iterator[Sample]:
    """A text of a peer's own tests, with the number of expected spans; only some give their positions."""
    entity, text = _entity_of(record["entity"], record["text"]), record["text"]
    if entity is None:
        return
    kind = record["source"].partition("@")[0]
    if record["spans"]:
        spans = [Span(one["start"], one["end"], entity) for one in record["spans"]]
        real = tuple(one for one in spans if not is_placeholder(text[one.start : one.end]))
        yield Sample("peer tests", kind, text, real, target=entity)
    elif not any(is_placeholder(run) for run in re.findall(r"[0-9A-Z](?:[0-9A-Z ]*[0-9A-Z])?", text)):
        yield Sample("peer tests", kind, text, target=entity, count=record["expect_count"])


def _research(record: dict[str, Any]) -> Iterator[Sample]:
    """Synthetic English text; labels of other entities are ignored."""
    wanted = {"CREDIT_CARD": "BANK_CARD", "EMAIL_ADDRESS": "EMAIL_ADDRESS"}
    spans = tuple(Span(one["start"], one["end"], wanted.get(one["type"], OTHER)) for one in record["spans"])
    yield Sample("presidio-research", "English", record["text"], spans, name="text.md")


_READERS: dict[str, Callable[[dict[str, Any]], Iterator[Sample]]] = {
    "validator_vectors.jsonl": _vector,
    "validator_vectors_generated.jsonl": _vector,
    "credential_cases.jsonl": _credential,
    "pii_peer_tests.jsonl": _peer_test,
    "pii_presidio_research_en.jsonl": _research,
}
