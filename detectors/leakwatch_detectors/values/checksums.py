"""Check digits. Each function takes the value without separators and returns whether its check digit is right."""

from __future__ import annotations

from operator import mul

_MOD_11_2_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_MOD_11_2_CHARACTERS = "10X98765432"
_MOD_11_2_ZEROS = ord("0") * sum(_MOD_11_2_WEIGHTS)
_DIGITS = bytes.maketrans(b"0123456789", bytes(range(10)))
_LUHN_DOUBLED = bytes.maketrans(bytes(range(10)), bytes((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)))
_HKID_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2)
_TW_LETTERS = {
    letter: number
    for number, letter in enumerate(
        "ABCDEFGHJKLMNPQRSTUVXYWZIO", start=10
    )  # not alphabetical: counties were added later
}
_TW_WEIGHTS = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)
_USCC_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VIN_VALUES = dict(zip("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "012345678912345678123457923456789"), strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def mod_11_2(value: str) -> bool:
    """ISO 7064 MOD 11-2 over 17 digits and a character ``0-9X``, as in GB 11643 identity numbers."""
    body = value[:17]
    if len(value) != 18 or not body.isascii() or not body.isdigit():
        return False
    total = sum(map(mul, body.encode(), _MOD_11_2_WEIGHTS)) - _MOD_11_2_ZEROS
    return value[17].upper() == _MOD_11_2_CHARACTERS[total % 11]


def luhn(value: str) -> bool:
    """ISO/IEC 7812-1 annex B, the check digit of cards (and of IMEI)."""
    if not value.isascii() or not value.isdigit():
        return False
    digits = value.encode().translate(_DIGITS)
    return (sum(digits[::-2]) + sum(digits[-2::-2].translate(_LUHN_DOUBLED))) % 10 == 0


def hkid(value: str) -> bool:
    """Hong Kong identity card: one or two letters, six digits, check character ``0-9A`` (weights 9 … 2, mod 11)."""
    body, char = value[:-1].rjust(8), value[-1:]
    if len(body) != 8 or char not in "0123456789A" or not char:
        return False
    numbers = [36 if char == " " else int(char, 36) for char in body]
    total = sum(number * weight for number, weight in zip(numbers, _HKID_WEIGHTS, strict=True))
    return -total % 11 == int(char, 16)


def tw_id(value: str) -> bool:
    """Taiwan national identity number and the resident numbers of its form: a letter and nine digits.

    The letter stands for two digits. With weights 1 9 8 7 6 5 4 3 2 1 1 the sum is a multiple of 10.
    """
    return _tw_sum(value, value[1:])


def _tw_sum(value: str, digits: str) -> bool:
    if len(value) != 10 or value[0] not in _TW_LETTERS or not digits.isascii() or not digits.isdigit():
        return False
    numbers = [*divmod(_TW_LETTERS[value[0]], 10), *map(int, digits)]
    return sum(number * weight for number, weight in zip(numbers, _TW_WEIGHTS, strict=True)) % 10 == 0


def tw_resident(value: str) -> bool:
    """Taiwan resident certificate: the new form has the check digit of the identity number.

    In the old form the second letter (A to D) stands for the last digit of its number.
    """
    second = value[1:2]
    if second in _TW_LETTERS:
        return _tw_sum(value, str(_TW_LETTERS[second] % 10) + value[2:])
    return tw_id(value)


def tw_ubn(value: str) -> bool:
    """Taiwan unified business number: eight digits, weights 1 2 1 2 1 2 4 1, digit sum of the products, mod 5."""
    if len(value) != 8 or not value.isascii() or not value.isdigit():
        return False
    products = [int(digit) * weight for digit, weight in zip(value, (1, 2, 1, 2, 1, 2, 4, 1), strict=True)]
    total = sum(product // 10 + product % 10 for product in products)
    return total % 5 == 0 or (value[6] == "7" and (total + 1) % 5 == 0)


def uscc(value: str) -> bool:
    """GB 32100 unified social credit code: 18 characters out of 31, weights are powers of 3, mod 31."""
    if len(value) != 18 or not set(value) <= set(_USCC_CHARACTERS):
        return False
    total = sum(_USCC_CHARACTERS.index(char) * pow(3, place, 31) for place, char in enumerate(value[:17]))
    return _USCC_CHARACTERS.index(value[17]) == -total % 31


def org_code(value: str) -> bool:
    """GB 11714 organisation code: eight characters and a check character ``0-9X``, weights 3 7 9 10 5 8 4 2, mod 11."""
    if len(value) != 9 or not value.isascii() or not value[:8].isalnum():
        return False
    total = sum(int(char, 36) * weight for char, weight in zip(value[:8], (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    return value[8] == "0123456789X0"[11 - total % 11]


def mrz_digit(value: str) -> str:
    """ICAO 9303 check digit of a field: weights 7 3 1, letters count from 10, ``<`` is 0."""
    numbers = (0 if char == "<" else int(char, 36) for char in value)
    return str(sum(number * (7, 3, 1)[place % 3] for place, number in enumerate(numbers)) % 10)


def mrz_td3(line: str) -> bool:
    """ICAO 9303 TD3, second line of a passport: four check digits (``<`` is allowed for an empty optional field)."""
    if len(line) != 44:
        return False
    optional = mrz_digit(line[28:42]) == line[42] or (line[42] == "<" and not line[28:42].strip("<"))
    whole = line[:10] + line[13:20] + line[21:43]
    return (
        optional
        and mrz_digit(line[:9]) == line[9]
        and mrz_digit(line[13:19]) == line[19]
        and mrz_digit(line[21:27]) == line[27]
        and mrz_digit(whole) == line[43]
    )


def vin(value: str) -> bool:
    """GB 16735 (ISO 3779) vehicle identification number: the ninth of 17 characters is the check character, mod 11."""
    if len(value) != 17 or not set(value) <= set(_VIN_VALUES):
        return False
    total = sum(_VIN_VALUES[char] * weight for char, weight in zip(value, _VIN_WEIGHTS, strict=True))
    return value[8] == "0123456789X"[total % 11]
