"""Chinese surnames, and words that stand where a name is expected but are none."""

from __future__ import annotations

from leakwatch_detectors.data.tables import characters, words

SURNAMES = "".join(sorted(characters("surnames.txt")))
"""Surnames of one character, simplified and traditional."""

COMPOUND_SURNAMES = words("compound_surnames.txt")
"""Surnames of two characters, simplified and traditional."""

RARE_SURNAMES = "门商满楼盘官豆晋初普敬修银玉信智南况冶尉斯揭诺哈宾"
"""Surnames that are other words far more often: they count only where something else indicates a person."""

NOT_NAMES = frozenset(words("not_names.txt"))
"""Words after a name key that begin like a name."""
