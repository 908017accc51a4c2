"""Access tokens that their own form gives away, read from ``token_formats.tsv``."""

from __future__ import annotations

from typing import NamedTuple

import regex

from leakwatch_detectors.data.tables import lines

_ALPHABETS = {
    "hex": "0a1b2c3d4e5f60718293a4b5c6d7e8f9" * 8,
    "capitals": "0A1B2C3D4E5F6G7H8J9KLMNPQRSTUVWX" * 8,
    "small": "0a1b2c3d4e5f6g7h8i9jklmnopqrstuvwxyz" * 12,
    "mixed": "0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sTuVwXyZ" * 40,
    "letters": "aBcDeFgHiJkLmNoPqRsTuVwXyZ" * 4,
    "bech32": "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L" * 2,
}
_CLASSES = {"hex": "[0-9a-f]", "capitals": "[A-Z0-9]", "small": "[a-z0-9]", "mixed": "[A-Za-z0-9]"}
_BODY = regex.compile(r"\{([a-z0-9]+):([0-9]+)\}")
_LAST_BODY = regex.compile(rf"(?r){_BODY.pattern}")


class TokenFormat(NamedTuple):
    """Who issues a token, its pattern, and templates of a token and of a similar text that is none.

    In a template ``{mixed:36}`` stands for 36 characters of that alphabet; nobody has these tokens.
    """

    issuer: str
    pattern: str
    example_template: str
    miss_template: str

    @property
    def example(self) -> str:
        """A token of this form."""
        return _filled(self.example_template)

    @property
    def miss(self) -> str:
        """A similar text that the pattern must not match."""
        return _filled(self.miss_template)


def _filled(template: str) -> str:
    text: str = _BODY.sub(lambda body: _ALPHABETS[body[1]][: int(body[2])], template)
    return text


def _read(line: str) -> TokenFormat:
    issuer, example, pattern, miss = (*line.split("\t"), "", "")[:4]
    if not pattern:
        pattern = _BODY.sub(lambda body: f"{_CLASSES[body[1]]}{{{body[2]}}}", example.replace(".", "[.]"))
    if not miss:
        miss = _LAST_BODY.sub(lambda body: f"{{{body[1]}:{int(body[2]) - 1}}}", example, count=1)
    return TokenFormat(issuer, pattern, example, miss)


TOKEN_FORMATS = tuple(map(_read, lines("token_formats.tsv")))

ANY_TOKEN = "|".join(form.pattern for form in TOKEN_FORMATS)
"""All formats in one pattern."""
