"""A factory for detectors of numbers that only a key or a word near them identifies."""

from __future__ import annotations

from collections.abc import Callable

from leakwatch_detectors.contract import NO_TRAITS, Detector, Example, Prefilter, Region, Scores, Title, Traits
from leakwatch_detectors.data.categories import Category
from leakwatch_detectors.evidence.key_names import literals

KEY_OR_WORD = Scores(bare=0.0, key=0.8, context=0.6)
KEY_ONLY = Scores(bare=0.0, key=0.8, context=0.0)


def keyed_number(
    *,
    entity: str,
    region: Region,
    title: Title,
    category: Category,
    pattern: str,
    keys: tuple[str, ...],
    examples: tuple[Example, ...],
    words: tuple[str, ...] = (),
    digits: int = 0,
    needs_key: bool = False,
    scores: Scores = KEY_OR_WORD,
    scores_for: Callable[[str], Scores] | None = None,
    validator: Callable[[str], bool] | None = None,
    canonical: Callable[[str], str] | None = None,
    traits: Traits = NO_TRAITS,
    default: bool = True,
) -> Detector:
    """The detector of a number that is reported only with one of its ``keys`` or ``words``.

    The prefilter is derived from those: a line needs one of them and at least ``digits`` digits. The other parameters
    are fields of ``Detector``.
    """
    return Detector(
        entity=entity,
        region=region,
        title=title,
        severity=category.severity,
        grades=category.grades,
        profile_grades=category.profile_grades,
        traits=traits,
        pattern=pattern,
        prefilter=Prefilter(digits=digits, literals=literals((*keys, *words)), needs_key=needs_key),
        scores=scores,
        scores_for=scores_for,
        validator=validator,
        canonical=canonical,
        keys=keys,
        words=words,
        mask=category.mask,
        advice=category.advice,
        examples=examples,
        default=default,
    )
