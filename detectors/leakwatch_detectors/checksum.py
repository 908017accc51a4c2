"""Check digits. Each function gets the bare value, without separators, and says whether its check digit is right."""

from __future__ import annotations

_MOD_11_2_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_MOD_11_2_SIGNS = "10X98765432"
_LUHN_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_HKID_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2)
_TW_LETTERS = {
    letter: number
    for number, letter in enumerate("ABCDEFGHJKLMNPQRSTUVXYWZIO", start=10)  # not alphabetical: counties came late
}
_TW_WEIGHTS = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)


def mod_11_2(value: str) -> bool:
    """ISO 7064 MOD 11-2 over 17 digits and a sign ``0-9X``, as in GB 11643 identity numbers."""
    if len(value) != 18 or not value[:17].isascii() or not value[:17].isdigit():
        return False
    total = sum(int(digit) * weight for digit, weight in zip(value[:17], _MOD_11_2_WEIGHTS, strict=True))
    return value[17].upper() == _MOD_11_2_SIGNS[total % 11]


def luhn(value: str) -> bool:
    """ISO/IEC 7812-1 annex B, the check digit of cards (and of IMEI)."""
    if not value.isascii() or not value.isdigit():
        return False
    digits = [int(digit) for digit in reversed(value)]
    return (sum(digits[::2]) + sum(_LUHN_DOUBLED[digit] for digit in digits[1::2])) % 10 == 0


def hkid(value: str) -> bool:
    """Hong Kong identity card: one or two letters, six digits, and a check sign ``0-9A`` (weights 9 … 2, mod 11)."""
    body, sign = value[:-1].rjust(8), value[-1:]
    if len(body) != 8 or sign not in "0123456789A" or not sign:
        return False
    numbers = [36 if char == " " else int(char, 36) for char in body]
    total = sum(number * weight for number, weight in zip(numbers, _HKID_WEIGHTS, strict=True))
    return -total % 11 == int(sign, 16)


def tw_id(value: str) -> bool:
    """Taiwan national identity number and the resident numbers of its form: a letter and nine digits.

    The letter stands for two digits; weights 1 9 8 7 6 5 4 3 2 1 1, the sum is a multiple of 10.
    """
    return _tw_sum(value, value[1:])


def _tw_sum(value: str, digits: str) -> bool:
    if len(value) != 10 or value[0] not in _TW_LETTERS or not digits.isascii() or not digits.isdigit():
        return False
    numbers = [*divmod(_TW_LETTERS[value[0]], 10), *map(int, digits)]
    return sum(number * weight for number, weight in zip(numbers, _TW_WEIGHTS, strict=True)) % 10 == 0
