"""Several configuration files as one: named lists grow, everything else is replaced by the later file."""

from __future__ import annotations

from collections.abc import Iterator

from leakwatch.config.problems import Problem
from leakwatch.config.yaml_document import Node, Steps, spell

# lists that a later file extends, with the key that identifies an item (none: the item itself)
NAMED: dict[Steps, str | None] = {
    ("watch",): "name",
    ("alerts", "channels"): "name",
    ("alerts", "silences"): "name",
    ("suppress",): "id",
    ("detect", "rules"): None,
}


def merge(earlier: Node, later: Node, steps: Steps = ()) -> Node:
    """Both trees in one; where they differ the later one counts."""
    if isinstance(earlier.value, dict) and isinstance(later.value, dict):
        together = dict(earlier.value)
        for key, node in later.value.items():
            together[key] = merge(together[key], node, (*steps, key)) if key in together else node
        return Node(earlier.at, together)
    if steps in NAMED and isinstance(earlier.value, list):
        if later.value is None:
            return earlier
        if isinstance(later.value, list):
            return Node(earlier.at, earlier.value + later.value)
    return later


def repeated(tree: Node) -> Iterator[Problem]:
    """The items of named lists whose name is taken already."""
    for steps, key in NAMED.items():
        seen: dict[str, Node] = {}
        items = tree.nearest(steps)
        count = len(items.value) if isinstance(items.value, list) else 0
        for at in range(count):
            path = (*steps, at) if key is None else (*steps, at, key)
            named = tree.nearest(path)
            if not isinstance(named.value, str):
                continue
            first = seen.setdefault(named.value, named)
            if first is not named:
                yield Problem(named.at, spell(path), f"the same name is used at {first.at}; rename or remove one")
