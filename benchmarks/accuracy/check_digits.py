"""Check digits of generated numbers, implemented independently of the detectors so that mistakes do not cancel out."""

from __future__ import annotations

_MOD11_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_TW_REGIONS = {
    letter: 10 + place for place, letter in enumerate("ABCDEFGHJKLMNPQRSTUVXYWZIO")
}  # the official order: I and O come last, W between Y and Z
_VIN_VALUES = dict(
    zip("ABCDEFGHJKLMNPRSTUVWXYZ", (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9), strict=True)
)
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def luhn(body: str) -> str:
    """The digit that makes ``body`` pass Luhn."""
    total = sum(
        sum(divmod(int(digit) * 2, 10)) if place % 2 == 0 else int(digit) for place, digit in enumerate(reversed(body))
    )
    return str(-total % 10)


def mod11(body: str) -> str:
    """The 18th character of a mainland identity number."""
    return "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, _MOD11_WEIGHTS, strict=True)) % 11]


def hong_kong(body: str) -> str:
    """The character in brackets of a Hong Kong identity card."""
    values = [36 if char == " " else int(char, 36) for char in body.rjust(8)]
    return "0123456789A"[-sum(value * weight for value, weight in zip(values, range(9, 1, -1), strict=True)) % 11]


def taiwan(body: str) -> str:
    """The last digit of a Taiwan identity or resident number: a letter, then eight digits (or a letter and seven)."""
    first = _TW_REGIONS[body[0]]
    second = _TW_REGIONS[body[1]] % 10 if body[1].isalpha() else int(body[1])
    digits = [first // 10, first % 10, second, *map(int, body[2:])]
    return str(-sum(digit * weight for digit, weight in zip(digits, (1, 9, 8, 7, 6, 5, 4, 3, 2, 1), strict=True)) % 10)


def machine_readable(field: str) -> str:
    """The check digit of a field of a passport's machine-readable zone."""
    values = (0 if char == "<" else int(char, 36) for char in field)
    return str(sum(value * (7, 3, 1)[place % 3] for place, value in enumerate(values)) % 10)


def vehicle(number: str) -> str:
    """The check (ninth) character of a 17-character vehicle identification number; its present one is ignored."""
    values = (_VIN_VALUES[char] if char.isalpha() else int(char) for char in number)
    return "0123456789X"[sum(value * weight for value, weight in zip(values, _VIN_WEIGHTS, strict=True)) % 11]
