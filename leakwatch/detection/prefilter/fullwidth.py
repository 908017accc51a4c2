"""Characters that Chinese text often writes in full width: a search must accept both forms.

The view of a line has the ASCII forms. A line that differs in nothing else needs no view of its own.
"""

from __future__ import annotations

import re

SIGNS = ",:()!?;"
WIDE = "".join(chr(ord(sign) + 0xFEE0) for sign in SIGNS)
PLAIN = str.maketrans(WIDE, SIGNS)

_EITHER = {sign: rf"(?:{re.escape(sign)}|{wide})" for sign, wide in zip(SIGNS, WIDE, strict=True)}
_TOKEN = re.compile(
    r"""
      (?P<class> \[ \^? \]? (?: \\. | [^\]\\] )* \] )
    | (?P<syntax> \(\? (?: P?<[A-Za-z_][A-Za-z0-9_]*> | P=[A-Za-z0-9_]+\) | <?[=!] | [A-Za-z\-]*[:)] | > | \([^)]*\) )
      | \\[xpP]\{[^}]*\} | \{[0-9]*,?[0-9]*\} )
    | \\(?P<escaped> . )
    | (?P<plain> [,:;!] )
    """,
    re.VERBOSE | re.DOTALL,
)


def either_width(pattern: str) -> str:
    """The pattern with both forms of each of these characters."""
    return _TOKEN.sub(_either, pattern)


def _either(token: re.Match[str]) -> str:
    if token["class"]:
        return _class(token["class"])
    sign = token["escaped"] or token["plain"]
    return _EITHER.get(sign, token[0]) if sign else token[0]


def _class(text: str) -> str:
    """A class with such a character also gets its full-width form; a negated class matches that form already."""
    if text.startswith("[^"):
        return text
    try:
        taken = re.compile(re.sub(r"\\x\{([0-9A-Fa-f]+)\}", lambda code: re.escape(chr(int(code[1], 16))), text))
    except re.error:
        return f"{text[:-1]}{WIDE}]"
    return text[:-1] + "".join(wide for sign, wide in zip(SIGNS, WIDE, strict=True) if taken.match(sign)) + "]"
