"""Tells secrets from what stands in their place: templates, words, digests, paths, code, masked text."""

from __future__ import annotations

import regex

from leakwatch_detectors.data.tables import words

AFTER_DELIMITER = r"""(?<=(?:[:：=＝>]|是|为|為|[ ]is)["'\\ ]{0,4}|--[a-z][a-z\-]{1,30} |[(,] ?')"""
"""Where a value begins: after a colon, an equals sign, an XML tag, 是 or 为, a command-line option, or in a row."""

_TEMPLATE = regex.compile(r"\$\{|#\{|\{\{|\{\}|^%[0-9a-z(]|^<|^\$[A-Z_a-z]|^@|^\[|process\.env|getenv|environ")
_MASKED = regex.compile(r"[*●•█]{2}|^[xX.\-_#?*]+$|[xX]{4}|#{4}|\.\.")
_DIGEST = regex.compile(r"^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9A-F]{32}|[0-9A-F]{40}|[0-9A-F]{64})$")
_HASHED = regex.compile(r"^(?:\$2[abxy]?\$|\$argon2|\$pbkdf2|\$[156]\$|\$5\$|\{[A-Za-z0-9]+\}|pbkdf2)")
_CODE = regex.compile(
    r"^(?:[A-Za-z_][A-Za-z0-9_]*[.:]{1,2})*[A-Za-z_][A-Za-z0-9_]*\(|^(?:[a-z_][A-Za-z0-9_]*\.)+[A-Za-z_]+$"
)
_PATH = regex.compile(r"^[a-z]{2,10}://|^(?:~?/[A-Za-z0-9._@~+\-]+)+/?$|^~$|^[A-Za-z]:[\\/]")
_IN_ORDER = regex.compile(r"abcdefghijklmnopqrstuvwxyz|ABCDEFGHIJKLMNOPQRSTUVWXYZ|(?:1234567890){2}|(?:0123456789){2}")
_STOP_WORDS = frozenset(words("secret_stopwords.txt"))


def is_path(value: str) -> bool:
    """Whether the value is an absolute path (``PWD=/home/app``) or a URL."""
    return bool(_PATH.match(value))


def is_placeholder(value: str) -> bool:
    """Whether the value stands for none: a stop word, a template, masked text, the alphabet or digits in order."""
    low = value.lower().strip("\"'`()[]{}<>.!?")
    if low in _STOP_WORDS or low.startswith(("your", "example-")):
        return True
    return any(one.search(value) is not None for one in (_TEMPLATE, _MASKED, _IN_ORDER))


def is_digest(value: str) -> bool:
    """Whether the value is a digest, bare or in the notation of a password hash."""
    return bool(_DIGEST.match(value) or _HASHED.match(value))


def is_code(value: str) -> bool:
    """Whether the value is a call or a dotted name of source code."""
    return bool(_CODE.match(value))
