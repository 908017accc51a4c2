"""The results as Markdown tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from accuracy.real_logs import Alarms
from accuracy.sample import Sample
from accuracy.scoring import Fault, Prediction, Score, score, total

OURS = "leakwatch"

# Corpora that are scored together: precision on records means little without the traps.
GROUPS: dict[str, tuple[str, ...]] = {
    "generated records and traps": ("generated", "traps"),
    "noisy spellings": ("noisy",),
    "validator vectors": ("vectors",),
    "peers' own tests": ("peer tests",),
    "presidio-research, English": ("presidio-research",),
    "credential cases": ("credentials",),
}

_EXPLANATION = """\
A prediction counts when it covers at least 80 % of a labelled value of its entity; *strict* is the share of those
with exact ends. A tool is judged only on what it claims to find. P precision, R recall, F F1, in per cent."""


@dataclass(frozen=True)
class Tool:
    """A tool and what it found."""

    name: str
    claims: frozenset[str]
    predictions: Sequence[Sequence[Prediction]]


@dataclass
class Results:
    """All results of a run."""

    seed: int
    samples: Sequence[Sample]
    tools: Sequence[Tool]
    missing_corpora: Sequence[str] = ()
    missing_peers: Mapping[str, str] = field(default_factory=dict)
    log_files: Alarms | None = None
    log_alarms: Mapping[str, Alarms] = field(default_factory=dict)

    def scores(
        self, tool: Tool, corpora: Iterable[str], claims: frozenset[str] | None = None
    ) -> tuple[dict[str, Score], list[Fault]]:
        """A tool's scores on some corpora, for what it claims or for ``claims``."""
        wanted = set(corpora)
        chosen = [place for place, sample in enumerate(self.samples) if sample.corpus in wanted]
        return score(
            [self.samples[place] for place in chosen],
            [tool.predictions[place] for place in chosen],
            claims or tool.claims,
        )


def markdown(results: Results) -> str:
    """The whole report."""
    parts = [_head(results), _overall(results), _peer_comparison(results)]
    parts += [_entities(results, title, corpora) for title, corpora in GROUPS.items()]
    parts += [_kinds(results, "generated", "Recall by format, generated records", misses=True)]
    parts += [
        _kinds(results, "traps", "False alarms by trap", misses=False),
        _kinds(results, "noisy", "Recall by noisy spelling", misses=True),
    ]
    parts.append(_logs(results))
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(results: Results) -> str:
    lines = sum(sample.text.count("\n") + 1 for sample in results.samples)
    paragraphs = [
        "# Accuracy",
        f"{len(results.samples)} texts, {lines} lines, seed {results.seed}.",
        _EXPLANATION,
    ]
    if results.missing_corpora:
        paragraphs.append(f"Missing corpora, skipped: {', '.join(results.missing_corpora)}.")
    paragraphs += [f"Peer not measured: {name}: {why}." for name, why in results.missing_peers.items()]
    return "\n\n".join(paragraphs)


def _overall(results: Results) -> str:
    rows = []
    for title, corpora in GROUPS.items():
        for tool in results.tools:
            scores, _ = results.scores(tool, corpora)
            if scores:
                whole = total(scores.values())
                rows.append(
                    [
                        title,
                        tool.name,
                        str(len(scores)),
                        *_figures(whole),
                        _share(whole.exact, whole.hits),
                        str(whole.misses),
                        str(whole.false_alarms),
                    ]
                )
    return "## Overall\n\n" + table(["corpus", "tool", "entities", "P", "R", "F", "strict", "missed", "false"], rows)


