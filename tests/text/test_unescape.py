"""Views: escapes undone, look-alikes made plain, and every character traceable."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leakwatch.text import unescape
from leakwatch.text.unescape import ODD_CHARACTERS, flat, view

PIECES = st.sampled_from(
    [
        *(
            "139",
            "0000",
            "1234",
            " ",
            "手机",
            "：",
            "mobile",
            "=",
            '"',
            "a",
            "\u200b",
            "１３９",
            "＠",
            "\u3000",
            "\ufeff",
        ),
        *(
            "%22",
            "%3A",
            "%E6%89%8B",
            "%CA%D6",
            "%2522",
            "\\u0022",
            "\\\\u0022",
            '\\"',
            '\\\\\\"',
            "\\n",
            "\\t",
            "\\x3d",
        ),
        *("\x1b[32m", "\x1b[0m", "\\u001b[31m", "#033[1m", "&quot;", "&#x31;", "&#49;", "&amp;#49;", "\\ud83d\\ude00"),
        *("%", "\\", "&", "%E6", "\\u12", "&nosuch;", "\\ud83d", "%00", "\0", "😀", "٣", "\u2013", "C:\\temp", "100%1"),
    ]
)
TEXTS = st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=40)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("%2213900001234%22", '"13900001234"'),
        ("mobile%3A13900001234", "mobile:13900001234"),
        ("%CA%D6%BB%FA=139", "手机=139"),
        ("%E6%89%8B%E6%9C%BA=139", "手机=139"),
        ("\\u0022139", '"139'),
        ('\\\\\\"139\\\\\\"', '"139"'),
        ("a\\t139\\n", "a\t139\n"),
        ("\x1b[1;32m139\x1b[0m0000", "1390000"),
        ("\\u001b[32m139\\033[0m", "139"),
        ("#033[32m139^[[0m", "139"),
        ("&#x31;3900001234&quot;", '13900001234"'),
        ("&amp;#49;", "1"),
        ("%25323139", "23139"),
        ('{\\"\\u624b\\u673a\\":\\"139\\"}', '{"手机":"139"}'),
        ("１３９０＠：Ａ", "1390@:A"),
        ("139\u30000000\u00a01234", "139 0000 1234"),
        ("1\u200b3\u202a9\ufeff", "139"),
        ("139–0000", "139-0000"),
        ("٣٤", "34"),
        ("x\0y", "x\ufffdy"),
        ("\\ud83d\\ude00", "😀"),
    ],
)
def test_what_is_meant(written, meant):
    """The spellings that hide numbers in logs are undone, as deep as they are nested."""
    assert view(written).text == meant


@pytest.mark.parametrize(
    "text",
    ["5%13900001234", "%zz", "&nosuch;", "\\u12", "100%", "a & b", "C:\\Users", "½㎏①²", "%E6"],
)
def test_what_is_no_escape_stays(text):
    """What only looks like an escape, and what has no plain form, is left alone."""
    assert view(text).text == text


@given(TEXTS)
@example("%2213900001234%22")
def test_every_character_is_traced_to_the_original(text):
    """The map is monotone, its spans lie inside the text, do not overlap unless equal, and are not empty."""
    seen = view(text)
    previous = (0, 0)
    for at in range(len(seen.text)):
        start, end = seen.original(at, at + 1)
        assert 0 <= start < end <= len(text)
        assert start >= previous[0]
        assert start >= previous[1] or (start, end) == previous
        previous = (start, end)


@given(TEXTS)
def test_a_view_never_holds_nul_and_can_be_encoded_when_the_text_can(text):
    """NUL joins lines for Presidio, so no line may hold one; views are always valid text."""
    seen = view(text)
    assert "\0" not in seen.text
    if not any(0xD800 <= ord(sign) < 0xE000 for sign in text):
        seen.text.encode()


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="\\%&#^")))
def test_plain_text_is_its_own_view(text):
    """Nothing is copied or mapped where there is nothing to undo."""
    seen = view(text)
    assert seen.text is text
    assert seen.starts is None


@given(TEXTS)
def test_characters_outside_the_odd_ranges_never_change(text):
    """What the prefilter takes for plain is plain: outside of escapes only odd characters change."""
    plain = "".join(
        sign
        for sign in text
        if sign not in "\\%&#^\x1b" and not any(low <= ord(sign) <= high for low, high in ODD_CHARACTERS)
    )
    assert view(plain).text == plain


@given(st.lists(TEXTS.map(lambda text: text.replace("\n", "")), max_size=4))
def test_flat_is_the_view_of_each_line(lines):
    """The prefilter's form of many lines says the same as the views of each, in as many lines."""
    flattened = flat("\n".join(lines)).split("\n")
    assert flattened == (
        [view(line).text.replace("\n", " ").replace("\r", " ") if "\r" not in line else flat(line) for line in lines]
        or [""]
    )


def test_what_is_looked_for_first_is_in_every_marker():
    """An escape that has none of the sign of its kind would be missed."""
    for step in unescape._STEPS:
        assert step.markers
        assert all(step.sign in marker for marker in step.markers)
