"""A YAML file as a tree with the position of each key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from leakwatch.config.problems import InvalidConfigError, Mark, Problem

Steps = tuple[str | int, ...]

_MAX_CHARACTERS = 1024 * 1024
_MAX_NODES = 100_000
_MERGE = "tag:yaml.org,2002:merge"


@dataclass(slots=True)
class Node:
    """A value and the position of its key (or of itself if it has none).

    ``value`` is a dict of text to ``Node``, a list of ``Node``, or a YAML scalar.
    """

    at: Mark
    value: Any

    def plain(self) -> Any:
        """The value without places."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def child(self, step: str | int) -> Node | None:
        """The child under a key or at an index, or None."""
        if isinstance(self.value, dict):
            return self.value.get(step)
        if isinstance(self.value, list) and isinstance(step, int) and step < len(self.value):
            found: Node = self.value[step]
            return found
        return None

    def nearest(self, steps: Steps) -> Node:
        """The node at ``steps``, or the deepest existing one on the way."""
        node = self
        for step in steps:
            inner = node.child(step)
            if inner is None:
                break
            node = inner
        return node

    def leaves(self, steps: Steps = ()) -> Iterator[tuple[Steps, Mark]]:
        """Every scalar with its path and position."""
        if isinstance(self.value, dict) and self.value:
            for key, node in self.value.items():
                yield from node.leaves((*steps, key))
        elif isinstance(self.value, list) and self.value:
            for at, node in enumerate(self.value):
                yield from node.leaves((*steps, at))
        else:
            yield steps, self.at


def spell(steps: Steps) -> str:
    """A path as displayed: ``alerts.channels[0].url``."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return text.removeprefix(".")


def parse(text: str, file: str) -> Node:
    """The tree of a YAML document; ``InvalidConfigError`` with the position of a syntax error."""
    if len(text) > _MAX_CHARACTERS:
        raise InvalidConfigError([Problem(Mark(file), "", "is larger than 1 MiB; this cannot be a configuration file")])
    try:
        loader = yaml.SafeLoader(text)
        root = loader.get_single_node()
        tree = Node(Mark(file), {}) if root is None else _Builder(loader, file).build(root, None)
    except yaml.MarkedYAMLError as error:
        place = error.problem_mark or error.context_mark
        at = Mark(file, place.line + 1, place.column + 1) if place else Mark(file)
        raise InvalidConfigError([Problem(at, "", f"is not YAML: {error.problem or error.context}")]) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise InvalidConfigError([Problem(Mark(file, line), "", "holds a control character; take it out")]) from None
    except RecursionError:
        raise InvalidConfigError([Problem(Mark(file), "", "is nested too deeply")]) from None
    if not isinstance(tree.value, dict):
        raise InvalidConfigError([Problem(Mark(file), "", "must be a mapping: lines like `key: value`")])
    return tree


class _Builder:
    """Builds our nodes from PyYAML's and rejects what PyYAML accepts: duplicate keys and keys that are not strings."""

    def __init__(self, loader: yaml.SafeLoader, file: str) -> None:
        self._loader = loader
        self._file = file
        self._nodes = 0
        self._problems: list[Problem] = []

    def build(self, root: yaml.Node, at: Mark | None) -> Node:
        tree = self._node(root, at)
        if self._problems:
            raise InvalidConfigError(self._problems)
        return tree

    def _node(self, node: yaml.Node, at: Mark | None) -> Node:
        self._nodes += 1
        if self._nodes > _MAX_NODES:  # aliases of aliases grow without end
            raise RecursionError
        at = at or self._mark(node)
        if isinstance(node, yaml.MappingNode):
            return Node(at, self._mapping(node))
        if isinstance(node, yaml.SequenceNode):
            return Node(at, [self._node(item, None) for item in node.value])
        try:
            return Node(at, self._loader.construct_object(node))
        except ValueError:
            self._problems.append(Problem(at, "", "is not a value YAML can read; put it in quotes"))
            return Node(at, None)

    def _mapping(self, node: yaml.MappingNode) -> dict[str, Node]:
        given: dict[str, Node] = {}
        merged: list[dict[str, Node]] = []
        for key, value in node.value:
            at = self._mark(key)
            if key.tag == _MERGE:
                parts = value.value if isinstance(value, yaml.SequenceNode) else [value]
                merged += [self._mapping(part) for part in parts if isinstance(part, yaml.MappingNode)]
            elif not isinstance(key, yaml.ScalarNode):
                self._problems.append(Problem(at, "", "a key must be a text"))
            elif key.value in given:
                self._problems.append(Problem(at, key.value, f"is given twice; first at {given[key.value].at}"))
            else:
                given[key.value] = self._node(value, at)
        for part in merged:  # own keys win, then the first of several parts: YAML's rule for merge keys
            given = {**part, **given}
        return given

    def _mark(self, node: yaml.Node) -> Mark:
        return Mark(self._file, node.start_mark.line + 1, node.start_mark.column + 1)