def _peer_comparison(results: Results) -> str:
    """Leakwatch against each peer on the entities that the peer claims, and where it is behind."""
    ours, *peers = results.tools
    rows, behind = [], []
    for peer in peers:
        for title, corpora in GROUPS.items():
            theirs, _ = results.scores(peer, corpora)
            mine, _ = results.scores(ours, corpora, peer.claims)
            if not theirs and not mine:
                continue
            rows.append([peer.name, title, *_figures(total(theirs.values())), *_figures(total(mine.values()))])
            behind += [
                [title, entity, peer.name, *_figures(theirs[entity]), *_figures(mine.get(entity, Score()))]
                for entity in sorted(theirs)
                if _not_ahead(mine.get(entity, Score()).f1, theirs[entity].f1)
            ]
    if not rows:
        return ""
    text = "## leakwatch on the entities that each peer claims\n\n" + table(
        ["peer", "corpus", "P", "R", "F", "our P", "our R", "our F"], rows
    )
    text += "\n\n### Where leakwatch is not ahead of a peer (F1, unless both have 100)\n\n"
    return text + (
        table(["corpus", "entity", "peer", "P", "R", "F", "our P", "our R", "our F"], behind) if behind else "Nowhere."
    )


def _entities(results: Results, title: str, corpora: Sequence[str]) -> str:
    ours, *peers = results.tools
    mine, _ = results.scores(ours, corpora)
    if not mine:
        return ""
    theirs = {peer.name: results.scores(peer, corpora)[0] for peer in peers}
    shown = [name for name, scores in theirs.items() if scores]
    rows = []
    for entity in sorted({*mine, *(entity for name in shown for entity in theirs[name])}):
        one = mine.get(entity, Score())
        row = [entity, str(one.hits + one.misses), *_figures(one), _share(one.exact, one.hits)]
        rows.append(
            row + [" / ".join(_figures(theirs[name][entity])) if entity in theirs[name] else "" for name in shown]
        )
    return f"## {title.capitalize()}, by entity\n\n" + table(
        ["entity", "values", "P", "R", "F", "strict", *(f"{name} P / R / F" for name in shown)], rows
    )


def _kinds(results: Results, corpus: str, title: str, *, misses: bool) -> str:
    """Recall or number of false alarms of every tool, by kind of text."""
    kinds = list(dict.fromkeys(sample.kind for sample in results.samples if sample.corpus == corpus))
    columns: list[list[str]] = []
    for tool in results.tools:
        column = []
        for kind in kinds:
            chosen = [
                place for place, sample in enumerate(results.samples) if (sample.corpus, sample.kind) == (corpus, kind)
            ]
            scores, _ = score(
                [results.samples[place] for place in chosen], [tool.predictions[place] for place in chosen], tool.claims
            )
            whole = total(scores.values())
            column.append(_percent(whole.recall) if misses else str(whole.false_alarms))
        columns.append(column)
    if not kinds:
        return ""
    return f"## {title}\n\n" + table(
        [corpus, *(tool.name for tool in results.tools)], [list(row) for row in zip(kinds, *columns, strict=True)]
    )


def _logs(results: Results) -> str:
    rows = [] if results.log_files is None else [[f"{OURS}, whole files", *_alarm(results.log_files)]]
    rows += [[f"{name}, sampled lines", *_alarm(alarms)] for name, alarms in results.log_alarms.items()]
    if not rows:
        return ""
    return "## Real logs without personal data: findings of severity medium and above\n\n" + table(
        ["tool", "lines", "per 100,000 lines", "what"], rows
    )


def _alarm(alarms: Alarms) -> list[str]:
    what = ", ".join(f"{count} {entity}" for entity, count in alarms.by_entity.most_common(6))
    return [str(alarms.lines), f"{alarms.per_100k:.0f}", what]


def _figures(one: Score) -> list[str]:
    return [_percent(one.precision), _percent(one.recall), _percent(one.f1)]


def _not_ahead(ours: float | None, theirs: float | None) -> bool:
    """Whether a peer is as good or better; a perfect score is never behind."""
    return bool(theirs) and (ours or 0.0) <= (theirs or 0.0) and ours != 1


def _share(part: int, whole: int) -> str:
    return _percent(part / whole if whole else None)


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value * 100:.1f}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines)
