"""Check digits: published specimens pass, and single errors are detected."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakwatch_detectors.values.checksums import (
    hkid,
    luhn,
    mod_11_2,
    mrz_td3,
    org_code,
    tw_id,
    tw_resident,
    tw_ubn,
    uscc,
    vin,
)

RIGHT = [
    *((mod_11_2, value) for value in ("11010519491231002X", "11010519491231002x", "440524188001010014")),
    *((luhn, value) for value in ("4111111111111111", "490154203237518", "6222020000000000000", "378282246310005")),
    *((hkid, value) for value in ("A1234563", "WX0000009", "Z683365A", "K0000000")),
    *((tw_id, value) for value in ("A123456789", "F100000006", "O200000006", "Z200000004", "A800000014")),
    *((tw_resident, value) for value in ("A800000014", "F870000001", "AC00000012", "FD00000019", "AB23456789")),
    *((tw_ubn, value) for value in ("04595252", "10458570", "10458574")),
    *((uscc, value) for value in ("91110000MA00000077", "91330100MA2A0000XC", "91350100M000100Y43")),
    *((org_code, value) for value in ("D2143569X", "MA0000007", "123456788")),
    *((vin, value) for value in ("LSVAA4181E2000000", "1M8GDM9AXKP042788")),
    (mrz_td3, "L898902C36UTO7408122F1204159ZE184226B<<<<<10"),
    (mrz_td3, "E000000008CHN9001011F3001019<<<<<<<<<<<<<<00"),
    (mrz_td3, "E000000008CHN9001011F3001019<<<<<<<<<<<<<<<0"),
]
WRONG = [
    *((mod_11_2, value) for value in ("110105194912310021", "1101051949123100", "", "１1010519491231002X")),
    *((luhn, value) for value in ("4111111111111112", "4111a11111111111", "", "４111111111111111")),
    *((hkid, value) for value in ("A1234564", "A123456X", "A12345", "", "ABC1234563")),
    *((tw_id, value) for value in ("A123456788", "a123456789", "A12345678", "1123456789", "A12345678９")),
    *((tw_resident, value) for value in ("A800000015", "AC00000013", "")),
    *((tw_ubn, value) for value in ("04595253", "0459525", "0459525２")),
    *((uscc, value) for value in ("91110000MA00000078", "91110000MA0000007", "9111000OMA00000077")),
    *((org_code, value) for value in ("D21435691", "D2143569", "D-143569X")),
    *((vin, value) for value in ("LSVAA4180E2000000", "LSVAA4181E200000", "LSVAA4181O2000000")),
    (mrz_td3, "E000000007CHN9001011F3001019<<<<<<<<<<<<<<00"),
    (mrz_td3, "E000000008CHN9001012F3001019<<<<<<<<<<<<<<00"),
    (mrz_td3, "E000000008CHN9001011F3001018<<<<<<<<<<<<<<00"),
    (mrz_td3, "E000000008CHN9001011F3001019<<<<<<<<<<<<<<01"),
    (mrz_td3, "E000000008CHN9001011F3001019<<<<<<<<<<<<<00"),
]


@pytest.mark.parametrize(("check", "value"), RIGHT)
def test_published_values_pass(check, value):
    """Specimens of the standards and published test numbers are accepted."""
    assert check(value)


@pytest.mark.parametrize(("check", "value"), WRONG)
def test_wrong_characters_lengths_and_scripts_are_rejected(check, value):
    """A wrong check character, a wrong length, other letters and digits of other scripts are rejected."""
    assert not check(value)


@given(st.from_regex(r"[1-6][0-9]{16}", fullmatch=True), st.integers(0, 16), st.integers(1, 9))
def test_mod_11_2_detects_every_single_wrong_digit(body, place, shift):
    """Exactly one check character fits a body, and each change of one digit is detected."""
    fitting = [char for char in "0123456789X" if mod_11_2(body + char)]
    assert len(fitting) == 1
    other = str((int(body[place]) + shift) % 10)
    assert not mod_11_2(body[:place] + other + body[place + 1 :] + fitting[0])


@given(st.text("0123456789", min_size=2, max_size=19), st.data())
def test_luhn_detects_every_single_wrong_digit(body, data):
    """Exactly one check digit fits a body, and each change of one digit is detected."""
    fitting = [digit for digit in "0123456789" if luhn(body + digit)]
    assert len(fitting) == 1
    place = data.draw(st.integers(0, len(body) - 1))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != body[place]]))
    assert not luhn(body[:place] + other + body[place + 1 :] + fitting[0])


@given(st.from_regex(r"[A-Z]{1,2}[0-9]{6}", fullmatch=True))
def test_exactly_one_check_character_fits_a_hong_kong_number(body):
    """One of the eleven check characters fits."""
    assert sum(hkid(body + char) for char in "0123456789A") == 1


@given(st.from_regex(r"[A-Z][12][0-9]{7}", fullmatch=True))
def test_exactly_one_check_digit_fits_a_taiwan_number(body):
    """One of the ten check digits fits."""
    assert sum(tw_id(body + digit) for digit in "0123456789") == 1
