"""A list of the mistakes of leakwatch, grouped, each with its text."""

from __future__ import annotations

from collections import defaultdict

from accuracy.report import GROUPS, Results
from accuracy.scoring import Fault

_BEFORE, _AFTER, _EACH = 60, 25, 3


def listing(results: Results) -> str:
    """One line per mistake: the size of its group, what was missed or wrongly found, the format and the text around."""
    lines = []
    for title, corpora in GROUPS.items():
        _, faults = results.scores(results.tools[0], corpora)
        causes: dict[tuple[bool, str, str], list[Fault]] = defaultdict(list)
        for fault in faults:
            causes[fault.missed, fault.span.entity, fault.sample.kind].append(fault)
        lines.append(f"== {title}")
        for (missed, entity, kind), found in sorted(causes.items(), key=lambda cause: -len(cause[1])):
            lines += [
                f"{len(found):4} {'missed' if missed else 'FALSE'} {entity} in {kind}: {_around(one)}"
                for one in found[:_EACH]
            ]
    return "\n".join(lines) + "\n"


def _around(fault: Fault) -> str:
    text, span = fault.sample.text, fault.span
    value = text[span.start : span.end][:200]
    return f"{text[max(0, span.start - _BEFORE) : span.start]}⟦{value}⟧{text[span.end : span.end + _AFTER]}".replace(
        "\n", "⏎"
    )
